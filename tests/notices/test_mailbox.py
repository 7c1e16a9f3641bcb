"""The mailbox: every position once, none skipped, and what withdrawal and expiry leave behind."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notices.models import MailboxEntry
from tests.cast import NOW, OUTSIDER, RECIPIENT, REVIEWING, SENDER, signed
from tests.notices.forging import change_row, follow, logged, posted, row_of
from tests.stage import Stage, code_of
from transparency.tenancy import system


def walk(stage: Stage, agency: str, limit: int) -> list[int]:
    """Every position, read page by page as a client does."""
    found: list[int] = []
    while True:
        page = stage.mailbox(agency, after=found[-1] if found else 0, limit=limit)
        if not page["entries"]:
            return found
        assert len(page["entries"]) <= limit
        found += [entry["position"] for entry in page["entries"]]


def expire(stage: Stage, digest: str) -> None:
    """Move a notice's end into the past, and let the sequencer do its chores."""
    change_row(digest, expires=timezone.now() - timedelta(seconds=1))
    stage.sequencer.run_chores()


# ------------------------------------------------------------------ pages


def test_positions_have_no_gaps_over_batches_and_pages(stage: Stage) -> None:
    for batch in (1, 3, 2):
        for _ in range(batch):
            stage.post(signed(stage[SENDER], [stage[RECIPIENT]]))
        stage.sequence()
    stage.post(signed(stage[OUTSIDER], [stage[RECIPIENT]]), OUTSIDER)
    stage.sequence()
    for limit in (1, 2, 100):
        assert walk(stage, RECIPIENT, limit) == list(range(1, 8))
    assert walk(stage, SENDER, 4) == list(range(1, 7))
    assert walk(stage, REVIEWING, 4) == []


def test_a_page_says_where_the_mailbox_ends(stage: Stage) -> None:
    for _ in range(3):
        logged(stage)
    page = stage.mailbox(RECIPIENT, after=1, limit=1)
    assert (page["head"], [e["position"] for e in page["entries"]]) == (3, [2])
    assert page["agency"] == RECIPIENT
    assert page["checkpoint"].startswith("localhost\n")


def test_asking_beyond_the_end_gets_the_true_end(stage: Stage) -> None:
    logged(stage)
    page = stage.mailbox(RECIPIENT, after=41)
    assert (page["head"], page["entries"]) == (1, [])


def test_a_page_is_cut_at_four_mebibytes_but_never_empty(stage: Stage) -> None:
    for _ in range(3):
        logged(stage)
    with system():
        MailboxEntry.objects.filter(agency=RECIPIENT, position=2).update(size=5 * 2**20)
    pages = [stage.mailbox(RECIPIENT, after=after)["entries"] for after in range(3)]
    assert [[e["position"] for e in page] for page in pages] == [[1], [2], [3]]


def test_the_size_that_is_reckoned_with_covers_what_is_sent(stage: Stage) -> None:
    logged(stage, payload=json.dumps({"text": "x" * 50_000}).encode())
    (entry,) = stage.mailbox(RECIPIENT)["entries"]
    with system():
        reckoned = MailboxEntry.objects.get(agency=RECIPIENT, position=1).size
    assert reckoned >= len(json.dumps(entry))


@pytest.mark.parametrize(
    "query",
    [
        *("after=-1", "after=x", "after=1e3", "after=9007199254740993"),
        *("limit=0", "limit=1001", "wait=61"),
    ],
)
def test_a_page_outside_the_limits_is_refused(stage: Stage, query: str) -> None:
    answer = stage.ask("GET", f"mailbox?{query}", RECIPIENT)
    assert code_of(answer) == "bad-request"


def test_a_query_of_a_thousand_arguments_is_a_bad_request(stage: Stage) -> None:
    answer = stage.ask("GET", f"mailbox?{'a&' * 1500}", RECIPIENT)
    assert code_of(answer) == "bad-request"


