"""The files of :mod:`eads_client.trust`: exact bytes as received, read again through it.

::

    trust/region/000001-0.json                 version, place in the log
    trust/keyrings/ID-POLRI/000003-17.json
    trust/checkpoint                           the newest signed note
    trust/evidence/20261122T030405Z-1a2b3c4d-mailbox.json   what did not prove itself

Nothing in these files is believed because it lies there: opening the store verifies every
document again.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from eads_client.errors import ProfileError, VerificationError
from eads_client.private_files import make_private_folder, read_limited, write_private
from eads_client.trust import Trust
from eads_wire import limits
from eads_wire.encoding import AgencyId
from eads_wire.keyring import Keyring
from eads_wire.log import Checkpoint
from eads_wire.region import Region, decode_region

_NAME = re.compile(r"([0-9]{6,})-([0-9]{1,16})\.json")
_CHECKPOINT: Final = "checkpoint"


def _documents(folder: Path, limit: int) -> Iterator[tuple[Path, int, bytes]]:
    """Documents of a chain by rising version: file, place in the log, bytes."""
    found: list[tuple[int, int, Path]] = []
    for path in folder.glob("*.json"):
        match = _NAME.fullmatch(path.name)
        if match is not None:
            found.append((int(match[1]), int(match[2]), path))
    for _version, index, path in sorted(found):
        yield path, index, read_limited(path, limit)


@contextlib.contextmanager
def _proving(path: Path) -> Iterator[None]:
    try:
        yield
    except VerificationError as error:
        raise ProfileError(
            f"{path} does not prove itself ({error.stage}): move it away and sync again"
        ) from error


class TrustStore:
    """A trust state that is written down as it grows.

    Attributes:
        trust: the state; read it, and change it through this store only.
    """

    def __init__(self, folder: Path, trust: Trust) -> None:
        self._folder = folder
        self.trust = trust

    @classmethod
    def open(cls, folder: Path, fingerprint: str) -> TrustStore:
        """Read and verify what a profile holds.

        Args:
            folder: ``trust/`` of the profile.
            fingerprint: of the region's roots.

        Raises:
            ProfileError: a file does not prove itself; its name is in the text.
        """
        store = cls(folder, Trust(fingerprint))
        regions = [
            (raw, index) for _, index, raw in _documents(folder / "region", 2 * limits.REGION_BYTES)
        ]
        if regions:
            with _proving(folder / "region"):
                store.trust.accept_regions(regions)
        for agency in sorted((folder / "keyrings").glob("*")):
            for path, index, raw in _documents(agency, 2 * limits.KEYRING_BYTES):
                with _proving(path):
                    store.trust.accept_keyring(raw, index)
        path = folder / _CHECKPOINT
        if path.exists():
            with _proving(path):
                store.trust.accept_checkpoint(read_limited(path, limits.CHECKPOINT_BYTES))
        return store

    def accept_regions(self, documents: Sequence[tuple[bytes, int]]) -> Region:
        """:meth:`Trust.accept_regions`, written down; what fails is kept as evidence."""
        held = self.trust.region_version
        try:
            region = self.trust.accept_regions(documents)
        except VerificationError:
            for raw, _ in documents:
                self.keep_evidence("region", raw)
            raise
        for raw, index in documents:
            number = decode_region(raw)[0].version.number
            if number > held:
                self._write(self._folder / "region", number, index, raw)
        return region

    def accept_keyring(self, raw: bytes, index: int) -> Keyring:
        """:meth:`Trust.accept_keyring`, written down."""
        keyring = self.trust.accept_keyring(raw, index)
        folder = self._folder / "keyrings" / keyring.agency
        self._write(folder, keyring.version.number, index, raw)
        return keyring

    def accept_checkpoint(self, raw: bytes) -> Checkpoint:
        """:meth:`Trust.accept_checkpoint`, written down; a contradiction is kept as evidence."""
        before = self.trust.checkpoint
        try:
            checkpoint = self.trust.accept_checkpoint(raw)
        except VerificationError:
            self.keep_evidence("checkpoint", raw)
            raise
        if checkpoint != before:
            write_private(self._folder / _CHECKPOINT, raw)
        return checkpoint

    def region_document(self, version: int) -> bytes:
        """The bytes of a region document that is held. Raises ProfileError."""
        return self._read(self._folder / "region", version, 2 * limits.REGION_BYTES)

    def keyring_document(self, agency: AgencyId, version: int) -> bytes:
        """The bytes of a keyring that is held. Raises ProfileError."""
        return self._read(self._folder / "keyrings" / agency, version, 2 * limits.KEYRING_BYTES)

    def keep_evidence(self, what: str, raw: bytes) -> Path:
        """Keep bytes that do not prove themselves, for showing to the Secretariat.

        Returns:
            The file; the same bytes are kept once a second at most.
        """
        folder = self._folder / "evidence"
        make_private_folder(folder)
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        path = folder / f"{moment}-{hashlib.sha256(raw).hexdigest()[:8]}-{what}.json"
        write_private(path, raw)
        return path

    def _read(self, folder: Path, version: int, limit: int) -> bytes:
        path = next(folder.glob(f"{version:06d}-*.json"), None)
        if path is None:
            raise ProfileError(f"version {version} is not in {folder}: sync first")
        return read_limited(path, limit)

    def _write(self, folder: Path, version: int, index: int, raw: bytes) -> None:
        path = folder / f"{version:06d}-{index}.json"
        if not path.exists():
            make_private_folder(folder)
            write_private(path, raw)
