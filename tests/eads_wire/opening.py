"""Step 7 with the published primitives alone: what a reader's private key is needed for.

The client has its own; this one opens the vectors, so that they do not rest on the code that
wrote them.
"""

from __future__ import annotations

import hashlib

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from eads_wire.errors import fail

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def _halves(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    expanded = hashlib.shake_256(seed).digest(96)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )


def public_of(seed: bytes) -> bytes:
    """The encryption public key (1216 bytes) of a seed."""
    ml_kem, x25519 = _halves(seed)
    return ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


def open_hpke(seed: bytes, info: bytes, sealed: bytes) -> bytes:
    """Open a wrap or a grant. Raises WireError ``corrupt-payload``."""
    try:
        return SUITE.decrypt(sealed, hpke.MLKEM768X25519PrivateKey(*_halves(seed)), info)
    except InvalidTag:
        fail("corrupt-payload", "the sealed key does not open")


def open_cobblestone(key: bytes, context: bytes, sealed: bytes) -> bytes:
    """Open a body or a file. Raises WireError ``corrupt-payload``."""
    try:
        decryptor = Cobblestone256Decryptor(key, context)
        return decryptor.update(sealed) + decryptor.finalize()
    except (InvalidTag, ValueError):
        fail("corrupt-payload", "the ciphertext does not open")
