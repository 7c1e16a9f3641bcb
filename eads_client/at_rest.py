"""Encryption of what a profile keeps: AES-256-GCM under a named context.

For keys, drafts and the replica; never for what travels.
"""

from __future__ import annotations

import os
import secrets
from typing import Final, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY: Final = 32
_NONCE: Final = 12
_CONTEXT: Final = b"e-ads/v1/at-rest\0"


class DamagedError(Exception):
    """The sealed bytes do not open: another key, another context, or damage."""


@final
class AtRest:
    """Seals and opens under one 32-byte key."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY:
            raise ValueError(f"the key has not {KEY} bytes")
        self._cipher = AESGCM(key)

    @staticmethod
    def generate_key() -> bytes:
        """A new key, 32 bytes."""
        return secrets.token_bytes(KEY)

    def seal(self, context: str, content: bytes) -> bytes:
        """Seal content so that it opens under the same ``context`` only."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, _CONTEXT + context.encode())

    def open(self, context: str, sealed: bytes) -> bytes:
        """Open what :meth:`seal` made. Raises DamagedError."""
        try:
            return self._cipher.decrypt(
                sealed[:_NONCE], sealed[_NONCE:], _CONTEXT + context.encode()
            )
        except (InvalidTag, ValueError):
            raise DamagedError("the sealed bytes do not open") from None

    def __repr__(self) -> str:
        return "<AtRest>"
