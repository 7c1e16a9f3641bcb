"""Sending: who is sealed to, what an answer and a withdrawal reach, what an officer signs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from eads_client import (
    Client,
    Draft,
    DraftError,
    NotFound,
    OpenedNotice,
    ReplicaError,
    VerificationError,
)
from eads_client.payloads import Flag, Hit, Message, WantedPerson, Withdrawal, decode
from eads_client.posting_receipts import sign_receipt
from eads_client.seal import decode_sealed
from eads_wire.encoding import AgencyId, Digest, format_time
from eads_wire.envelope import decode_envelope
from tests import cast
from tests.eads_client.fake_hub import FakeHub, Reply, answer, problem

GONE = Withdrawal(reason="arrested", text="Arrested in Bavet.")
NOTE = Message(subject="Transfer", text="Which day?")


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub.with_cast()


@pytest.fixture
def sender(hub: FakeHub, tmp_path: Path) -> Iterator[Client]:
    with hub.client(tmp_path / "sender", cast.SENDER) as client:
        yield client


@pytest.fixture
def recipient(hub: FakeHub, tmp_path: Path) -> Iterator[Client]:
    with hub.client(tmp_path / "recipient", cast.RECIPIENT) as client:
        yield client


def take(hub: FakeHub, client: Client) -> list[str]:
    """Poll as that client's agency."""
    hub.reader = client.agency
    return [arrival.event for arrival in client.poll()]


def wanted(**changes: Any) -> WantedPerson:
    person = {
        "names": [{"value": "NYUNDAK", "script": "Latn", "role": "single"}],
        "date_of_birth": "1984-03",
    }
    tree = {"action": "arrest", "reason": "Fraud.", "person": person} | changes
    payload = decode("wanted-person", "issue", json.dumps(tree).encode())
    assert isinstance(payload, WantedPerson)
    return payload


def hit() -> Hit:
    tree = {
        "outcome": "located",
        "found_at": "2026-02-03T04:05:06Z",
        "place": {"name": "Padang Besar", "country": "MY"},
        "matched_on": ["name"],
        "confirmed_by": "Insp. Tiara",
    }
    payload = decode("hit", "issue", json.dumps(tree).encode())
    assert isinstance(payload, Hit)
    return payload


def named(raw: bytes) -> list[str]:
    return [entry.agency for entry in decode_envelope(raw).header.named]


def issued(hub: FakeHub, sender: Client, **options: Any) -> Digest:
    """A notice that every recipient can open: one signature is enough for its type."""
    draft = Draft(content={"number": "P1234567"}, type="stolen-document")
    options = {"to": [cast.RECIPIENT]} | options
    digest = sender.issue(draft, **options).digest
    take(hub, sender)
    return digest


# ---------------------------------------------------------------- who is sealed to


def test_issuer_is_always_among_the_named(hub: FakeHub, sender: Client) -> None:
    issued(hub, sender)
    assert named(hub.posted[0]) == [cast.SENDER, cast.RECIPIENT]


def test_reviewing_agency_is_added_by_itself(hub: FakeHub, sender: Client) -> None:
    force = hub.forces[cast.SENDER]
    force.quorum["wanted-person"] = ["liaison", f"reviewer@{cast.REVIEWING}"]
    hub.publish_keyring(cast.SENDER, force.keyring())
    sealed = sender.seal(Draft(content=wanted()), to=[cast.RECIPIENT])
    assert named(sealed.envelope()) == [cast.SENDER, cast.REVIEWING, cast.RECIPIENT]


def test_unknown_recipient_is_refused_before_anything_is_sealed(sender: Client) -> None:
    with pytest.raises(DraftError, match="XX-NOBODY"):
        sender.seal(Draft(content=wanted()), to=["XX-NOBODY"])
    assert sender.outbox() == ()


def test_officer_who_is_not_listed_seals_nothing(hub: FakeHub, sender: Client) -> None:
    force = hub.forces[cast.SENDER]
    del force.people["liaison"]
    hub.publish_keyring(cast.SENDER, force.keyring())
    with pytest.raises(VerificationError, match="unknown-key"):
        sender.seal(Draft(content=wanted()), to=[cast.RECIPIENT])


