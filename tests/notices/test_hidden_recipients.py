"""Recipients that the others do not learn of: the hub delivers to them and tells nobody."""

from __future__ import annotations

from typing import Any

import pytest

from eads_client.seal import SealedNotice
from tests.cast import OUTSIDER, RECIPIENT, REVIEWING, ROLES, SENDER, signed
from tests.notices.forging import follow, posted
from tests.stage import Stage

HIDDEN, ALSO_HIDDEN = REVIEWING, OUTSIDER


@pytest.fixture
def notice(stage: Stage) -> SealedNotice:
    """To the recipient by name, to two others hidden."""
    hidden = [stage[HIDDEN].recipient(), stage[ALSO_HIDDEN].recipient()]
    made = signed(stage[SENDER], [stage[RECIPIENT]], hidden=hidden)
    posted(stage, made)
    return made


def paths(notice: SealedNotice) -> list[str]:
    return [
        *("mailbox", "notices/pending", "stats", "subscriptions", "grants", "log/checkpoint"),
        *(f"notices/{notice.digest}", f"notices/{notice.digest}/receipts"),
    ]


def every_answer(stage: Stage, agency: str, notice: SealedNotice) -> list[tuple[str, Any]]:
    """What each role of an agency is answered on each path about mail."""
    return [
        (f"{role} {path}", stage.ask("GET", path, agency, role))
        for role in ROLES
        for path in paths(notice)
    ]


def test_a_hidden_recipient_gets_its_own_wrap_and_its_own_route(
    stage: Stage, notice: SealedNotice
) -> None:
    for agency in (HIDDEN, ALSO_HIDDEN):
        (entry,) = stage.mailbox(agency)["entries"]
        (tag,) = entry["envelope"]["wraps"]
        assert list(entry["envelope"]["route"]) == [tag]
        assert entry["envelope"]["route"][tag]["agency"] == agency
        read = stage.ask("GET", f"notices/{notice.digest}", agency).json()
        assert read["envelope"]["route"] == entry["envelope"]["route"]
        assert read["envelope"]["wraps"] == entry["envelope"]["wraps"]


@pytest.mark.parametrize("who", [RECIPIENT, HIDDEN, ALSO_HIDDEN])
def test_no_answer_to_anybody_else_names_a_hidden_recipient(
    stage: Stage, notice: SealedNotice, who: str
) -> None:
    secrets = {
        other: (other.encode(), stage[other].epoch.kid.encode())
        for other in (HIDDEN, ALSO_HIDDEN)
        if other != who
    }
    nonces = [r.nonce.hex().encode() for r in notice.route.values() if r.agency != who]
    for what, answer in every_answer(stage, who, notice):
        told = answer.content + repr(answer.headers).encode()
        for other, words in secrets.items():
            assert not any(word in told for word in words), (what, other)
        assert not any(nonce in told for nonce in nonces), what


def test_the_named_recipient_sees_no_route_at_all(stage: Stage, notice: SealedNotice) -> None:
    (entry,) = stage.mailbox(RECIPIENT)["entries"]
    assert "route" not in entry["envelope"]
    assert "route" not in stage.ask("GET", f"notices/{notice.digest}", RECIPIENT).json()["envelope"]


def test_the_sender_sees_in_its_receipts_who_is_hidden(stage: Stage, notice: SealedNotice) -> None:
    answer = stage.ask("GET", f"notices/{notice.digest}/receipts", SENDER).json()
    hidden = {row["agency"]: row["hidden"] for row in answer["recipients"]}
    assert hidden == {SENDER: False, RECIPIENT: False, HIDDEN: True, ALSO_HIDDEN: True}


def test_a_receipt_of_a_hidden_recipient_is_the_senders_to_read(
    stage: Stage, notice: SealedNotice
) -> None:
    raw = stage[HIDDEN].receipt(delivered=[notice.digest])
    assert stage.ask("POST", "receipts", HIDDEN, "service", raw).status_code == 202
    stage.sequence()
    rows = stage.ask("GET", f"notices/{notice.digest}/receipts", SENDER).json()["recipients"]
    assert {r["agency"]: r["state"] for r in rows}[HIDDEN] == "delivered"
    for agency in (RECIPIENT, ALSO_HIDDEN):
        for what, answer in every_answer(stage, agency, notice):
            assert HIDDEN.encode() not in answer.content, what


def test_a_hidden_recipient_signs_for_its_purge_after_the_erasure(
    stage: Stage, notice: SealedNotice
) -> None:
    hidden = [stage[HIDDEN].recipient()]
    posted(stage, follow(stage, notice, "withdraw", [stage[RECIPIENT]], hidden=hidden))
    raw = stage[HIDDEN].receipt(purged=[notice.digest])
    assert stage.ask("POST", "receipts", HIDDEN, "service", raw).status_code == 202
    rows = stage.ask("GET", f"notices/{notice.digest}/receipts", SENDER).json()["recipients"]
    assert {r["agency"]: r["state"] for r in rows} == {
        SENDER: "mailbox",
        RECIPIENT: "mailbox",
        HIDDEN: "purged",
        ALSO_HIDDEN: "mailbox",
    }


def test_a_notice_that_waits_names_no_hidden_recipient_to_a_reviewer(stage: Stage) -> None:
    from tests.notices.test_quorum_on_ciphertext import reviewed, waiting

    reviewed(stage)
    made = signed(
        stage[SENDER],
        [stage[REVIEWING]],
        hidden=[stage[OUTSIDER].recipient(), stage[RECIPIENT].recipient()],
    )
    assert stage.post(made).status_code == 202
    assert len(waiting(stage, REVIEWING)) == 1
    for what, answer in every_answer(stage, REVIEWING, made):
        for agency in (OUTSIDER, RECIPIENT):
            assert agency.encode() not in answer.content, what
