"""The hub's own rules: who, when, to whom, after what. A refusal writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Agency
from eads_client.keys import EncryptionKey, SigningKey, sign_payload
from eads_wire.encoding import AgencyId, to_base64
from eads_wire.envelope import PAYLOAD_TYPE
from tests import cast
from tests.cast import OUTSIDER, RECIPIENT, SENDER, Force, force, sealed, signed
from tests.notices.forging import (
    books,
    change_row,
    follow,
    logged,
    posted,
    publish,
    revoke,
    row_of,
    upload,
    with_envelope,
    with_files,
)
from tests.stage import Stage, code_of


@contextmanager
def nothing_written() -> Iterator[None]:
    before = books()
    yield
    assert books() == before


def refusal(stage: Stage, notice: Any, agency: str = SENDER) -> str:
    """The code that a notice is refused with, having left nothing behind."""
    with nothing_written():
        answer = stage.post(notice, agency)
        assert answer.status_code >= 400, answer.content
    return code_of(answer)


def ago(**length: float) -> Any:
    return timezone.now().replace(microsecond=0) - timedelta(**length)


# ------------------------------------------------------------------ who


def test_a_notice_of_another_agency_is_refused(stage: Stage) -> None:
    assert refusal(stage, signed(stage[SENDER], [stage[RECIPIENT]]), OUTSIDER) == "wrong-agency"


def test_a_forged_signature_is_refused(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]])

    def forge(envelope: dict[str, Any]) -> None:
        envelope["signatures"][1]["sig"] = to_base64(bytes(3373))

    assert refusal(stage, with_envelope(notice, forge)) == "bad-signature"


@pytest.mark.parametrize("half", [slice(0, 64), slice(64, 3373)], ids=["Ed25519", "ML-DSA-65"])
def test_one_wrong_half_of_a_signature_is_enough_to_refuse_it(stage: Stage, half: slice) -> None:
    keys = stage[SENDER]["liaison"].signing
    notice = signed(stage[SENDER], [stage[RECIPIENT]], "liaison")
    other = bytearray(notice.signatures[0].sig)
    other[half] = keys.sign(b"something else")[half]

    def forge(envelope: dict[str, Any]) -> None:
        envelope["signatures"][0]["sig"] = to_base64(bytes(other))

    assert refusal(stage, with_envelope(notice, forge)) == "bad-signature"


def test_the_signature_of_another_notice_is_refused(stage: Stage) -> None:
    other = json.loads(signed(stage[SENDER], [stage[RECIPIENT]]).envelope())["signatures"]
    notice = signed(stage[SENDER], [stage[RECIPIENT]])
    raw = with_envelope(notice, lambda envelope: envelope.update(signatures=other))
    assert refusal(stage, raw) == "bad-signature"


def test_a_key_that_no_keyring_lists_is_refused(stage: Stage) -> None:
    notice = sealed(stage[SENDER], [stage[RECIPIENT]]).sign(SigningKey.generate())
    assert refusal(stage, notice) == "unknown-key"


def test_an_officer_of_a_recipient_cannot_sign_for_the_issuer(stage: Stage) -> None:
    notice = sealed(stage[SENDER], [stage[RECIPIENT]]).sign(stage[RECIPIENT]["liaison"].signing)
    assert refusal(stage, notice) == "unknown-key"


def test_a_role_that_the_quorum_does_not_name_is_refused(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]], "liaison", "analyst")
    assert refusal(stage, notice) == "no-quorum"


def test_a_revoked_signer_is_refused(stage: Stage) -> None:
    revoke(stage, SENDER, "approver")
    assert refusal(stage, signed(stage[SENDER], [stage[RECIPIENT]])) == "revoked-key"


# ------------------------------------------------------------------ when


def test_a_notice_dated_ahead_is_refused(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]], issued=ago(minutes=-10))
    assert refusal(stage, notice) == "future-dated"


def test_a_clock_that_runs_a_little_ahead_is_forgiven(stage: Stage) -> None:
    posted(stage, signed(stage[SENDER], [stage[RECIPIENT]], issued=ago(minutes=-3)))


def test_a_notice_dated_long_ago_is_refused(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]], issued=ago(days=31))
    assert refusal(stage, notice) == "back-dated"


def test_an_expired_notice_is_refused(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]], issued=ago(days=2), expires=ago(seconds=1))
    assert refusal(stage, notice) == "expired"


# ------------------------------------------------------------------ to whom


def test_an_agency_that_the_hub_does_not_know_is_no_recipient(stage: Stage) -> None:
    stranger = Force(AgencyId("XX-NONE"), "XX")
    assert refusal(stage, signed(stage[SENDER], [stranger])) == "unknown-recipient"


@pytest.mark.parametrize("field", [{"suspended": True}, {"active": False}])
def test_a_member_that_may_not_take_part_is_no_recipient(
    stage: Stage, field: dict[str, bool]
) -> None:
    Agency.objects.filter(id=RECIPIENT).update(**field)
    assert refusal(stage, signed(stage[SENDER], [stage[RECIPIENT]])) == "unknown-recipient"


def test_a_key_that_was_changed_is_refused(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]])
    stage[RECIPIENT].epoch = EncryptionKey.generate()
    publish(stage, RECIPIENT)
    assert refusal(stage, notice) == "outdated-recipient-key"
    posted(stage, signed(stage[SENDER], [stage[RECIPIENT]]))


def test_a_route_that_points_elsewhere_than_its_tag_is_refused(stage: Stage) -> None:
    notice = signed(stage[SENDER], [], hidden=[stage[RECIPIENT].recipient()])

    def reroute(envelope: dict[str, Any]) -> None:
        (entry,) = envelope["route"].values()
        outsider = stage[OUTSIDER].recipient()
        entry.update(agency=outsider.agency, kid=outsider.kid)

    assert refusal(stage, with_envelope(notice, reroute)) == "route-mismatch"


def test_a_hidden_recipient_without_its_route_is_refused(stage: Stage) -> None:
    notice = signed(stage[SENDER], [], hidden=[stage[RECIPIENT].recipient()])
    raw = with_envelope(notice, lambda envelope: envelope.pop("route"))
    assert refusal(stage, raw) == "malformed"


# ------------------------------------------------------------------ after what


def test_another_body_under_the_same_id_is_refused(stage: Stage) -> None:
    first = logged(stage)
    other = signed(stage[SENDER], [stage[RECIPIENT]], id=first.header.id)
    assert refusal(stage, other) == "id-conflict"


def test_another_agency_may_use_the_same_id(stage: Stage) -> None:
    first = logged(stage)
    other = signed(stage[OUTSIDER], [stage[RECIPIENT]], id=first.header.id)
    assert stage.post(other, OUTSIDER).status_code == 202


def test_a_revision_must_follow_the_one_before(stage: Stage) -> None:
    first = logged(stage)
    to = [stage[RECIPIENT]]
    skipped = signed(stage[SENDER], to, id=first.header.id, rev=3, prev=first.digest, act="update")
    assert refusal(stage, skipped) == "wrong-revision"
    wrong_prev = signed(stage[SENDER], to, id=first.header.id, rev=2, prev="0" * 64, act="update")
    assert refusal(stage, wrong_prev) == "wrong-revision"
    other_type = follow(stage, first, "update", to, type="warning")
    assert refusal(stage, other_type) == "no-quorum"
    other_type = cast.sealed(
        stage[SENDER], to, id=first.header.id, rev=2, prev=first.digest, act="update",
        type="warning",
    ).sign(stage[SENDER]["liaison"].signing)  # fmt: skip
    assert refusal(stage, other_type) == "wrong-revision"
    posted(stage, follow(stage, first, "update", to))


def test_a_revision_of_a_notice_that_nobody_posted_is_refused(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]], rev=2, prev="0" * 64, act="update")
    assert refusal(stage, notice) == "wrong-revision"


def test_a_revision_cannot_overtake_the_one_that_waits_for_the_log(stage: Stage) -> None:
    first = signed(stage[SENDER], [stage[RECIPIENT]])
    assert stage.post(first).status_code == 202
    second = follow(stage, first, "update", [stage[RECIPIENT]])
    assert refusal(stage, second) == "wrong-revision"


def test_nothing_follows_a_withdrawal(stage: Stage) -> None:
    first = logged(stage)
    second = follow(stage, first, "withdraw", [stage[RECIPIENT]])
    posted(stage, second)
    third = follow(stage, second, "update", [stage[RECIPIENT]])
    assert refusal(stage, third) == "wrong-revision"


def test_an_answer_to_a_notice_that_one_does_not_hold_is_refused(stage: Stage) -> None:
    held = logged(stage)
    answer = sealed(stage[OUTSIDER], [stage[SENDER]], type="message", re=held.digest)
    answer = answer.sign(stage[OUTSIDER]["liaison"].signing)
    unknown = sealed(stage[OUTSIDER], [stage[SENDER]], type="message", re="0" * 64)
    unknown = unknown.sign(stage[OUTSIDER]["liaison"].signing)
    with nothing_written():
        first, second = stage.post(answer, OUTSIDER), stage.post(unknown, OUTSIDER)
    assert code_of(first) == "unknown-reference"
    assert first.content == second.content


def test_a_recipient_may_answer_what_it_holds(stage: Stage) -> None:
    held = logged(stage)
    answer = sealed(stage[RECIPIENT], [stage[SENDER]], type="message", re=held.digest)
    answer = answer.sign(stage[RECIPIENT]["liaison"].signing)
    assert stage.post(answer, RECIPIENT).status_code == 202


# ------------------------------------------------------------------ files


def test_a_notice_whose_file_is_not_here_is_refused(stage: Stage, tmp_path: Path) -> None:
    notice, (first, _) = with_files(stage, tmp_path, [b"one", b"two"], [stage[RECIPIENT]])
    assert refusal(stage, notice) == "blob-missing"
    assert upload(stage, SENDER, notice.files[0].sha256, first).status_code == 201
    assert refusal(stage, notice) == "blob-missing"


def test_a_file_of_another_agency_is_not_ones_own(stage: Stage, tmp_path: Path) -> None:
    notice, (content,) = with_files(stage, tmp_path, [b"one"], [stage[RECIPIENT]])
    assert upload(stage, OUTSIDER, notice.files[0].sha256, content).status_code == 201
    assert refusal(stage, notice) == "blob-missing"


def test_a_file_of_another_size_than_signed_is_refused(stage: Stage, tmp_path: Path) -> None:
    notice, (content,) = with_files(stage, tmp_path, [b"one"], [stage[RECIPIENT]])
    upload(stage, SENDER, notice.files[0].sha256, content)
    manifest = json.loads(notice.manifest.raw)
    manifest["blobs"][1]["size"] += 1
    raw = json.dumps(manifest).encode()
    key = stage[SENDER]["liaison"].signing

    def change(envelope: dict[str, Any]) -> None:
        envelope["payload"] = to_base64(raw)
        envelope["signatures"] = [sign_payload(key, PAYLOAD_TYPE, raw).to_json()]

    assert refusal(stage, with_envelope(notice, change)) == "blob-mismatch"


# ------------------------------------------------------------------ how much


def test_the_days_limit_is_kept(stage: Stage) -> None:
    Agency.objects.filter(id=SENDER).update(notices_per_day=1)
    first = logged(stage)
    second = signed(stage[SENDER], [stage[RECIPIENT]])
    with nothing_written():
        answer = stage.post(second)
    assert (answer.status_code, code_of(answer)) == (429, "quota-exceeded")
    assert int(answer.headers["Retry-After"]) == answer.json()["retry_after"] > 0
    assert stage.post(first).status_code == 201, "the same bytes again cost nothing"
    change_row(first.digest, received=ago(days=1, seconds=1))
    assert stage.post(second).status_code == 202


def test_a_refused_notice_may_be_sealed_anew_under_the_same_revision(stage: Stage) -> None:
    first = signed(stage[SENDER], [stage[RECIPIENT]])
    stage.post(first)
    revoke(stage, SENDER, "approver")
    assert row_of(first.digest).state == "refused"
    stage[SENDER].people["second approver"] = cast.Person("approver.two", ("approver",))
    publish(stage, SENDER)
    again = signed(
        stage[SENDER], [stage[RECIPIENT]], "liaison", "second approver", id=first.header.id
    )
    posted(stage, again)
    assert refusal(stage, first) == "refused"


def test_the_cast_is_made_anew_for_every_test() -> None:
    assert force(SENDER).people["approver"].revoked is None