def test_header_shows_the_checkpoint_that_was_seen(hub: FakeHub, sender: Client) -> None:
    sealed = sender.seal(Draft(content=wanted()), to=[cast.RECIPIENT])
    assert sealed.header.log.size == len(hub.log.leaves)


# ---------------------------------------------------------------- update and withdrawal


def test_update_reaches_everybody_of_before_and_those_added(hub: FakeHub, sender: Client) -> None:
    digest = issued(hub, sender, hidden=[cast.OUTSIDER])
    change = Draft(content={"number": "P7"}, type="stolen-document", to=(AgencyId(cast.REVIEWING),))
    sender.update(digest, change)
    envelope = decode_envelope(hub.posted[1])
    assert sorted(agency for agency, _ in envelope.recipients()) == sorted(hub.forces)
    assert envelope.header.kid_of(AgencyId(cast.OUTSIDER)) is None
    assert (envelope.header.rev, envelope.header.prev) == (2, digest)


def test_withdrawal_reaches_everybody_hidden_ones_too(hub: FakeHub, sender: Client) -> None:
    digest = issued(hub, sender, hidden=[cast.OUTSIDER])
    sender.withdraw(digest, GONE)
    agencies = [agency for agency, _ in decode_envelope(hub.posted[1]).recipients()]
    assert agencies == [cast.SENDER, cast.RECIPIENT, cast.OUTSIDER]
    assert take(hub, sender) == ["withdrawn"]
    with pytest.raises(DraftError, match="withdrawn"):
        sender.withdraw(digest, GONE)


def test_other_officer_names_the_hidden_recipients_to_withdraw(
    hub: FakeHub, sender: Client, tmp_path: Path
) -> None:
    digest = issued(hub, sender, hidden=[cast.OUTSIDER])
    hub.profile(tmp_path / "second", cast.SENDER)
    with hub.client(tmp_path / "second") as second:
        take(hub, second)
        with pytest.raises(DraftError, match="1 hidden"):
            second.withdraw(digest, GONE)
        second.withdraw(digest, GONE, hidden=[cast.OUTSIDER])
    assert len(decode_envelope(hub.posted[1]).recipients()) == 3


def test_suspended_member_does_not_keep_a_withdrawal_from_the_others(
    hub: FakeHub, sender: Client
) -> None:
    digest = issued(hub, sender, to=[cast.RECIPIENT, cast.OUTSIDER])
    members = sorted((f.member() for f in hub.forces.values()), key=lambda m: str(m["agency"]))
    for member in members:
        if member["agency"] == cast.OUTSIDER:
            member["status"] = "suspended"
    hub.publish_region(hub.next_region(members=members))
    sender.withdraw(digest, GONE)
    assert named(hub.posted[1]) == [cast.SENDER, cast.RECIPIENT]


def test_only_the_issuer_changes_a_notice(hub: FakeHub, sender: Client, recipient: Client) -> None:
    digest = issued(hub, sender)
    take(hub, recipient)
    with pytest.raises(DraftError, match="correction"):
        recipient.withdraw(digest, GONE)
    with pytest.raises(DraftError, match="correction"):
        recipient.update(digest, Draft(content={}, type="stolen-document"))


def test_update_keeps_the_expiry_and_a_later_one_needs_its_reason(
    hub: FakeHub, sender: Client
) -> None:
    first = Draft(content=wanted(), expires=cast.NOW + timedelta(days=10))
    digest = sender.issue(first, to=[cast.RECIPIENT]).digest
    hub.mailbox[cast.SENDER].clear()
    approver = hub.forces[cast.SENDER]["approver"].signing
    hub.deliver(decode_sealed(hub.posted[0]).sign(approver), cast.SENDER)
    assert take(hub, sender) == ["new"]
    sender.update(digest, Draft(content=wanted(reason="Fraud and theft.")))
    assert decode_envelope(hub.posted[1]).header.expires == first.expires
    later = cast.NOW + timedelta(days=20)
    with pytest.raises(DraftError, match="update_reason"):
        sender.update(digest, Draft(content=wanted(), expires=later))
    explained = wanted(update_reason="The court has prolonged the warrant.")
    sender.update(digest, Draft(content=explained, expires=later))


