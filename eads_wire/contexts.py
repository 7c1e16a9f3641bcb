"""Named contexts of every signature, hash and encryption: one place, so that no two meet."""

from __future__ import annotations

import hashlib
from typing import Final

from eads_wire.encoding import AgencyId, Kid

ML_DSA: Final = b"e-ads/v1"
ML_DSA_TOKEN: Final = b"e-ads/v1/token"

HEADER: Final = b"e-ads/v1/header\0"
WRAP: Final = b"e-ads/v1/wrap\0"
BODY: Final = b"e-ads/v1/body\0"
FILE: Final = b"e-ads/v1/file\0"
BLIND: Final = b"e-ads/v1/blind\0"
GRANT: Final = b"e-ads/v1/grant\0"
OFFICER: Final = b"e-ads/v1/officer\0"
ROOTS: Final = b"e-ads/v1/roots\0"


def header_hash(header: bytes) -> bytes:
    """``c`` of specs/envelope.md: 32 bytes that bind ciphertext to its header."""
    return hashlib.sha256(HEADER + header).digest()


def wrap_info(c: bytes, kid: Kid) -> bytes:
    """HPKE ``info`` of one recipient's wrap."""
    return WRAP + c + bytes.fromhex(kid)


def body_context(c: bytes) -> bytes:
    """Cobblestone context of the body."""
    return BODY + c


def file_context(c: bytes, number: int) -> bytes:
    """Cobblestone context of file ``number`` (from 1)."""
    return FILE + c + number.to_bytes(4, "big")


def blind_tag(nonce: bytes, kid: Kid, agency: AgencyId) -> str:
    """Tag that stands for a hidden recipient; ``nonce`` has 16 bytes."""
    return hashlib.sha256(BLIND + nonce + bytes.fromhex(kid) + agency.encode("ascii")).hexdigest()


def grant_info(kid: Kid, officer_kid: Kid) -> bytes:
    """HPKE ``info`` of a grant of an epoch's seed to an officer (specs/keyring.md)."""
    return GRANT + bytes.fromhex(kid) + bytes.fromhex(officer_kid)
