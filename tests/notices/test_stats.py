"""Figures of an agency: its own, from headers, judged as the list of receipts judges."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from agencies.models import Agency
from notices.models import MailboxEntry, Notice, Receipt, ReceiptLine, Reviewing
from notices.stats import agency_figures, figures_by_agency, hub_figures
from transparency.tenancy import system

pytestmark = pytest.mark.django_db

SENDER, RECIPIENT, OUTSIDER = "ID-POLRI", "TH-RTP", "SG-SPF"


def issue(number: int, to: tuple[str, ...] = (), **fields) -> str:
    """A revision in the database, with a place in each recipient's mailbox."""
    now = timezone.now()
    digest = f"{number:064x}"
    values = {
        "issuer": SENDER,
        "notice_id": UUID(int=number),
        "rev": 1,
        "type": "wanted-person",
        "act": "issue",
        "expires": now + timedelta(days=30),
        "received": now,
        "state": "logged",
        "index": number,
    }
    blank = {"manifest": b"", "signatures": b"", "route": b"", "verified_with": ""}
    with system():
        Notice.objects.create(digest=digest, **(values | blank | fields))
        for agency in to:
            MailboxEntry.objects.create(
                agency=agency, position=number, digest=digest, kind="notice"
            )
    return digest


def sign_for(digest: str, kind: str, agency: str = RECIPIENT) -> None:
    with system():
        receipt = Receipt.objects.create(digest=f"{kind:x>64}"[:60] + digest[-4:], agency=agency)
        ReceiptLine.objects.create(
            issuer=SENDER,
            notice=digest,
            agency=agency,
            kind=kind,
            at=timezone.now(),
            receipt=receipt,
        )


def ago(**span: int) -> datetime:
    return timezone.now() - timedelta(**span)


def test_sent_and_received_are_counted_by_type_for_each_agency_alone():
    issue(1, (RECIPIENT, SENDER))
    issue(2, (RECIPIENT,), type="hit")
    issue(3, (RECIPIENT,), type="hit", state="erased")
    issue(4, state="refused", index=None)
    issue(5, state="pending", index=None)
    with system():
        Reviewing.objects.create(agency=RECIPIENT, digest=f"{5:064x}")

    sender = agency_figures(SENDER, 1)
    assert sender["sent"] == {"wanted-person": 1, "hit": 2}
    assert sender["received"] == {"wanted-person": 1}
    assert sender["pending"] == 1
    recipient = agency_figures(RECIPIENT, 3)
    assert (recipient["agency"], recipient["mailbox_head"]) == (RECIPIENT, 3)
    assert recipient["sent"] == {}
    assert recipient["received"] == {"wanted-person": 1, "hit": 2}
    assert recipient["pending"] == 1
    outsider = agency_figures(OUTSIDER, 0)
    assert (outsider["sent"], outsider["received"], outsider["pending"]) == ({}, {}, 0)
    assert outsider["receipts_overdue"] == 0


def overdue() -> int:
    return agency_figures(SENDER, 0)["receipts_overdue"]


def test_a_delivery_without_receipt_is_overdue_after_a_day():
    issue(1, (RECIPIENT, OUTSIDER), received=ago(hours=23))
    assert overdue() == 0
    late = issue(2, (RECIPIENT, OUTSIDER), received=ago(hours=25))
    assert overdue() == 2
    sign_for(late, "delivered")
    assert overdue() == 1
    sign_for(late, "purged", OUTSIDER)
    assert overdue() == 0


def test_a_purge_is_overdue_three_days_after_expiry_whatever_was_delivered():
    fields = {"state": "erased", "reason": "expired", "received": ago(days=40)}
    gone = issue(1, (RECIPIENT,), expires=ago(hours=73), **fields)
    issue(2, (RECIPIENT,), expires=ago(hours=71), **fields)
    sign_for(gone, "delivered")
    assert overdue() == 1
    sign_for(gone, "purged")
    assert overdue() == 0


def test_a_purge_is_overdue_three_days_after_withdrawal():
    fields = {"state": "erased", "reason": "withdrawn", "received": ago(days=9)}
    issue(1, (RECIPIENT,), notice_id=UUID(int=1), **fields)
    issue(2, (RECIPIENT,), notice_id=UUID(int=2), **fields)
    withdrawal = {"act": "withdraw", "rev": 2}
    issue(3, notice_id=UUID(int=1), received=ago(hours=73), **withdrawal)
    issue(4, notice_id=UUID(int=2), received=ago(hours=71), **withdrawal)
    assert overdue() == 1


def test_another_agencys_overdue_receipts_are_not_counted():
    issue(1, (RECIPIENT,), received=ago(days=2), issuer=OUTSIDER)
    assert overdue() == 0
    assert agency_figures(OUTSIDER, 0)["receipts_overdue"] == 1


def test_the_secretariat_sees_numbers_of_all():
    Agency.objects.create(id=SENDER, country="ID", name="Force A", mailbox_head=5)
    Agency.objects.create(id=RECIPIENT, country="TH", name="Force B", mailbox_head=2)
    issue(1, (RECIPIENT,))
    issue(2, state="pending", index=None, received=ago(days=2))
    with system():
        assert hub_figures()["by_state"]["pending"] == 1
        assert hub_figures()["mailbox_positions"] == 7
        rows = {row["agency"]: row for row in figures_by_agency()}
    assert (rows[SENDER]["sent"], rows[SENDER]["today"], rows[SENDER]["pending"]) == (1, 1, 1)
    assert (rows[RECIPIENT]["sent"], rows[RECIPIENT]["mailbox_head"]) == (0, 2)