def test_update_of_another_type_is_refused(hub: FakeHub, sender: Client) -> None:
    digest = issued(hub, sender)
    with pytest.raises(DraftError, match="type"):
        sender.update(digest, Draft(content={}, type="stolen-vehicle"))


# ---------------------------------------------------------------- answers and their thread


def test_answer_goes_to_the_issuer_alone(hub: FakeHub, sender: Client, recipient: Client) -> None:
    digest = issued(hub, sender, to=[cast.RECIPIENT, cast.OUTSIDER])
    take(hub, recipient)
    recipient.reply(digest, Draft(content=hit()))
    envelope = decode_envelope(hub.posted[1])
    assert named(hub.posted[1]) == [cast.SENDER, cast.RECIPIENT]
    assert (envelope.header.re, envelope.header.type) == (digest, "hit")


def test_answer_to_chosen_recipients(hub: FakeHub, sender: Client, recipient: Client) -> None:
    digest = issued(hub, sender)
    take(hub, recipient)
    flag = Flag(reason="own-national", territory="TH", text="Our law forbids it.")
    recipient.reply(
        digest, Draft(content=flag, to=(AgencyId(cast.REVIEWING), AgencyId(cast.SENDER)))
    )
    assert named(hub.posted[1]) == [cast.SENDER, cast.REVIEWING, cast.RECIPIENT]


def test_answer_to_an_own_notice_needs_to_say_to_whom(hub: FakeHub, sender: Client) -> None:
    digest = issued(hub, sender)
    with pytest.raises(DraftError, match="to:"):
        sender.reply(digest, Draft(content=NOTE))


def test_answer_to_what_is_not_held_is_refused(sender: Client) -> None:
    with pytest.raises(ReplicaError, match="poll"):
        sender.reply(Digest("00" * 32), Draft(content=NOTE))


def test_answer_is_handled_as_strictly_as_the_notice(
    hub: FakeHub, sender: Client, recipient: Client
) -> None:
    draft = Draft(content={}, type="stolen-document", handling=("H1", "H2"), tlp="RED")
    digest = sender.issue(draft, to=[cast.RECIPIENT]).digest
    take(hub, recipient)
    recipient.reply(digest, Draft(content=NOTE))
    header = decode_envelope(hub.posted[1]).header
    assert (header.handling, header.tlp) == (("H1", "H2"), "RED")


def test_thread_shows_every_answer_and_the_clock_of_a_hit(
    hub: FakeHub, sender: Client, recipient: Client
) -> None:
    digest = issued(hub, sender)
    take(hub, recipient)
    found = recipient.reply(digest, Draft(content=hit())).digest
    take(hub, sender)
    thread = sender.thread(digest)
    assert [(e.notice.type, e.depth) for e in thread.entries] == [
        ("stolen-document", 0),
        ("hit", 1),
    ]
    clock = thread.entries[1].clock
    assert clock is not None
    assert (clock.state, clock.due - thread.entries[1].notice.received) == (
        "open",
        timedelta(hours=12),
    )
    reply = sender.reply(found, Draft(content=NOTE)).digest
    take(hub, sender)
    for start in (digest, found, reply):
        entries = sender.thread(start).entries
        assert [(e.notice.type, e.depth) for e in entries] == [
            *(("stolen-document", 0), ("hit", 1), ("message", 2)),
        ]
        assert entries[1].clock is not None
        assert entries[1].clock.state == "answered"


def test_hit_for_arrest_is_due_at_once_and_shows_as_overdue(
    hub: FakeHub, sender: Client, recipient: Client
) -> None:
    both = cast.signed(
        hub.forces[cast.SENDER],
        (hub.forces[cast.RECIPIENT],),
        payload=Draft(content=wanted()).encode_content("issue"),
    )
    hub.deliver(both, cast.SENDER, cast.RECIPIENT)
    take(hub, recipient)
    recipient.reply(both.digest, Draft(content=hit()))
    take(hub, sender)
    sender.session.now = lambda: cast.NOW + timedelta(days=1)
    (_, answer_entry) = sender.thread(both.digest).entries
    assert answer_entry.clock is not None
    assert answer_entry.clock.state == "overdue"
    assert answer_entry.clock.due == answer_entry.notice.received


