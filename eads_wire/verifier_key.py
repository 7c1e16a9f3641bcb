"""Verifier keys of signed notes (specs/log.md; C2SP signed-note)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from eads_wire.encoding import from_base64, to_base64
from eads_wire.errors import fail, require

ED25519: Final = 0x01
_FORM = re.compile(r"([!-*,-~]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{4,4096})")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Name, key id (4 bytes), algorithm byte and public key of a note's signer."""

    name: str
    key_id: bytes
    algorithm: int
    public: bytes

    def __str__(self) -> str:
        return encode_verifier_key(self.name, self.algorithm, self.public)


def note_key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """First four bytes of SHA-256(name ‖ LF ‖ algorithm ‖ public key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


def encode_verifier_key(name: str, algorithm: int, public: bytes) -> str:
    """The text form ``name+hex+base64``."""
    key_id = note_key_id(name, algorithm, public)
    return f"{name}+{key_id.hex()}+{to_base64(bytes([algorithm]) + public)}"


def decode_verifier_key(text: str) -> VerifierKey:
    """Decode a verifier key; an Ed25519 key has 32 bytes.

    Raises:
        WireError: ``malformed``.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        fail("malformed", "a verifier key does not have its form")
    name, key_id = match[1], bytes.fromhex(match[2])
    content = from_base64(match[3], "verifier key")
    algorithm, public = content[0], content[1:]
    require(
        algorithm != ED25519 or len(public) == 32, "malformed", "a verifier key has the wrong size"
    )
    same = note_key_id(name, algorithm, public) == key_id
    require(same, "malformed", "a verifier key does not have its key id")
    return VerifierKey(name, key_id, algorithm, public)
