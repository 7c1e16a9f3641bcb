"""Private keys: an officer's or root's signing key, an officer's or agency's encryption key.

The rest of the SDK knows the two protocols only, so that a PKCS#11 token or a key agent can
stand in their place.
"""

from __future__ import annotations

import secrets
from typing import Final, NoReturn, Protocol, final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

from eads_client.hpke import SEED as ENCRYPTION_SEED
from eads_client.hpke import Decapsulator
from eads_wire.contexts import ML_DSA, ML_DSA_TOKEN
from eads_wire.dsse import Signature, pae
from eads_wire.encoding import KeyId, Kid
from eads_wire.keys import keyid_of, kid_of

SIGNING_SEED: Final = 64
_HALF: Final = 32


class Signing(Protocol):
    """Something that signs with a hybrid key."""

    @property
    def keyid(self) -> KeyId:
        """Name of the key."""

    @property
    def public(self) -> bytes:
        """1984 bytes, Ed25519 then ML-DSA-65."""

    def sign(self, message: bytes) -> bytes:
        """3373 bytes over ``message``, Ed25519 then ML-DSA-65 with context ``e-ads/v1``."""

    def sign_token(self, message: bytes) -> tuple[bytes, bytes]:
        """The two halves over a token assertion: Ed25519, ML-DSA-65 (``e-ads/v1/token``)."""


class Unwrapping(Protocol):
    """Something that opens what was sealed to an encryption key."""

    @property
    def kid(self) -> Kid:
        """Name of the key."""

    @property
    def public(self) -> bytes:
        """1216 bytes, ML-KEM-768 then X25519."""

    def unwrap(self, sealed: bytes, info: bytes) -> bytes:
        """The secret inside. Raises VerificationError ``corrupt-payload``."""


class _Secret:
    """Keeps a seed out of printed text, pickles and copies."""

    __slots__ = ("_seed",)

    def __init__(self, seed: bytes, size: int) -> None:
        if len(seed) != size:
            raise ValueError(f"the seed has not {size} bytes")
        self._seed = seed

    @property
    def seed(self) -> bytes:
        """The secret itself, for the keystore and for grants."""
        return self._seed

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not copied or pickled")


@final
class SigningKey(_Secret):
    """A signing key in memory, from its 64-byte seed (specs/README.md, "Keys").

    Args:
        seed: Ed25519 seed (32 bytes), then ML-DSA-65 seed (32 bytes).
    """

    __slots__ = ("_ed25519", "_keyid", "_mldsa", "_public")

    def __init__(self, seed: bytes) -> None:
        super().__init__(seed, SIGNING_SEED)
        self._ed25519 = Ed25519PrivateKey.from_private_bytes(seed[:_HALF])
        self._mldsa = MLDSA65PrivateKey.from_seed_bytes(seed[_HALF:])
        self._public = (
            self._ed25519.public_key().public_bytes_raw()
            + self._mldsa.public_key().public_bytes_raw()
        )
        self._keyid = keyid_of(self._public)

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key from the system's randomness."""
        return cls(secrets.token_bytes(SIGNING_SEED))

    @property
    def keyid(self) -> KeyId:
        """Name of the key."""
        return self._keyid

    @property
    def public(self) -> bytes:
        """1984 bytes, Ed25519 then ML-DSA-65."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Sign with both halves.

        Returns:
            3373 bytes, Ed25519 then ML-DSA-65.

        Source: RFC 8032; FIPS 204 with context ``e-ads/v1``.
        """
        return self._ed25519.sign(message) + self._mldsa.sign(message, ML_DSA)

    def sign_token(self, message: bytes) -> tuple[bytes, bytes]:
        """Sign a token assertion (specs/token.md): Ed25519 and ML-DSA-65 apart."""
        return self._ed25519.sign(message), self._mldsa.sign(message, ML_DSA_TOKEN)

    def __repr__(self) -> str:
        return f"<SigningKey {self._keyid}>"


@final
class EncryptionKey(_Secret):
    """An encryption key in memory, from its 32-byte seed (specs/README.md, "Keys").

    Args:
        seed: 32 bytes; SHAKE256 makes the ML-KEM-768 seed and the X25519 scalar of them.
    """

    __slots__ = ("_decapsulator", "_kid")

    def __init__(self, seed: bytes) -> None:
        super().__init__(seed, ENCRYPTION_SEED)
        self._decapsulator = Decapsulator(seed)
        self._kid = kid_of(self._decapsulator.public)

    @classmethod
    def generate(cls) -> EncryptionKey:
        """A new key from the system's randomness."""
        return cls(secrets.token_bytes(ENCRYPTION_SEED))

    @property
    def kid(self) -> Kid:
        """Name of the key."""
        return self._kid

    @property
    def public(self) -> bytes:
        """1216 bytes, ML-KEM-768 then X25519."""
        return self._decapsulator.public

    def unwrap(self, sealed: bytes, info: bytes) -> bytes:
        """Open what was sealed to this key. Raises VerificationError ``corrupt-payload``."""
        return self._decapsulator.open(sealed, info)

    def __repr__(self) -> str:
        return f"<EncryptionKey {self._kid}>"


def sign_payload(key: Signing, payload_type: str, payload: bytes) -> Signature:
    """A document signature over PAE(payload type, payload) (specs/README.md, "Keys")."""
    return Signature(key.keyid, key.sign(pae(payload_type, payload)))
