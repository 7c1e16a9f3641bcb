"""From a passphrase to a key: Argon2id (RFC 9106).

The parameters stand in a file that anybody who can write the profile may have changed, so they
are held against bounds before they are used.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from typing import Final

from argon2.exceptions import Argon2Error
from argon2.low_level import Type, hash_secret_raw

from eads_client.at_rest import KEY
from eads_client.errors import KeystoreError, PassphraseError
from eads_wire.encoding import JsonObject, as_int, as_text, check_keys, from_base64, to_base64
from eads_wire.errors import require

SHORTEST: Final = 12
"""Characters of a new passphrase at least."""
_LONGEST: Final = 1024
_SALT: Final = 16
_NAME: Final = "argon2id"

MEMORY_KIB: Final = (8 * 1024, 1024 * 1024)
PASSES: Final = (1, 16)
LANES: Final = (1, 16)


@dataclass(frozen=True, slots=True)
class Stretching:
    """Parameters of Argon2id: memory in KiB, passes over it, lanes."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1

    def derive(self, passphrase: str, salt: bytes) -> bytes:
        """The 32-byte key of a passphrase.

        Raises:
            PassphraseError: it is empty or longer than 1024 characters.
            KeystoreError: there is not enough memory.
        """
        if not 0 < len(passphrase) <= _LONGEST:
            raise PassphraseError("the passphrase is empty or too long")
        # RFC 8265: the same passphrase from two keyboards is the same bytes.
        secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
        try:
            return hash_secret_raw(
                secret, salt, self.passes, self.memory_kib, self.lanes, KEY, Type.ID
            )
        except (Argon2Error, MemoryError):
            raise KeystoreError("not enough memory to derive the key") from None

    def to_json(self, salt: bytes) -> JsonObject:
        return {
            "name": _NAME,
            "memory_kib": self.memory_kib,
            "passes": self.passes,
            "lanes": self.lanes,
            "salt": to_base64(salt),
        }


def new_salt() -> bytes:
    """16 random bytes."""
    return os.urandom(_SALT)


def check_new_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short to protect keys. Raises PassphraseError."""
    if len(passphrase) < SHORTEST:
        raise PassphraseError(f"the passphrase needs at least {SHORTEST} characters")


def decode_stretching(obj: JsonObject) -> tuple[Stretching, bytes]:
    """Parameters and salt of a key file.

    Raises:
        WireError: ``malformed``, also when a parameter is outside its bounds.
    """
    check_keys(obj, ("name", "memory_kib", "passes", "lanes", "salt"), what="kdf")
    require(as_text(obj["name"], "kdf name") == _NAME, "malformed", f"the kdf is not {_NAME}")
    stretching = Stretching(
        as_int(obj["memory_kib"], "memory_kib", least=MEMORY_KIB[0], most=MEMORY_KIB[1]),
        as_int(obj["passes"], "passes", least=PASSES[0], most=PASSES[1]),
        as_int(obj["lanes"], "lanes", least=LANES[0], most=LANES[1]),
    )
    return stretching, from_base64(obj["salt"], "salt", size=_SALT)
