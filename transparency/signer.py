"""The log's signing key: held by the sequencer alone, read from a file, never in the database."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eads_wire.encoding import to_base64
from eads_wire.log import Checkpoint
from eads_wire.verifier_key import ED25519, encode_verifier_key, note_key_id


class LogKeyError(Exception):
    """The key file cannot be used; the text says what to do."""


class LogSigner:
    """Signs checkpoints of one origin (C2SP signed-note, Ed25519)."""

    def __init__(self, origin: str, seed: bytes) -> None:
        self.origin = origin
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key().public_bytes_raw()

    @property
    def verifier_key(self) -> str:
        """The public key in the text form that the region document carries."""
        return encode_verifier_key(self.origin, ED25519, self._public)

    def sign(self, checkpoint: Checkpoint) -> str:
        """The checkpoint as a signed note."""
        body = checkpoint.body()
        key_id = note_key_id(self.origin, ED25519, self._public)
        signature = to_base64(key_id + self._key.sign(body.encode()))
        return f"{body}\n— {self.origin} {signature}\n"


def create_log_key(path: Path) -> None:
    """Write a new key file, 32 random bytes in hex, readable by its owner only.

    Raises:
        FileExistsError: a key is never overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(os.urandom(32).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_log_key(path: Path, origin: str) -> LogSigner:
    """Read the key file.

    Raises:
        LogKeyError: missing, readable by others, or not a key.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii").strip()
        seed = bytes.fromhex(text)
    except (OSError, ValueError) as error:
        raise LogKeyError(
            f"The log key {path} cannot be read. Create it with: manage.py logkey --create"
        ) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise LogKeyError(f"The log key {path} is open to others. Set it with: chmod 600 {path}")
    if len(seed) != 32:
        raise LogKeyError(f"The log key {path} does not hold 32 bytes in hex.")
    return LogSigner(origin, seed)
