"""Public keys: their bytes, their names, and verification of hybrid signatures."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

from eads_wire.contexts import ML_DSA
from eads_wire.encoding import KeyId, Kid
from eads_wire.errors import fail, require

ED25519_PUBLIC: Final = 32
MLDSA65_PUBLIC: Final = 1952
SIGNING_PUBLIC: Final = ED25519_PUBLIC + MLDSA65_PUBLIC
MLKEM768_PUBLIC: Final = 1184
ENCRYPTION_PUBLIC: Final = MLKEM768_PUBLIC + 32
ED25519_SIGNATURE: Final = 64
MLDSA65_SIGNATURE: Final = 3309
SIGNATURE: Final = ED25519_SIGNATURE + MLDSA65_SIGNATURE


def _name(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:32]


def keyid_of(public: bytes) -> KeyId:
    """Name of a signing public key (1984 bytes)."""
    return KeyId(_name(public))


def kid_of(public: bytes) -> Kid:
    """Name of an encryption public key (1216 bytes)."""
    return Kid(_name(public))


# Parsing an ML-DSA key costs more than a look-up; keys are few and repeat.
@lru_cache(maxsize=4096)
def _load(public: bytes) -> tuple[Ed25519PublicKey, MLDSA65PublicKey]:
    require(len(public) == SIGNING_PUBLIC, "malformed", "a signing key has the wrong size")
    try:
        return (
            Ed25519PublicKey.from_public_bytes(public[:ED25519_PUBLIC]),
            MLDSA65PublicKey.from_public_bytes(public[ED25519_PUBLIC:]),
        )
    except ValueError:
        fail("malformed", "a signing key is not a key")


def verify_signature(public: bytes, signature: bytes, message: bytes) -> None:
    """Verify both halves of a document signature.

    Args:
        public: 1984 bytes, Ed25519 then ML-DSA-65.
        signature: 3373 bytes, Ed25519 then ML-DSA-65.
        message: the exact bytes signed.

    Raises:
        WireError: ``bad-signature`` when either half is wrong.

    Source: RFC 8032; FIPS 204 with context ``e-ads/v1``.
    """
    require(len(signature) == SIGNATURE, "malformed", "a signature has the wrong size")
    ed25519, mldsa = _load(public)
    try:
        ed25519.verify(signature[:ED25519_SIGNATURE], message)
        mldsa.verify(signature[ED25519_SIGNATURE:], message, ML_DSA)
    except InvalidSignature:
        fail("bad-signature", "a signature does not verify")


def verify_token_halves(
    public: bytes, ed: bytes, pq: bytes | None, message: bytes, pq_context: bytes
) -> None:
    """Verify the two separate halves over a token assertion (specs/token.md).

    Args:
        public: the officer's signing key, 1984 bytes.
        ed: Ed25519 signature, 64 bytes.
        pq: ML-DSA-65 signature, 3309 bytes, or None where the hub does not ask for it.
        message: the JWS signing input.
        pq_context: context string of the ML-DSA half.

    Raises:
        WireError: ``bad-signature``.
    """
    ed25519, mldsa = _load(public)
    try:
        ed25519.verify(ed, message)
        if pq is not None:
            mldsa.verify(pq, message, pq_context)
    except (InvalidSignature, ValueError):
        fail("bad-signature", "a signature does not verify")


def fingerprint(context: bytes, content: bytes) -> str:
    """First 32 hex digits of SHA-256(context ‖ content) in groups of four, to compare by eye."""
    digits = hashlib.sha256(context + content).hexdigest()[:32]
    return " ".join(digits[i : i + 4] for i in range(0, 32, 4))
