"""Files that survive a crash and stay private: atomic writing, and a check of permissions."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from eads_client.errors import KeystoreError, ProfileError

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
_OTHERS: Final = 0o077


def sync_folder(folder: Path) -> None:
    """Make a rename or unlink in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Write a private file that appears whole or not at all.

    Args:
        path: the final name; a file that stands there is replaced.

    Raises:
        ProfileError: the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with open(os.open(temporary, flags, PRIVATE_FILE), "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ProfileError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Write a whole private file atomically. Raises ProfileError."""
    with atomic_file(path) as stream:
        stream.write(content)


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter. Raises ProfileError."""
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise ProfileError(f"{folder} cannot be made: {error.strerror}") from error


def _refuse_shared(path: Path, status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        raise KeystoreError(f"{path} belongs to another user: take it over with chown")
    if stat.S_IMODE(status.st_mode) & _OTHERS:
        wanted = "700" if stat.S_ISDIR(status.st_mode) else "600"
        raise KeystoreError(f"{path} is open to other users: run chmod {wanted} {path}")


def check_private_folder(folder: Path) -> None:
    """Refuse a folder that others may enter, or that belongs to somebody else.

    Raises:
        KeystoreError: with the command that repairs it.
    """
    try:
        status = folder.lstat()
    except OSError as error:
        raise KeystoreError(f"{folder} cannot be read: {error.strerror}") from error
    if not stat.S_ISDIR(status.st_mode):
        raise KeystoreError(f"{folder} is not a folder")
    _refuse_shared(folder, status)


def read_private(path: Path, limit: int) -> bytes:
    """Read a file that only its owner may read.

    Args:
        path: the file; a symbolic link is refused.
        limit: largest size in bytes.

    Raises:
        KeystoreError: missing, too large, a link, or open to others.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise KeystoreError(f"{path} cannot be read: {error.strerror}") from error
    with open(handle, "rb") as stream:
        # The open file is looked at, not its name: nobody can swap it in between.
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise KeystoreError(f"{path} is not a plain file")
        _refuse_shared(path, status)
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise KeystoreError(f"{path} is larger than {limit} bytes")
    return content


def read_limited(path: Path, limit: int) -> bytes:
    """Read a file of at most ``limit`` bytes.

    Raises:
        ProfileError: missing, unreadable or too large.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise ProfileError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > limit:
        raise ProfileError(f"{path} is larger than {limit} bytes")
    return content
