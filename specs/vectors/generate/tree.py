"""Roots of the log's Merkle tree."""

from __future__ import annotations

from collections.abc import Iterator

from specs.vectors.generate.documents import Vector, written
from specs.vectors.generate.merkle import leaf_hash, root_of


def vectors() -> Iterator[Vector]:
    leaves = [f"e-ads/v1 envelope {n:064x}" for n in range(33)]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    roots = [root_of(hashes[:size]).hex() for size in range(34)]
    yield Vector(
        "tree",
        "ok-roots",
        "ok",
        "The root after 0, 1, 2, ... 33 leaves.",
        {"leaves": written("\n".join(leaves)), "out": {"roots": roots}},
    )
