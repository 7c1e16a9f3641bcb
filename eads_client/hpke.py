"""HPKE as the formats use it: one suite, base mode, everything bound through ``info``.

Source: RFC 9180; specs/envelope.md, "Sealing"; specs/keyring.md, "Grants".
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from eads_client.errors import VerificationError
from eads_wire.keys import ENCRYPTION_PUBLIC, MLKEM768_PUBLIC

SEED: Final = 32
_MLKEM_SEED: Final = 64
_SUITE: Final = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


@lru_cache(maxsize=1024)
def _load(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    if len(public) != ENCRYPTION_PUBLIC:
        raise VerificationError("malformed", "an encryption key has the wrong size")
    try:
        return hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:MLKEM768_PUBLIC]),
            X25519PublicKey.from_public_bytes(public[MLKEM768_PUBLIC:]),
        )
    except ValueError:
        raise VerificationError("malformed", "an encryption key is not a key") from None


def seal_to(public: bytes, info: bytes, content: bytes) -> bytes:
    """Seal a short secret to a public key.

    Args:
        public: 1216 bytes, ML-KEM-768 then X25519.
        info: the named context that binds what is sealed to its place.
        content: the secret.

    Returns:
        The encapsulated key (1120 bytes) and the ciphertext (16 bytes longer than ``content``).

    Raises:
        VerificationError: ``malformed`` if the key cannot be used.
    """
    try:
        return _SUITE.encrypt(content, _load(public), info)
    except ValueError:
        # X25519 with a point of low order: the shared secret would be zero.
        raise VerificationError("malformed", "an encryption key is not a key") from None


class Decapsulator:
    """The private half, expanded from its 32-byte seed (specs/README.md, "Keys")."""

    __slots__ = ("_private", "public")

    def __init__(self, seed: bytes) -> None:
        expanded = hashlib.shake_256(seed).digest(96)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED:])
        self._private = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Open what :func:`seal_to` made.

        Raises:
            VerificationError: ``corrupt-payload``.
        """
        try:
            return _SUITE.decrypt(sealed, self._private, info)
        except (InvalidTag, ValueError):
            raise VerificationError("corrupt-payload", "a wrap does not open") from None
