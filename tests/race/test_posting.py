"""Two who post, sign or publish at the same moment."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from agencies.services import publish_keyring, publish_region
from eads_client.seal import SealedNotice, new_notice_id
from eads_wire.dsse import decode_signatures
from eads_wire.envelope import decode_manifest
from eads_wire.log import envelope_leaf
from eads_wire.quorum import verify_quorum
from notices.directory import read_directory
from notices.models import MailboxEntry, Notice, Receipt, ReceiptLine, State
from notices.receipts import post_receipt
from tests import cast
from tests.cast import OUTSIDER, RECIPIENT, REVIEWING, SENDER, Person, sealed, signed
from tests.race.invariants import assert_log_whole, assert_mailboxes_gap_free, assert_nothing_lost
from tests.race.together import all_well, together
from tests.stage import Stage, code_of
from transparency.models import KeyringDocument, Leaf, RegionDocument, Submission
from transparency.tenancy import system

pytestmark = pytest.mark.django_db(transaction=True)


def posting(stage: Stage, notice: SealedNotice) -> Callable[[], Any]:
    """A POST through a client of its own: Django's test client is not for two threads."""
    return partial(replace(stage).post, notice)


def signing(stage: Stage, notice: SealedNotice, agency: str, role: str) -> Callable[[], Any]:
    signature = notice.sign(stage[agency][role].signing).signatures[-1].to_json()
    path = f"notices/{notice.digest}/signatures"
    return partial(replace(stage).ask, "POST", path, agency, role, signature)


def republish(stage: Stage, agency: str) -> None:
    publish_keyring(stage[agency].agency, stage[agency].keyring())
    stage.sequence()


def assert_logged_with_quorum(digest: str) -> int:
    """One leaf, and stored signatures that any reader finds sufficient; how many they are."""
    assert Leaf.objects.filter(text=envelope_leaf(digest)).count() == 1
    with system():
        notice = Notice.objects.get(digest=digest)
        assert notice.state == State.LOGGED
        signatures = decode_signatures(json.loads(bytes(notice.signatures)))
        directory = read_directory([cast.force(SENDER).agency, cast.force(REVIEWING).agency])
        verify_quorum(decode_manifest(bytes(notice.manifest)), signatures, directory.keyrings)
    return len(signatures)


def test_the_same_bytes_posted_at_once_are_one_notice_with_one_answer(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]])
    answers = all_well(together(*[posting(stage, notice) for _ in range(4)]))
    assert [answer.status_code for answer in answers] == [202] * 4
    assert len({answer.content for answer in answers}) == 1
    with system():
        assert Notice.objects.count() == 1
    assert Submission.objects.count() == 1
    stage.sequence()
    assert_logged_with_quorum(notice.digest)
    assert_nothing_lost([notice.digest])
    answers = all_well(together(*[posting(stage, notice) for _ in range(3)]))
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.content for answer in answers}) == 1
    assert stage.sequence() == 0


def test_two_bodies_under_one_id_and_revision_at_once_leave_one(stage: Stage) -> None:
    id = new_notice_id()
    rivals = [signed(stage[SENDER], [stage[RECIPIENT]], id=id) for _ in range(4)]
    answers = all_well(together(*[posting(stage, notice) for notice in rivals]))
    won = [n for n, answer in zip(rivals, answers, strict=True) if answer.status_code == 202]
    lost = [answer for answer in answers if answer.status_code != 202]
    assert len(won) == 1
    assert [(answer.status_code, code_of(answer)) for answer in lost] == [(409, "id-conflict")] * 3
    stage.sequence()
    with system():
        assert list(Notice.objects.values_list("digest", flat=True)) == [won[0].digest]
        assert set(MailboxEntry.objects.values_list("digest", flat=True)) == {won[0].digest}
    # The losers' bytes can be posted again and still lose, in any order.
    assert code_of(stage.post(next(n for n in rivals if n is not won[0]))) == "id-conflict"


def test_two_approvers_at_once_put_a_waiting_notice_into_the_log_once(stage: Stage) -> None:
    stage[SENDER].people["second"] = Person("approver.two", ("approver",))
    republish(stage, SENDER)
    notice = signed(stage[SENDER], [stage[RECIPIENT]], "liaison")
    assert stage.post(notice).status_code == 202
    answers = all_well(
        together(
            signing(stage, notice, SENDER, "approver"), signing(stage, notice, SENDER, "second")
        )
    )
    assert [answer.status_code for answer in answers] == [202, 202]
    assert {json.loads(answer.content)["state"] for answer in answers} == {"accepted"}
    assert stage.sequence() == 1
    assert assert_logged_with_quorum(notice.digest) >= 2
    assert_nothing_lost([notice.digest])