# ---------------------------------------------------------------- approving


def waiting(hub: FakeHub) -> Any:
    """A wanted person that one officer has signed."""
    payload = Draft(content=wanted()).encode_content("issue")
    notice = cast.signed(
        hub.forces[cast.SENDER], (hub.forces[cast.RECIPIENT],), "liaison", payload=payload
    )
    hub.waiting.append(notice.envelope())
    return notice


@pytest.fixture
def approver(hub: FakeHub, tmp_path: Path) -> Iterator[Client]:
    hub.profile(tmp_path / "approver", cast.SENDER, "approver")
    with hub.client(tmp_path / "approver") as client:
        yield client


def signing(hub: FakeHub, notice: Any) -> list[dict[str, str]]:
    """Signatures that the hub is given from now on."""
    given: list[dict[str, str]] = []

    def interfere(method: str, path: str, _headers: Any, body: bytes) -> Reply | None:
        if not path.endswith("/signatures"):
            return None
        given.append(json.loads(body))
        header = notice.header
        status = {"digest": notice.digest, "id": header.id, "rev": 1, "state": "accepted"}
        return answer(status, 202)

    hub.interfere = interfere
    return given


def test_approver_signs_the_bytes_that_were_shown(hub: FakeHub, approver: Client) -> None:
    notice = waiting(hub)
    given = signing(hub, notice)
    shown: list[OpenedNotice] = []
    status = approver.approve(notice.digest, lambda opened: not shown.append(opened))
    assert status is not None
    assert [opened.summary for opened in shown] == ["arrest: NYUNDAK, b. 1984-03; Fraud."]
    envelope = json.loads(notice.envelope())
    envelope["signatures"] += given
    hub.deliver(decode_sealed(json.dumps(envelope).encode()), cast.SENDER)
    hub.interfere = None
    assert take(hub, approver) == ["new"]


def test_nothing_is_signed_that_the_officer_did_not_want(hub: FakeHub, approver: Client) -> None:
    notice = waiting(hub)
    given = signing(hub, notice)
    assert approver.approve(notice.digest, lambda _opened: False) is None
    assert given == []


def test_notice_that_does_not_pass_is_neither_shown_nor_signed(
    hub: FakeHub, approver: Client
) -> None:
    notice = waiting(hub)
    forged = json.loads(hub.waiting[0])
    forged["body"] = "AAAA" + forged["body"][4:]
    hub.waiting[0] = json.dumps(forged).encode()
    given = signing(hub, notice)
    (entry,) = approver.pending()
    assert entry.notice is None
    assert entry.failure is not None
    assert (entry.failure.stage, entry.failure.step) == ("corrupt-payload", 6)

    def show(_opened: OpenedNotice) -> bool:
        raise AssertionError("shown")

    with pytest.raises(VerificationError, match="corrupt-payload"):
        approver.approve(notice.digest, show)
    assert given == []


def test_one_notice_cannot_be_slipped_in_for_another(hub: FakeHub, approver: Client) -> None:
    asked = waiting(hub)
    other = waiting(hub)
    entry = hub._pending(other.envelope()) | {"digest": asked.digest}
    hub.interfere = lambda _m, path, *_: (
        answer({"notices": [entry]}) if path == "notices/pending" else None
    )
    with pytest.raises(VerificationError, match="not the one named"):
        approver.approve(asked.digest, lambda _opened: True)


def test_notice_that_does_not_wait_cannot_be_approved(approver: Client) -> None:
    with pytest.raises(ReplicaError, match="waits"):
        approver.approve(Digest("00" * 32), lambda _opened: True)


# ---------------------------------------------------------------- receipts of others


def told(hub: FakeHub, state: str, *receipts: bytes) -> None:
    """What the hub says of the recipient of every notice."""
    row = {"agency": cast.RECIPIENT, "hidden": False, "state": state, "position": 1}
    row |= {"receipts": [json.loads(raw) for raw in receipts]}
    hub.interfere = lambda _m, path, *_: (
        answer({"digest": "0" * 64, "recipients": [row]}) if path.endswith("/receipts") else None
    )


