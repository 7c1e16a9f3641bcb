"""Two officers, one sealed notice: the hub enforces it without reading a word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eads_client.keys import SigningKey
from eads_client.seal import SealedNotice, sign_manifest
from tests import cast
from tests.cast import OUTSIDER, RECIPIENT, REVIEWING, SENDER, signed
from tests.notices.forging import (
    books,
    change_row,
    logged,
    posted,
    publish,
    revoke,
    row_of,
)
from tests.stage import Stage, code_of

REVIEWED = ["liaison", "approver", f"reviewer@{REVIEWING}"]


def add(
    stage: Stage,
    notice: SealedNotice,
    key: SigningKey,
    agency: str = SENDER,
    role: str = "approver",
) -> Any:
    """``POST notices/{digest}/signatures``."""
    body = sign_manifest(notice.manifest, key).to_json()
    return stage.ask("POST", f"notices/{notice.digest}/signatures", agency, role, body)


def half_signed(stage: Stage, role: str = "liaison") -> SealedNotice:
    notice = signed(stage[SENDER], [stage[RECIPIENT], stage[REVIEWING]], role)
    answer = stage.post(notice)
    assert answer.status_code == 202, answer.content
    return notice


def waiting(stage: Stage, agency: str, role: str = "reviewer") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = stage.ask("GET", "notices/pending", agency, role).json()["notices"]
    return rows


def reviewed(stage: Stage) -> None:
    stage[SENDER].quorum["wanted-person"] = REVIEWED
    publish(stage, SENDER)


def test_a_notice_with_one_of_two_signatures_waits_unseen(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]], "liaison")
    answer = stage.post(notice)
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert answer.json()["missing"] == ["approver"]
    assert stage.sequence() == 0
    unknown = stage.ask("GET", f"notices/{'0' * 64}", RECIPIENT)
    for agency in (RECIPIENT, OUTSIDER, REVIEWING):
        assert stage.mailbox(agency)["entries"] == []
        hidden = stage.ask("GET", f"notices/{notice.digest}", agency)
        assert (hidden.status_code, hidden.content) == (404, unknown.content)
        assert waiting(stage, agency) == []


def test_the_issuers_own_officers_see_what_waits_with_their_own_wrap_only(stage: Stage) -> None:
    notice = half_signed(stage)
    (entry,) = waiting(stage, SENDER, "approver")
    assert (entry["digest"], entry["missing"]) == (notice.digest, ["approver"])
    assert list(entry["envelope"]["wraps"]) == [stage[SENDER].epoch.kid]


def test_the_second_officer_signs_the_same_bytes_and_it_goes_out(stage: Stage) -> None:
    notice = half_signed(stage)
    answer = add(stage, notice, stage[SENDER]["approver"].signing)
    assert (answer.status_code, answer.json()["state"]) == (202, "accepted")
    stage.sequence()
    (entry,) = stage.mailbox(RECIPIENT)["entries"]
    assert entry["digest"] == notice.digest
    assert len(entry["envelope"]["signatures"]) == 2
    assert waiting(stage, SENDER, "approver") == []


def test_the_order_of_the_two_officers_does_not_matter(stage: Stage) -> None:
    notice = half_signed(stage, "approver")
    answer = add(stage, notice, stage[SENDER]["liaison"].signing, role="liaison")
    assert answer.json()["state"] == "accepted"


def test_the_same_bytes_with_the_second_signature_complete_it_too(stage: Stage) -> None:
    notice = half_signed(stage)
    posted(stage, notice.sign(stage[SENDER]["approver"].signing))


def test_the_same_officer_twice_is_one_officer(stage: Stage) -> None:
    notice = half_signed(stage)
    before = books()
    answer = add(stage, notice, stage[SENDER]["liaison"].signing, role="liaison")
    assert answer.json()["missing"] == ["approver"]
    assert books() == before
    assert len(json.loads(bytes(row_of(notice.digest).signatures))) == 1


def test_an_officer_with_both_roles_and_two_keys_still_counts_once(stage: Stage) -> None:
    both = ("liaison", "approver")
    stage[SENDER].people |= {
        "both": cast.Person("s.one", both),
        "again": cast.Person("s.two", both),
    }
    publish(stage, SENDER)
    notice = signed(stage[SENDER], [stage[RECIPIENT]], "both")
    assert stage.post(notice).json()["state"] == "pending"
    assert add(stage, notice, stage[SENDER]["both"].signing).json()["state"] == "pending"
    assert add(stage, notice, stage[SENDER]["again"].signing).json()["state"] == "accepted"


def test_a_signature_over_other_bytes_is_refused(stage: Stage) -> None:
    notice, other = half_signed(stage), signed(stage[SENDER], [stage[RECIPIENT]])
    before = books()
    body = sign_manifest(other.manifest, stage[SENDER]["approver"].signing).to_json()
    answer = stage.ask("POST", f"notices/{notice.digest}/signatures", SENDER, "approver", body)
    assert code_of(answer) == "bad-signature"
    assert books() == before
    assert row_of(notice.digest).state == "pending"


def test_an_outsider_learns_nothing_by_signing(stage: Stage) -> None:
    notice = half_signed(stage)
    key = stage[OUTSIDER]["approver"].signing
    answer = add(stage, notice, key, OUTSIDER)
    unknown = signed(stage[SENDER], [stage[RECIPIENT]])
    assert (answer.status_code, answer.content) == (404, add(stage, unknown, key, OUTSIDER).content)
    assert code_of(add(stage, unknown, stage[SENDER]["approver"].signing)) == "not-found"


def test_a_stranger_s_key_is_refused_from_the_issuer_too(stage: Stage) -> None:
    notice = half_signed(stage)
    assert code_of(add(stage, notice, SigningKey.generate())) == "unknown-key"
    assert code_of(add(stage, notice, stage[RECIPIENT]["approver"].signing)) == "unknown-key"
    assert code_of(add(stage, notice, stage[SENDER]["analyst"].signing)) == "no-quorum"
    assert row_of(notice.digest).state == "pending"


@pytest.mark.parametrize("body", [{}, {"keyid": "00", "sig": ""}, {"keyid": 1, "sig": 2}])
def test_a_malformed_signature_is_refused(stage: Stage, body: dict[str, Any]) -> None:
    notice = half_signed(stage)
    answer = stage.ask("POST", f"notices/{notice.digest}/signatures", SENDER, "approver", body)
    assert code_of(answer) == "malformed"


def test_a_reviewer_of_another_agency_completes_the_quorum(stage: Stage) -> None:
    reviewed(stage)
    notice = signed(stage[SENDER], [stage[RECIPIENT], stage[REVIEWING]])
    assert stage.post(notice).json()["missing"] == [f"reviewer@{REVIEWING}"]
    (entry,) = waiting(stage, REVIEWING)
    assert list(entry["envelope"]["wraps"]) == [stage[REVIEWING].epoch.kid]
    assert waiting(stage, RECIPIENT) == []
    shown = stage.ask("GET", f"notices/{notice.digest}", REVIEWING, "reviewer")
    assert shown.json()["state"] == "pending"
    key = stage[REVIEWING]["reviewer"].signing
    answer = add(stage, notice, key, REVIEWING, "reviewer")
    assert answer.json()["state"] == "accepted"
    stage.sequence()
    assert add(stage, notice, key, REVIEWING, "reviewer").status_code == 201
    assert stage.mailbox(RECIPIENT)["head"] == stage.mailbox(REVIEWING)["head"] == 1


def test_the_reviewers_signature_is_the_reviewing_agencys_to_bring(stage: Stage) -> None:
    reviewed(stage)
    notice = signed(stage[SENDER], [stage[RECIPIENT], stage[REVIEWING]])
    stage.post(notice)
    brought = add(stage, notice, stage[REVIEWING]["reviewer"].signing)
    assert code_of(brought) == "wrong-agency"
    wrong_role = add(stage, notice, stage[REVIEWING]["approver"].signing, REVIEWING)
    assert code_of(wrong_role) == "no-quorum"
    assert row_of(notice.digest).state == "pending"


def test_a_reviewing_agency_must_be_a_named_recipient(stage: Stage) -> None:
    reviewed(stage)
    left_out = signed(stage[SENDER], [stage[RECIPIENT]])
    assert code_of(stage.post(left_out)) == "no-quorum"
    hidden = signed(stage[SENDER], [stage[RECIPIENT]], hidden=[stage[REVIEWING].recipient()])
    assert code_of(stage.post(hidden)) == "no-quorum"


def test_a_signature_on_an_erased_notice_is_refused(stage: Stage) -> None:
    notice = logged(stage)
    change_row(notice.digest, state="erased", reason="withdrawn", body=b"", wraps=b"")
    answer = add(stage, notice, stage[SENDER]["approver"].signing)
    assert (answer.status_code, code_of(answer)) == (410, "erased")


def test_a_notice_that_waits_can_be_taken_back_by_its_agency_only(stage: Stage) -> None:
    notice = half_signed(stage)
    path = f"notices/{notice.digest}"
    for agency in (RECIPIENT, OUTSIDER, REVIEWING):
        assert stage.ask("DELETE", path, agency).status_code == 404
    assert stage.ask("DELETE", path, SENDER, "approver").status_code == 204
    assert bytes(row_of(notice.digest).body) == bytes(row_of(notice.digest).wraps) == b""
    assert code_of(add(stage, notice, stage[SENDER]["approver"].signing)) == "refused"
    assert code_of(stage.ask("DELETE", path, SENDER)) == "not-pending"


# ------------------------------------------------------------------ revocation


def test_a_signer_revoked_before_the_log_is_refused_by_the_sequencer(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]])
    assert stage.post(notice).json()["state"] == "accepted"
    revoke(stage, SENDER, "approver")
    row = row_of(notice.digest)
    assert (row.state, row.reason, row.index) == ("refused", "revoked-key", None)
    assert bytes(row.body) == bytes(row.wraps) == b""
    assert stage.mailbox(RECIPIENT)["head"] == 0
    answer = stage.post(notice)
    assert (answer.status_code, code_of(answer)) == (409, "refused")


def test_a_keyring_that_changes_nothing_for_the_signers_lets_the_notice_in(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]])
    stage.post(notice)
    revoke(stage, SENDER, "analyst")
    assert row_of(notice.digest).state == "logged"


def test_a_revoked_reviewer_counts_no_more_in_the_log(stage: Stage) -> None:
    reviewed(stage)
    notice = signed(stage[SENDER], [stage[RECIPIENT], stage[REVIEWING]])
    stage.post(notice)
    add(stage, notice, stage[REVIEWING]["reviewer"].signing, REVIEWING, "reviewer")
    revoke(stage, REVIEWING, "reviewer")
    assert row_of(notice.digest).state == "refused"


def test_what_was_logged_before_the_revocation_stays(stage: Stage) -> None:
    notice = logged(stage)
    revoke(stage, SENDER, "approver")
    assert row_of(notice.digest).state == "logged"


def test_a_first_officer_revoked_while_the_notice_waits_stops_it(stage: Stage) -> None:
    notice = half_signed(stage)
    revoke(stage, SENDER, "liaison")
    answer = add(stage, notice, stage[SENDER]["approver"].signing)
    assert code_of(answer) == "revoked-key"
    assert row_of(notice.digest).state == "pending"


def test_a_revoked_officers_token_dies_at_once(stage: Stage) -> None:
    headers = stage.bearer(SENDER, "liaison")
    assert stage.ask("GET", "mailbox", headers=headers).status_code == 200
    revoke(stage, SENDER, "liaison", sequenced=False)
    assert stage.ask("GET", "mailbox", headers=headers).status_code == 200, "not in the log yet"
    stage.sequence()
    answer = stage.ask("GET", "mailbox", headers=headers)
    assert (answer.status_code, code_of(answer)) == (401, "unauthenticated")
