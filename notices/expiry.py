"""Expiry: a chore of the sequencer, since it gives out mailbox positions."""

from __future__ import annotations

from django.utils import timezone

from notices.erasing import erase_notices
from notices.models import MailboxEntry, Notice, NoticeBlob, Reviewing, State
from notices.placing import tell_erased

AT_ONCE = 200


def expire_notices() -> int:
    """Erase what has expired and tell every mailbox that holds it (system scope).

    Returns:
        How many revisions were erased.
    """
    now = timezone.now()
    logged = Notice.objects.filter(state=State.LOGGED, expires__lte=now)
    digests = list(logged.order_by("expires").values_list("digest", flat=True)[:AT_ONCE])
    if digests:
        held = MailboxEntry.objects.filter(digest__in=digests, kind="notice")
        pairs = sorted(held.values_list("agency", "digest"))
        erase_notices(digests, "expired")
        tell_erased(pairs, "expired")
    waiting = Notice.objects.filter(state=State.PENDING, expires__lte=now)
    # Locked: one that is signed at this moment was in time, and is no longer pending after it.
    lapsed = list(waiting.select_for_update().values_list("digest", flat=True)[:AT_ONCE])
    Reviewing.objects.filter(digest__in=lapsed).delete()
    NoticeBlob.objects.filter(notice__in=lapsed).delete()
    Notice.objects.filter(digest__in=lapsed).update(
        state=State.REFUSED, reason="expired", body=b"", wraps=b""
    )
    return len(digests) + len(lapsed)