def test_approver_and_reviewer_at_once_keep_both_signatures(stage: Stage) -> None:
    quorum = ["liaison", "approver", f"reviewer@{REVIEWING}"]
    stage[SENDER].quorum["wanted-person"] = quorum
    republish(stage, SENDER)
    for _ in range(4):
        notice = signed(stage[SENDER], [stage[RECIPIENT], stage[REVIEWING]], "liaison")
        assert stage.post(notice).status_code == 202
        answers = all_well(
            together(
                signing(stage, notice, SENDER, "approver"),
                signing(stage, notice, REVIEWING, "reviewer"),
            )
        )
        assert [answer.status_code for answer in answers] == [202, 202]
        stage.sequence()
        assert assert_logged_with_quorum(notice.digest) == 3
    assert_mailboxes_gap_free()


def test_one_half_signed_each_posted_at_once_make_a_whole(stage: Stage) -> None:
    unsigned = sealed(stage[SENDER], [stage[RECIPIENT]])
    halves = [unsigned.sign(stage[SENDER][role].signing) for role in ("liaison", "approver")]
    all_well(together(*[posting(stage, half) for half in halves]))
    stage.sequence()
    assert assert_logged_with_quorum(unsigned.digest) == 2


def test_the_next_revision_posted_twice_at_once_follows_once(stage: Stage) -> None:
    first = signed(stage[SENDER], [stage[RECIPIENT]])
    stage.post(first)
    stage.sequence()
    following = {"id": first.manifest.header.id, "rev": 2, "act": "update", "prev": first.digest}
    rivals = [signed(stage[SENDER], [stage[RECIPIENT]], **following) for _ in range(2)]
    answers = all_well(together(*[posting(stage, notice) for notice in rivals]))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    stage.sequence()
    assert_log_whole()
    assert assert_mailboxes_gap_free()[RECIPIENT] == 2


def test_the_same_keyring_published_at_once_answers_the_same(stage: Stage) -> None:
    raw = stage[OUTSIDER].keyring()
    results = all_well(
        together(*[partial(publish_keyring, stage[OUTSIDER].agency, raw) for _ in range(4)])
    )
    assert len({keyring.digest for keyring, _ in results}) == 1
    assert [new for _, new in results].count(True) == 1
    assert KeyringDocument.objects.filter(agency=OUTSIDER).count() == 2
    assert stage.sequence() == 1


def test_two_keyrings_under_one_version_at_once_leave_one(stage: Stage) -> None:
    force = stage[OUTSIDER]
    before = force.version, force.digest
    rivals = []
    for name in ("extra.one", "extra.two"):
        force.version, force.digest = before
        rivals.append(replace_person(force, name))
    results = together(*[partial(publish_keyring, force.agency, raw) for raw in rivals])
    problems = [result for result in results if isinstance(result, Exception)]
    assert [getattr(problem, "code", problem) for problem in problems] == ["version-conflict"]
    assert stage.sequence() == 1


def replace_person(force: cast.Force, name: str) -> bytes:
    """The next keyring with one more analyst of this name."""
    people = dict(force.people)
    try:
        force.people["extra"] = Person(name, ("analyst",))
        return force.keyring()
    finally:
        force.people = people


def test_the_same_region_published_at_once_or_again_is_one(stage: Stage) -> None:
    payload = cast.region_payload(
        stage.forces.values(), stage.region_root, stage.signer.verifier_key
    )
    payload |= {"version": 2, "prev": RegionDocument.objects.get(version=1).digest}
    raw = cast.document(cast.REGION, payload, [stage.region_root])
    results = all_well(together(*[partial(publish_region, raw)] * 3))
    assert len({region.digest for region in results}) == 1
    assert publish_region(raw).digest == results[0].digest
    assert stage.sequence() == 1
    assert_log_whole()


def test_the_same_receipt_posted_at_once_is_logged_once(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]])
    stage.post(notice)
    stage.sequence()
    raw = stage[RECIPIENT].receipt(delivered=[notice.digest])
    principal = stage.principal(RECIPIENT, "service")
    results = all_well(together(*[partial(post_receipt, principal, raw)] * 4))
    assert [new for _, new in results].count(True) == 1
    assert stage.sequence() == 1
    with system():
        assert Receipt.objects.count() == ReceiptLine.objects.count() == 1
