"""Merkle tree hashes as RFC 6962 section 2.1 defines them, by recursion."""

from __future__ import annotations

from collections.abc import Sequence

from specs.vectors.generate.primitives import sha256


def leaf_hash(leaf: str) -> bytes:
    return sha256(b"\0" + leaf.encode("ascii"))


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The tree hash of leaves whose hashes are given."""
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return sha256(b"\1" + root_of(hashes[:half]) + root_of(hashes[half:]))
