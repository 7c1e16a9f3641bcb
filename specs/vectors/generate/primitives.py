"""Cryptography of the formats with every random byte given: nothing here is for production.

Written from the published documents, apart from the libraries that the programs use: ML-KEM and
ML-DSA come from other implementations, HPKE, X-Wing, HKDF and Cobblestone are spelt out.

Source: RFC 9180 and draft-ietf-hpke-pq (KEM 0x647a), draft-connolly-cfrg-xwing-kem, RFC 5869,
C2SP chunked-encryption, RFC 8032, FIPS 203, FIPS 204.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from dilithium_py.ml_dsa import ML_DSA_65
from kyber_py.ml_kem import ML_KEM_768

SIGNATURE_CONTEXT = b"e-ads/v1"
ASSERTION_CONTEXT = b"e-ads/v1/token"
CHUNK = 16 * 1024


def drawn(label: str, size: int) -> bytes:
    """The first ``size`` bytes of the fixed stream with this name."""
    return hashlib.shake_256(b"e-ads/vectors/" + label.encode()).digest(size)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def name_of(public: bytes) -> str:
    """``keyid`` or ``kid``: the first half of the SHA-256."""
    return sha256(public).hex()[:32]


# ------------------------------------------------------------------ signatures


@cache
def _ml_dsa_keys(seed: bytes) -> tuple[bytes, bytes]:
    public, secret = ML_DSA_65.key_derive(seed)
    return bytes(public), bytes(secret)


def ed25519_public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def signing_public(seed: bytes) -> bytes:
    """The public key (1984 bytes) of a signing seed (64 bytes)."""
    return ed25519_public(seed[:32]) + _ml_dsa_keys(seed[32:])[0]


def ed25519_sign(seed: bytes, message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed[:32]).sign(message)


@cache
def ml_dsa_sign(seed: bytes, message: bytes, context: bytes) -> bytes:
    """Deterministic ML-DSA-65 with the second half of a signing seed."""
    secret = _ml_dsa_keys(seed[32:])[1]
    return bytes(ML_DSA_65.sign(secret, message, context, deterministic=True))


def sign(seed: bytes, message: bytes) -> bytes:
    """Both halves of a document signature, 3373 bytes."""
    return ed25519_sign(seed, message) + ml_dsa_sign(seed, message, SIGNATURE_CONTEXT)


# ------------------------------------------------------------------ key encapsulation

XWING_LABEL = rb"\.//^" + b"\\"


@cache
def _decapsulation_keys(seed: bytes) -> tuple[bytes, bytes]:
    expanded = hashlib.shake_256(seed).digest(96)
    ml_kem_public, _ = ML_KEM_768.key_derive(expanded[:64])
    return bytes(ml_kem_public), expanded[64:]


def encryption_public(seed: bytes) -> bytes:
    """The public key (1216 bytes) of an encryption seed (32 bytes)."""
    ml_kem_public, scalar = _decapsulation_keys(seed)
    return (
        ml_kem_public + X25519PrivateKey.from_private_bytes(scalar).public_key().public_bytes_raw()
    )


@cache
def encapsulate(public: bytes, randomness: bytes) -> tuple[bytes, bytes]:
    """MLKEM768-X25519: shared secret (32 bytes) and encapsulated key (1120 bytes)."""
    ml_kem_public, x_public = public[:1184], public[1184:]
    ml_kem_secret, ml_kem_cipher = ML_KEM_768._encaps_internal(ml_kem_public, randomness[:32])
    ephemeral = X25519PrivateKey.from_private_bytes(randomness[32:64])
    x_cipher = ephemeral.public_key().public_bytes_raw()
    x_secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(x_public))
    mixed = bytes(ml_kem_secret) + x_secret + x_cipher + x_public + XWING_LABEL
    return hashlib.sha3_256(mixed).digest(), bytes(ml_kem_cipher) + x_cipher


# ------------------------------------------------------------------ HPKE

_SUITE = b"HPKE" + bytes.fromhex("647a00010002")


def hkdf_extract(algorithm: str, salt: bytes, material: bytes) -> bytes:
    return hmac.new(salt, material, algorithm).digest()


def hkdf_expand(algorithm: str, key: bytes, info: bytes, size: int) -> bytes:
    okm, block, count = b"", b"", 0
    while len(okm) < size:
        count += 1
        block = hmac.new(key, block + info + bytes([count]), algorithm).digest()
        okm += block
    return okm[:size]


def _labelled_extract(salt: bytes, label: bytes, material: bytes) -> bytes:
    return hkdf_extract("sha256", salt, b"HPKE-v1" + _SUITE + label + material)


def _labelled_expand(key: bytes, label: bytes, info: bytes, size: int) -> bytes:
    labelled = size.to_bytes(2, "big") + b"HPKE-v1" + _SUITE + label + info
    return hkdf_expand("sha256", key, labelled, size)


def hpke_seal(public: bytes, info: bytes, message: bytes, randomness: bytes) -> bytes:
    """HPKE base mode, single shot, no aad: encapsulated key, then ciphertext."""
    shared, encapsulated = encapsulate(public, randomness)
    context = (
        b"\0"
        + _labelled_extract(b"", b"psk_id_hash", b"")
        + _labelled_extract(b"", b"info_hash", info)
    )
    secret = _labelled_extract(shared, b"secret", b"")
    key = _labelled_expand(secret, b"key", context, 32)
    nonce = _labelled_expand(secret, b"base_nonce", context, 12)
    return encapsulated + AESGCM(key).encrypt(nonce, message, b"")


# ------------------------------------------------------------------ content


def cobblestone_seal(key: bytes, context: bytes, message: bytes, salt: bytes) -> bytes:
    """Cobblestone-256: salt (24), commitment (32), chunks; the last chunk is a short one."""
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
    derived = hkdf_expand("sha512", key, info, 32 + 12 + 32)
    aead, base, commitment = AESGCM(derived[:32]), derived[32:44], derived[44:]
    sealed = salt + commitment
    for number in range(len(message) // CHUNK + 1):
        mask = number.to_bytes(12, "big")
        nonce = bytes(a ^ b for a, b in zip(base, mask, strict=True))
        sealed += aead.encrypt(nonce, message[number * CHUNK : (number + 1) * CHUNK], b"")
    return sealed


def padded_size(length: int) -> int:
    """Padmé, as the specification writes it."""
    total = length + 4
    exponent = _floor_log2(total)
    steps = _floor_log2(exponent) + 1
    unit = 1 << (exponent - steps)
    return max(1024, -(-total // unit) * unit)


def _floor_log2(number: int) -> int:
    result = 0
    while number > 1:
        number //= 2
        result += 1
    return result


def pad(message: bytes) -> bytes:
    start = len(message).to_bytes(4, "big") + message
    return start + bytes(padded_size(len(message)) - len(start))
