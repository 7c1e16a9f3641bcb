"""Figures: counts from headers and routes' owners only, never from content."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from agencies.models import Agency
from eads_wire.encoding import AgencyId
from notices.models import (
    EntryKind,
    MailboxEntry,
    Notice,
    OutboxMessage,
    ReceiptLine,
    Reviewing,
    State,
)
from notices.receipts import DELIVERY_DUE, PURGE_DUE
from transparency.tenancy import system, tenant

SENT = (State.ACCEPTED, State.LOGGED, State.ERASED)


def _by(field: str, rows: QuerySet[Any]) -> dict[str, int]:
    return dict(rows.values_list(field).annotate(n=Count("*")).order_by(field))


def agency_figures(agency: AgencyId, mailbox_head: int) -> dict[str, Any]:
    """What one agency sent, received and waits for (docs/api.md, "Log, figures, health")."""
    with tenant(agency):
        own = Notice.objects.filter(issuer=agency)
        entries = MailboxEntry.objects.filter(digest=OuterRef("digest"), kind=EntryKind.NOTICE)
        figures = {
            "agency": agency,
            "mailbox_head": mailbox_head,
            "sent": _by("type", own.filter(state__in=SENT)),
            "received": _by("type", Notice.objects.filter(Exists(entries))),
            "pending": own.filter(state=State.PENDING).count() + Reviewing.objects.count(),
        }
    return {**figures, "receipts_overdue": receipts_overdue(agency)}


def receipts_overdue(agency: AgencyId) -> int:
    """Recipients of the agency's notices who owe a receipt, as ``receipts_of`` judges it."""
    now = timezone.now()
    # Recipients' mailboxes are not the issuer's rows; only their number leaves this scope.
    with system():
        own = Notice.objects.filter(issuer=agency)
        late = own.filter(state=State.LOGGED, received__lt=now - DELIVERY_DUE)
        withdrawn = own.filter(
            act="withdraw", index__isnull=False, received__lt=now - PURGE_DUE
        ).values("notice_id")
        erased = own.filter(state=State.ERASED)
        gone = erased.filter(expires__lt=now - PURGE_DUE).exclude(reason="withdrawn")
        taken_back = erased.filter(reason="withdrawn", notice_id__in=withdrawn)
        return (
            _without_receipt(late, ("delivered", "purged"))
            + _without_receipt(gone, ("purged",))
            + _without_receipt(taken_back, ("purged",))
        )


def _without_receipt(notices: QuerySet[Notice], kinds: Iterable[str]) -> int:
    line = ReceiptLine.objects.filter(
        notice=OuterRef("digest"), agency=OuterRef("agency"), kind__in=list(kinds)
    )
    entries = MailboxEntry.objects.filter(
        kind=EntryKind.NOTICE, digest__in=notices.values("digest")
    )
    return entries.exclude(Exists(line)).count()


def hub_figures() -> dict[str, Any]:
    """The whole hub by number, for the Secretariat and its monitoring (system scope)."""
    open_messages = OutboxMessage.objects.filter(done__isnull=True)
    return {
        "by_state": {str(state): 0 for state in State.values} | _by("state", Notice.objects.all()),
        "outbox_open": open_messages.count(),
        "outbox_due": open_messages.filter(due__lte=timezone.now()).count(),
        "mailbox_positions": Agency.objects.aggregate(n=Sum("mailbox_head"))["n"] or 0,
    }


def figures_by_agency() -> list[dict[str, Any]]:
    """One row an agency: numbers of what it sent, and how full its mailbox is (system scope)."""
    since = timezone.now() - timedelta(days=1)
    sent = _by("issuer", Notice.objects.filter(state__in=SENT))
    today = _by("issuer", Notice.objects.filter(received__gte=since))
    pending = _by("issuer", Notice.objects.filter(state=State.PENDING))
    owed = _by("agency", OutboxMessage.objects.filter(done__isnull=True))
    return [
        {
            "agency": agency.id,
            "sent": sent.get(agency.id, 0),
            "today": today.get(agency.id, 0),
            "limit": agency.notices_per_day,
            "pending": pending.get(agency.id, 0),
            "mailbox_head": agency.mailbox_head,
            "owed": owed.get(agency.id, 0),
        }
        for agency in Agency.objects.order_by("id")
    ]