def test_an_unchanged_mailbox_is_not_sent_again(stage: Stage) -> None:
    logged(stage)
    first = stage.ask("GET", "mailbox?after=1&limit=5", RECIPIENT)
    tag = first.headers["ETag"]
    assert tag == '"1-1-5"'
    again = stage.ask("GET", "mailbox?after=1&limit=5", RECIPIENT, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    logged(stage)
    news = stage.ask("GET", "mailbox?after=1&limit=5", RECIPIENT, headers={"If-None-Match": tag})
    assert news.status_code == 200
    assert [e["position"] for e in news.json()["entries"]] == [2]


def test_another_agency_s_mailbox_is_out_of_reach(stage: Stage) -> None:
    notice = logged(stage)
    answer = stage.ask("GET", f"mailbox?agency={RECIPIENT}&after=0", OUTSIDER)
    assert answer.json()["agency"] == OUTSIDER
    assert notice.digest.encode() not in answer.content


# ------------------------------------------------------------------ withdrawal


def test_a_withdrawal_erases_every_earlier_revision(stage: Stage) -> None:
    to = [stage[RECIPIENT]]
    first = logged(stage)
    second = follow(stage, first, "update", to)
    posted(stage, second)
    third = follow(stage, second, "withdraw", to)
    posted(stage, third)
    for digest in (first.digest, second.digest):
        row = row_of(digest)
        assert (row.state, row.reason) == ("erased", "withdrawn")
        assert bytes(row.body) == bytes(row.wraps) == b""
        answer = stage.ask("GET", f"notices/{digest}", RECIPIENT)
        assert (answer.status_code, code_of(answer)) == (410, "erased")
    entries = stage.mailbox(RECIPIENT)["entries"]
    assert [entry["position"] for entry in entries] == [1, 2, 3]
    assert [entry.get("erased", False) for entry in entries] == [True, True, False]
    assert "envelope" not in entries[0]
    assert entries[2]["envelope"]["wraps"]


def test_a_tombstone_holds_no_ciphertext_and_no_wrap(stage: Stage) -> None:
    first = logged(stage)
    posted(stage, follow(stage, first, "withdraw", [stage[RECIPIENT]]))
    with system():
        wraps = MailboxEntry.objects.filter(digest=first.digest).values_list("wrap", flat=True)
        assert {bytes(wrap) for wrap in wraps} == {b""}
    for agency in (SENDER, RECIPIENT):
        entry = stage.mailbox(agency)["entries"][0]
        assert set(entry) == {"position", "kind", "digest", "index", "erased"}


def test_who_is_left_out_of_a_withdrawal_is_told_of_what_it_holds(stage: Stage) -> None:
    first = logged(stage, [stage[RECIPIENT], stage[OUTSIDER]])
    withdrawal = follow(stage, first, "withdraw", [stage[RECIPIENT]])
    posted(stage, withdrawal)
    held, told = stage.mailbox(OUTSIDER)["entries"]
    assert (held["digest"], held["erased"]) == (first.digest, True)
    assert (told["kind"], told["digest"], told["reason"]) == ("erased", first.digest, "withdrawn")
    assert stage.mailbox(OUTSIDER)["head"] == 2


def test_who_is_left_out_of_a_withdrawal_cannot_read_it(stage: Stage) -> None:
    first = logged(stage, [stage[RECIPIENT], stage[OUTSIDER]])
    withdrawal = follow(stage, first, "withdraw", [stage[RECIPIENT]])
    posted(stage, withdrawal)
    unknown = stage.ask("GET", f"notices/{'0' * 64}", OUTSIDER)
    answer = stage.ask("GET", f"notices/{withdrawal.digest}", OUTSIDER)
    assert (answer.status_code, answer.content) == (404, unknown.content)


def test_the_same_bytes_of_an_erased_notice_do_not_bring_it_back(stage: Stage) -> None:
    first = logged(stage)
    posted(stage, follow(stage, first, "withdraw", [stage[RECIPIENT]]))
    answer = stage.post(first)
    assert (answer.status_code, answer.json()["state"]) == (201, "erased")
    assert bytes(row_of(first.digest).body) == b""


# ------------------------------------------------------------------ expiry


def test_expiry_erases_and_tells_every_mailbox(stage: Stage) -> None:
    notice = logged(stage, hidden=[stage[OUTSIDER].recipient()])
    expire(stage, notice.digest)
    assert bytes(row_of(notice.digest).body) == b""
    for agency in (SENDER, RECIPIENT, OUTSIDER):
        held, told = stage.mailbox(agency)["entries"]
        assert held["erased"] is True
        assert (told["position"], told["kind"], told["reason"]) == (2, "erased", "expired")
        assert told["digest"] == notice.digest
        assert code_of(stage.ask("GET", f"notices/{notice.digest}", agency)) == "erased"


def test_expiry_happens_once(stage: Stage) -> None:
    notice = logged(stage)
    expire(stage, notice.digest)
    assert stage.sequencer.run_chores() == 0
    assert stage.mailbox(RECIPIENT)["head"] == 2


def test_what_has_not_expired_stays(stage: Stage) -> None:
    notice = logged(stage)
    assert stage.sequencer.run_chores() == 0
    assert row_of(notice.digest).state == "logged"


def test_a_notice_that_expires_while_it_waits_is_refused(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]], "liaison")
    stage.post(notice)
    expire(stage, notice.digest)
    row = row_of(notice.digest)
    assert (row.state, row.reason) == ("refused", "expired")
    assert bytes(row.body) == bytes(row.wraps) == b""
    assert stage.mailbox(RECIPIENT)["head"] == 0


def test_a_signature_after_the_end_comes_too_late(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]], "liaison")
    stage.post(notice)
    change_row(notice.digest, expires=NOW - timedelta(seconds=1))
    body: Any = notice.sign(stage[SENDER]["approver"].signing).signatures[1].to_json()
    answer = stage.ask("POST", f"notices/{notice.digest}/signatures", SENDER, "approver", body)
    assert code_of(answer) == "expired"