def receipt(hub: FakeHub, digest: Digest, what: str = "delivered", role: str = "service") -> bytes:
    force = hub.forces[cast.RECIPIENT]
    lists = ([digest], []) if what == "delivered" else ([], [digest])
    key = force[role].signing
    return sign_receipt(key, force.agency, format_time(cast.NOW), *lists)[1]


def test_verified_receipts_are_the_proof(hub: FakeHub, sender: Client) -> None:
    digest = issued(hub, sender)
    told(hub, "purged", receipt(hub, digest), receipt(hub, digest, "purged", "liaison"))
    (row,) = sender.receipts(digest)
    assert (row.state, row.delivered, row.purged) == ("purged", cast.NOW, cast.NOW)
    assert [each.officer for each in row.receipts] == ["service.one", "liaison.one"]


def test_hub_s_word_without_a_receipt_is_unproven(hub: FakeHub, sender: Client) -> None:
    digest = issued(hub, sender)
    told(hub, "delivered")
    assert sender.receipts(digest)[0].state == "unproven"


def test_receipt_for_another_notice_proves_nothing(hub: FakeHub, sender: Client) -> None:
    digest = issued(hub, sender)
    told(hub, "delivered", receipt(hub, Digest("00" * 32)))
    (row,) = sender.receipts(digest)
    assert (row.state, [error.stage for error in row.failures]) == ("unproven", ["corrupt-payload"])


def test_receipt_by_a_stranger_proves_nothing(hub: FakeHub, sender: Client) -> None:
    digest = issued(hub, sender)
    stranger = cast.SigningKey.generate()
    raw = sign_receipt(
        stranger, hub.forces[cast.RECIPIENT].agency, format_time(cast.NOW), [digest], []
    )[1]
    told(hub, "delivered", raw)
    (row,) = sender.receipts(digest)
    assert (row.state, [error.stage for error in row.failures]) == ("unproven", ["unknown-key"])


def test_receipt_by_an_officer_who_was_revoked_since_is_told_apart(
    hub: FakeHub, sender: Client
) -> None:
    digest = issued(hub, sender)
    force = hub.forces[cast.RECIPIENT]
    told(hub, "delivered", receipt(hub, digest))
    force.people["service"] = replace(force["service"], revoked=cast.NOW)
    hub.publish_keyring(cast.RECIPIENT, force.keyring())
    (row,) = sender.receipts(digest)
    assert row.state == "delivered"
    assert [each.in_force for each in row.receipts] == [False]


def test_notice_of_somebody_else_has_no_receipts(hub: FakeHub, sender: Client) -> None:
    hub.interfere = lambda _m, path, *_: (
        problem("not-found", 404) if path.endswith("/receipts") else None
    )
    with pytest.raises(NotFound):
        sender.receipts(Digest("00" * 32))


# ---------------------------------------------------------------- drafts on disk


def test_draft_comes_back_and_is_not_in_clear_on_disk(sender: Client, tmp_path: Path) -> None:
    draft = Draft(content=wanted(), to=(AgencyId("TH-RTP"),), priority="urgent", area="cybercrime")
    sender.drafts.save("nyundak", draft)
    assert sender.drafts.names() == ("nyundak",)
    assert sender.drafts.load("nyundak") == draft
    written = (sender.profile.path / "drafts" / "nyundak.draft").read_bytes()
    assert b"NYUNDAK" not in written
    sender.drafts.delete("nyundak")
    with pytest.raises(DraftError, match="no draft"):
        sender.drafts.load("nyundak")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 81])
def test_draft_s_name_stays_in_its_folder(sender: Client, name: str) -> None:
    with pytest.raises(DraftError, match="name"):
        sender.drafts.save(name, Draft(content=wanted()))


def test_damaged_draft_is_refused(sender: Client) -> None:
    sender.drafts.save("one", Draft(content=wanted()))
    sender.drafts.save("two", Draft(content=wanted()))
    folder = sender.profile.path / "drafts"
    (folder / "one.draft").replace(folder / "two.draft")
    with pytest.raises(DraftError, match="damaged"):
        sender.drafts.load("two")
