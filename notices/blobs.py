"""Blobs: sealed files, named by the SHA-256 of their ciphertext.

An upload grows in a part file beside the store; only a whole one whose digest is right enters the
store. So nothing half-written is ever served, and an upload that was cut off goes on where it
stopped.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db.models import Q
from django.utils import timezone

from agencies.authentication import Principal
from agencies.endpoint import read_exactly
from agencies.models import Agency
from eads.problems import ProblemError
from eads_wire.encoding import AgencyId
from eads_wire.limits import FILE_BYTES
from notices.models import Blob, MailboxEntry, NoticeBlob
from transparency.store import writing
from transparency.tenancy import system, tenant

CHUNK = 1024 * 1024
KEEP_UNNAMED = timedelta(hours=24)
SWEEP_AT_ONCE = 500
_RANGE = re.compile(r"bytes (\d{1,9})-(\d{1,9})/(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Part:
    """The piece of a blob that a request brings: ``[start, stop)`` of ``total`` bytes."""

    start: int
    stop: int
    total: int


def part_of(content_range: str | None, length: int) -> Part:
    """The piece that a request announces.

    Raises:
        ProblemError: ``bad-request``, ``too-large``.
    """
    if content_range is None:
        part = Part(0, length, length)
    else:
        match = _RANGE.fullmatch(content_range)
        if match is None:
            raise ProblemError("bad-request", "Content-Range must read: bytes a-b/total.")
        part = Part(int(match[1]), int(match[2]) + 1, int(match[3]))
    if part.total > FILE_BYTES:
        raise ProblemError("too-large", f"A sealed file may have {FILE_BYTES} bytes.")
    if part.stop - part.start != length or part.stop > part.total or not length:
        raise ProblemError("bad-request", "Content-Range and Content-Length do not agree.")
    return part


def _part_path(agency: AgencyId, sha256: str) -> Path:
    folder = Path(settings.EADS_DATA_DIR) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{agency}-{sha256}"


@contextmanager
def _part_file(path: Path) -> Iterator[Any]:
    """The part file, for one request at a time."""
    with path.open("a+b") as file:
        os.chmod(path, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ProblemError("busy", "This blob is being uploaded.", retry_after=1) from None
        # Whoever held the lock before may have finished and removed the file meanwhile.
        if not path.exists() or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
            raise ProblemError("busy", "This blob was just uploaded.", retry_after=1)
        yield file


def upload_offset(agency: AgencyId, sha256: str) -> int | None:
    """How many bytes of a begun upload are here, or None."""
    path = _part_path(agency, sha256)
    return path.stat().st_size if path.exists() else None


def find_own(agency: AgencyId, sha256: str) -> Blob | None:
    """A whole blob that this agency has uploaded."""
    with tenant(agency):
        found: Blob | None = Blob.objects.filter(sha256=sha256, complete=True).first()
    return found


def put_blob(principal: Principal, sha256: str, part: Part, request: Any) -> int | None:
    """Take a piece of a blob in.

    Returns:
        The number of bytes that are here, or None when the blob is whole.

    Raises:
        ProblemError: ``wrong-offset``, ``blob-mismatch``, ``quota-exceeded``, ``slow-client``.
    """
    _check_quota(principal.agency, part.total)
    path = _part_path(principal.agency, sha256)
    with _part_file(path) as file:
        have = file.seek(0, os.SEEK_END)
        if have > part.start and part.start == 0:
            # Sent anew from the beginning: the sender does not know of the piece that is here.
            file.truncate(0)
            have = 0
        if have != part.start:
            raise ProblemError("wrong-offset", "Go on where it stopped.", received=have)
        left = part.stop - part.start
        while left:
            piece = read_exactly(request, min(left, CHUNK))
            file.write(piece)
            left -= len(piece)
        file.flush()
        if part.stop < part.total:
            return part.stop
        _accept(principal.agency, sha256, path, part.total)
    return None


def _accept(agency: AgencyId, sha256: str, path: Path, size: int) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != sha256:
            path.unlink()
            raise ProblemError("blob-mismatch", "The bytes have another SHA-256. Send them again.")
        file.seek(0)
        store = storages["blobs"]
        # A process that was killed while it copied has left a shorter file.
        if store.exists(sha256) and store.size(sha256) != size:
            store.delete(sha256)
        if not store.exists(sha256):
            store.save(sha256, File(file))
        with writing(), system():
            Blob.objects.update_or_create(
                sha256=sha256,
                defaults={
                    "agency": agency,
                    "size": size,
                    "complete": True,
                    "created": timezone.now(),
                },
            )
            # The sweep removes a file under the lock that this row now has: had it just done so,
            # the file goes in again.
            if not store.exists(sha256):
                file.seek(0)
                store.save(sha256, File(file))
    path.unlink(missing_ok=True)


def _check_quota(agency: AgencyId, size: int) -> None:
    limit = Agency.objects.values_list("blob_bytes_per_day", flat=True).get(id=agency)
    with tenant(agency):
        today = Blob.objects.filter(created__gt=timezone.now() - timedelta(days=1))
        used = sum(today.values_list("size", flat=True))
    if used + size > limit:
        raise ProblemError("quota-exceeded", "The day's bytes are used up.", retry_after=3600)


def find_readable(agency: AgencyId, sha256: str) -> Blob:
    """A blob that the agency may read: its own, or one that a notice in its mailbox names.

    Raises:
        ProblemError: ``not-found``.
    """
    with system():
        blob: Blob | None = Blob.objects.filter(sha256=sha256, complete=True).first()
        named = NoticeBlob.objects.filter(sha256=sha256).values("notice")
        held = MailboxEntry.objects.filter(agency=agency, digest__in=named).exists()
    if blob is None or not (held or blob.agency == agency):
        raise ProblemError("not-found")
    return blob


def open_blob(sha256: str) -> Any:
    """The ciphertext as an open file."""
    return storages["blobs"].open(sha256)


def sweep_blobs() -> int:
    """Remove files that were erased or that no notice has named for a day.

    Returns:
        How many blobs were removed.
    """
    old = timezone.now() - KEEP_UNNAMED
    with writing(), system():
        named = NoticeBlob.objects.values("sha256")
        unnamed = Blob.objects.filter(Q(complete=False) | Q(created__lt=old)).exclude(
            sha256__in=named
        )
        rows = unnamed.order_by("sha256").select_for_update(skip_locked=True)
        doomed = set(rows.values_list("sha256", flat=True)[:SWEEP_AT_ONCE])
        # Asked again under the lock: a notice that names the file may have come in between.
        gone = doomed - set(named.filter(sha256__in=doomed).values_list("sha256", flat=True))
        for sha256 in gone:
            storages["blobs"].delete(sha256)
        Blob.objects.filter(sha256__in=gone).delete()
    _sweep_parts(old.timestamp())
    return len(gone)


def _sweep_parts(before: float) -> None:
    folder = Path(settings.EADS_DATA_DIR) / "uploads"
    for path in folder.glob("*") if folder.exists() else ():
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
