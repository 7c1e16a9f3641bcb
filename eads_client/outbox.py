"""Outbox: sealed notices that the hub has not answered for yet.

::

    drafts/outbox/<digest>/envelope.json      the signed envelope, the exact bytes to post
    drafts/outbox/<digest>/<sha256>           ciphertexts of its files
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from eads_client.errors import DraftError, ProfileError
from eads_client.private_files import (
    make_private_folder,
    read_limited,
    sync_folder,
    write_private,
)
from eads_client.seal import SealedNotice, decode_sealed
from eads_wire import limits
from eads_wire.encoding import Digest

_ENVELOPE: Final = "envelope.json"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Outbox:
    """The folder of notices on their way.

    Args:
        folder: ``drafts/outbox/`` of the profile.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        """A private folder to seal files into; it goes away unless :meth:`keep` took it."""
        folder = self._folder / f"sealing-{secrets.token_hex(8)}"
        make_private_folder(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, sealed: SealedNotice, workspace: Path) -> None:
        """Keep a signed notice and its files until the hub has answered. Raises ProfileError."""
        write_private(workspace / _ENVELOPE, sealed.envelope())
        target = self._folder / sealed.digest
        if not target.exists():
            try:
                workspace.replace(target)
                sync_folder(self._folder)
            except OSError as error:
                raise ProfileError(f"{target} cannot be written: {error.strerror}") from error

    def digests(self) -> tuple[Digest, ...]:
        """What waits here, sorted."""
        found = (path.name for path in self._folder.iterdir())
        return tuple(sorted(Digest(name) for name in found if _DIGEST.fullmatch(name)))

    def load(self, digest: Digest) -> SealedNotice:
        """A notice that waits here. Raises DraftError if there is none."""
        path = self._path(digest) / _ENVELOPE
        if not path.exists():
            raise DraftError("no sealed notice of this digest waits in the outbox")
        return decode_sealed(self.raw(digest))

    def raw(self, digest: Digest) -> bytes:
        """The exact bytes to post."""
        return read_limited(self._path(digest) / _ENVELOPE, limits.ENVELOPE_BYTES)

    def file(self, digest: Digest, sha256: Digest) -> Path:
        """Where the ciphertext of a file lies."""
        return self._path(digest) / sha256

    def discard(self, digest: Digest) -> None:
        """Delete a notice from here; nothing happens if it is not."""
        shutil.rmtree(self._path(digest), ignore_errors=True)

    def _path(self, digest: Digest) -> Path:
        if _DIGEST.fullmatch(digest) is None:
            raise DraftError("a digest has 64 hex digits")
        return self._folder / digest
