"""Receipts: a recipient signs for what it got and destroyed; the sender sees it, nobody else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from eads_client.keys import SigningKey
from eads_wire.encoding import format_time
from eads_wire.receipt import PAYLOAD_TYPE
from tests import cast
from tests.cast import OUTSIDER, RECIPIENT, SENDER
from tests.notices.forging import books, change_row, follow, logged, posted, revoke
from tests.stage import Stage, code_of


def send(stage: Stage, raw: bytes, agency: str = RECIPIENT, role: str = "service") -> Any:
    return stage.ask("POST", "receipts", agency, role, raw)


def progress(stage: Stage, digest: str) -> dict[str, dict[str, Any]]:
    """What the sender sees of each recipient."""
    answer = stage.ask("GET", f"notices/{digest}/receipts", SENDER)
    assert answer.status_code == 200, answer.content
    return {row["agency"]: row for row in answer.json()["recipients"]}


def ago(**length: float) -> Any:
    return timezone.now() - timedelta(**length)


def test_a_receipt_reaches_the_sender_as_it_was_signed(stage: Stage) -> None:
    notice = logged(stage)
    assert progress(stage, notice.digest)[RECIPIENT]["state"] == "mailbox"
    raw = stage[RECIPIENT].receipt(delivered=[notice.digest])
    answer = send(stage, raw)
    assert (answer.status_code, answer.json()["index"]) == (202, None)
    stage.sequence()
    row = progress(stage, notice.digest)[RECIPIENT]
    assert (row["state"], row["position"], row["hidden"]) == ("delivered", 1, False)
    assert row["delivered"] is not None
    assert row["purged"] is None
    assert row["receipts"] == [json.loads(raw)]


def test_the_same_receipt_again_changes_nothing(stage: Stage) -> None:
    raw = stage[RECIPIENT].receipt(delivered=[logged(stage).digest])
    send(stage, raw)
    stage.sequence()
    before = books()
    again = send(stage, raw)
    assert (again.status_code, again.json()["index"] is not None) == (200, True)
    assert books() == before


def test_a_receipt_for_a_notice_that_one_was_not_sent_is_refused(stage: Stage) -> None:
    notice = logged(stage)
    before = books()
    held_by_others = send(stage, stage[OUTSIDER].receipt(delivered=[notice.digest]), OUTSIDER)
    unknown = send(stage, stage[OUTSIDER].receipt(delivered=["0" * 64]), OUTSIDER)
    assert code_of(held_by_others) == "not-a-recipient"
    assert held_by_others.content == unknown.content
    assert books() == before


def test_one_digest_too_many_refuses_the_whole_receipt(stage: Stage) -> None:
    notice = logged(stage)
    before = books()
    raw = stage[RECIPIENT].receipt(delivered=[notice.digest, "f" * 64])
    assert code_of(send(stage, raw)) == "not-a-recipient"
    assert books() == before


def test_another_agencys_receipt_is_refused(stage: Stage) -> None:
    raw = stage[RECIPIENT].receipt(delivered=[logged(stage).digest])
    before = books()
    assert code_of(send(stage, raw, OUTSIDER)) == "wrong-agency"
    assert books() == before


def test_a_receipt_by_a_strangers_key_is_refused(stage: Stage) -> None:
    notice = logged(stage)
    payload = {
        "v": 1,
        "agency": RECIPIENT,
        "at": format_time(cast.NOW),
        "delivered": [notice.digest],
        "purged": [],
    }
    before = books()
    raw = cast.document(PAYLOAD_TYPE, payload, [SigningKey.generate()])
    assert code_of(send(stage, raw)) == "unknown-key"
    assert books() == before


def test_a_receipt_by_a_revoked_officer_is_refused(stage: Stage) -> None:
    raw = stage[RECIPIENT].receipt(delivered=[logged(stage).digest])
    revoke(stage, RECIPIENT, "service")
    before = books()
    assert code_of(send(stage, raw, role="liaison")) == "revoked-key"
    assert books() == before


@pytest.mark.parametrize("change", [b"{}", b"", b"[", b'{"payload": 1}'])
def test_a_malformed_receipt_is_refused(stage: Stage, change: bytes) -> None:
    answer = send(stage, change or b" ")
    assert code_of(answer) in ("malformed", "unsupported")


def test_a_receipt_that_is_too_large_is_refused(stage: Stage) -> None:
    answer = send(stage, b"x" * (512 * 1024 + 1))
    assert (answer.status_code, code_of(answer)) == (413, "too-large")


def test_a_purge_is_signed_for_after_the_withdrawal(stage: Stage) -> None:
    first = logged(stage)
    posted(stage, follow(stage, first, "withdraw", [stage[RECIPIENT]]))
    send(stage, stage[RECIPIENT].receipt(purged=[first.digest]))
    stage.sequence()
    row = progress(stage, first.digest)[RECIPIENT]
    assert (row["state"], row["delivered"]) == ("purged", None)
    assert row["purged"]


def test_a_recipient_that_is_silent_for_a_day_is_overdue(stage: Stage) -> None:
    notice = logged(stage)
    change_row(notice.digest, received=ago(hours=23))
    assert progress(stage, notice.digest)[RECIPIENT]["state"] == "mailbox"
    change_row(notice.digest, received=ago(hours=25))
    assert progress(stage, notice.digest)[RECIPIENT]["state"] == "overdue"
    send(stage, stage[RECIPIENT].receipt(delivered=[notice.digest]))
    assert progress(stage, notice.digest)[RECIPIENT]["state"] == "delivered"


def test_a_purge_that_is_not_signed_for_in_three_days_is_overdue(stage: Stage) -> None:
    first = logged(stage)
    send(stage, stage[RECIPIENT].receipt(delivered=[first.digest]))
    withdrawal = follow(stage, first, "withdraw", [stage[RECIPIENT]])
    posted(stage, withdrawal)
    assert progress(stage, first.digest)[RECIPIENT]["state"] == "delivered"
    change_row(withdrawal.digest, received=ago(hours=73))
    assert progress(stage, first.digest)[RECIPIENT]["state"] == "overdue"


def test_the_receipts_of_a_notice_are_its_senders_only(stage: Stage) -> None:
    notice = logged(stage)
    unknown = stage.ask("GET", f"notices/{'0' * 64}/receipts", SENDER)
    for agency in (RECIPIENT, OUTSIDER):
        answer = stage.ask("GET", f"notices/{notice.digest}/receipts", agency)
        assert (answer.status_code, answer.content) == (404, unknown.content)
