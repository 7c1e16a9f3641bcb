"""Erasure: ciphertext, wraps and files go; a tombstone without content stays."""

from __future__ import annotations

from uuid import UUID

from notices.models import Blob, MailboxEntry, Notice, NoticeBlob, State


def erase_revisions(issuer: str, notice_id: UUID, *, before: int, reason: str) -> None:
    """Erase every revision of a notice below ``before``."""
    rows = Notice.objects.filter(issuer=issuer, notice_id=notice_id, rev__lt=before)
    erase_notices(list(rows.exclude(state=State.REFUSED).values_list("digest", flat=True)), reason)


def erase_notices(digests: list[str], reason: str) -> None:
    """Erase these revisions, inside the caller's transaction (system scope).

    Files are unlinked by the sweep once no living revision names them: a crash between the two
    leaves an unnamed file, which the sweep finds.
    """
    Notice.objects.filter(digest__in=digests).update(
        state=State.ERASED, reason=reason, body=b"", wraps=b""
    )
    MailboxEntry.objects.filter(digest__in=digests, kind="notice").update(wrap=b"", size=400)
    files = list(NoticeBlob.objects.filter(notice__in=digests).values_list("sha256", flat=True))
    blobs = Blob.objects.filter(sha256__in=files).order_by("sha256")
    # Locked before asking who else names them: posting a notice holds the same lock.
    list(blobs.select_for_update().values_list("sha256", flat=True))
    NoticeBlob.objects.filter(notice__in=digests).delete()
    living = set(NoticeBlob.objects.filter(sha256__in=files).values_list("sha256", flat=True))
    Blob.objects.filter(sha256__in=set(files) - living).update(complete=False, size=0)
