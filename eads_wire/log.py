"""Leaves, Merkle hashes and checkpoints of the log (specs/log.md).

Source: RFC 6962 section 2.1; C2SP tlog-checkpoint and signed-note.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from eads_wire import limits
from eads_wire.encoding import MAX_INTEGER, AgencyId, Digest, from_base64, to_base64
from eads_wire.errors import fail, require
from eads_wire.header import as_origin
from eads_wire.region import Region
from eads_wire.verifier_key import ED25519, VerifierKey

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_SIGNATURE = re.compile(r"— ([!-*,-~]{1,255}) ([A-Za-z0-9+/=]{8,8192})")
_SIGNATURES: Final = 64


def region_leaf(version: int, digest: Digest) -> str:
    """The leaf of a region document."""
    return f"e-ads/v1 region {version} {digest}"


def keyring_leaf(agency: AgencyId, version: int, digest: Digest) -> str:
    """The leaf of a keyring."""
    return f"e-ads/v1 keyring {agency} {version} {digest}"


def envelope_leaf(digest: Digest) -> str:
    """The leaf of a notice's revision."""
    return f"e-ads/v1 envelope {digest}"


def receipt_leaf(digest: Digest) -> str:
    """The leaf of a receipt."""
    return f"e-ads/v1 receipt {digest}"


def leaf_hash(leaf: str) -> bytes:
    """Hash of a leaf, 32 bytes."""
    return hashlib.sha256(b"\0" + leaf.encode("ascii")).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node, 32 bytes."""
    return hashlib.sha256(b"\1" + left + right).digest()


def append_leaves(peaks: Sequence[bytes], size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The roots of the full subtrees after appending, largest first.

    Args:
        peaks: those of the log of ``size`` leaves; one for each 1 bit of ``size``.
        size: number of leaves before.
        leaves: hashes of the new leaves.
    """
    stack = list(peaks)
    for number, leaf in enumerate(leaves, start=size):
        node = leaf
        while number & 1:
            node = node_hash(stack.pop(), node)
            number >>= 1
        stack.append(node)
    return stack


def root_of(peaks: Sequence[bytes]) -> bytes:
    """Merkle root over the full subtrees, 32 bytes."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin, number of leaves and root (32 bytes) of a log at one moment."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes


def _decode_line(line: str) -> NoteSignature:
    match = _SIGNATURE.fullmatch(line)
    if match is None:
        fail("malformed", "a signature line of the checkpoint does not have its form")
    content = from_base64(match[2], "checkpoint signature")
    require(len(content) > 4, "malformed", "a signature of the checkpoint is too short")
    return NoteSignature(match[1], content[:4], content[4:])


def decode_checkpoint(raw: bytes) -> tuple[Checkpoint, tuple[NoteSignature, ...]]:
    """Step 1: form. Raises WireError ``malformed``."""
    require(len(raw) <= limits.CHECKPOINT_BYTES, "malformed", "the checkpoint is too large")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        fail("malformed", "the checkpoint is not UTF-8")
    body, blank, tail = text.partition("\n\n")
    lines, signatures = body.split("\n"), tail.split("\n")
    shape = bool(blank) and len(lines) == 3 and len(signatures) > 1 and signatures[-1] == ""
    require(shape, "malformed", "the checkpoint does not have its lines")
    require(
        len(signatures) - 1 <= _SIGNATURES, "malformed", "the checkpoint has too many signatures"
    )
    require(_SIZE.fullmatch(lines[1]) is not None, "malformed", "the size has not its form")
    require(int(lines[1]) <= MAX_INTEGER, "malformed", "the size is 2^53 or more")
    root = from_base64(lines[2], "root", size=32)
    checkpoint = Checkpoint(as_origin(lines[0]), int(lines[1]), root)
    return checkpoint, tuple(_decode_line(line) for line in signatures[:-1])


def verify_checkpoint(raw: bytes, region: Region) -> Checkpoint:
    """Both steps of verification of the log's own signature.

    Args:
        raw: the checkpoint as received.
        region: the region that names the log and its keys.

    Raises:
        WireError: ``malformed``, ``unknown-key``, ``bad-signature``.
    """
    checkpoint, signatures = decode_checkpoint(raw)
    require(checkpoint.origin == region.origin, "unknown-key", "the checkpoint is another log's")
    keys = {(key.name, key.key_id): key for key in region.log_keys if key.algorithm == ED25519}
    own = [(keys[(s.name, s.key_id)], s) for s in signatures if (s.name, s.key_id) in keys]
    require(bool(own), "unknown-key", "the checkpoint is not signed by the log")
    message = checkpoint.body().encode("utf-8")
    for key, signature in own:
        _verify_line(key, signature, message)
    return checkpoint


def _verify_line(key: VerifierKey, signature: NoteSignature, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature.signature, message)
    except (InvalidSignature, ValueError):
        fail("bad-signature", "the log's signature of the checkpoint does not verify")
