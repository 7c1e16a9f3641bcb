"""The replica: nothing lost and nothing doubled, whatever is killed, withheld or withdrawn."""

from __future__ import annotations

import base64
import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eads_client import Arrival, Client, ProfileError, ReplicaError, VerificationError, receiving
from eads_client.opening import Held
from eads_client.outcome import Erased, Failed, Place
from eads_client.replica import Replica
from eads_client.seal import SealedNotice
from eads_wire.encoding import AgencyId, Digest
from tests import cast
from tests.eads_client.fake_hub import FakeHub, Reply, answer, message, problem

ROOT = Path(__file__).resolve().parents[2]
SECRET = "the ferry leaves Sihanoukville at nine"
RE = Digest("ab" * 32)


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub.with_cast()


@pytest.fixture
def client(hub: FakeHub, tmp_path: Path) -> Iterator[Client]:
    with hub.client(tmp_path / "profile") as client:
        yield client


def letter(hub: FakeHub, text: str = SECRET, **fields: Any) -> SealedNotice:
    """A message from the sender to the recipient, as the log stands."""
    sender, recipient = hub.forces[cast.SENDER], hub.forces[cast.RECIPIENT]
    defaults = {"type": "message", "re": RE, "payload": message(text)}
    return cast.signed(sender, (recipient,), "liaison", **(defaults | fields))


def delivered(hub: FakeHub, *notices: SealedNotice) -> None:
    for notice in notices:
        hub.deliver(notice, cast.RECIPIENT)


def successor(hub: FakeHub, before: SealedNotice, act: str, **fields: Any) -> SealedNotice:
    """The next revision of a notice."""
    if act == "withdraw":
        fields["payload"] = json.dumps(
            {"type": "withdrawal", "reason": "arrested", "text": "In Bavet."}
        ).encode()
    header = before.header
    return letter(hub, id=header.id, rev=header.rev + 1, prev=before.digest, act=act, **fields)


def events(client: Client) -> list[str]:
    return [arrival.event for arrival in client.poll()]


def on_disk(client: Client) -> bytes:
    """Every byte of the replica's files."""
    files = client.profile.path.glob("replica.db*")
    return b"".join(path.read_bytes() for path in files)


# ---------------------------------------------------------------- polling


def test_each_notice_arrives_once(hub: FakeHub, client: Client) -> None:
    notices = [letter(hub, f"letter {n}") for n in range(7)]
    delivered(hub, *notices)
    seen = [arrival.digest for arrival in client.poll(limit=3)]
    assert seen == [notice.digest for notice in notices]
    assert list(client.poll()) == []
    assert [each.digest for each in client.notices()] == seen
    assert client.replica.cursor == 7


def test_notice_is_kept_before_it_is_handed_out(hub: FakeHub, client: Client) -> None:
    delivered(hub, letter(hub), letter(hub))
    first = next(iter(client.poll()))
    assert client.replica.cursor == 1
    assert client.notice(first.digest).summary == "message: Transfer"
    assert events(client) == ["new"]


def test_progress_reaches_the_head(hub: FakeHub, client: Client) -> None:
    delivered(hub, *[letter(hub) for _ in range(3)])
    told: list[tuple[int, int]] = []
    list(client.poll(limit=2, on_progress=lambda at, head: told.append((at, head))))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_content_is_not_in_clear_on_disk(hub: FakeHub, client: Client) -> None:
    notice = letter(hub)
    delivered(hub, notice)
    list(client.poll())
    client.replica.close()
    assert SECRET.encode() not in on_disk(client)
    assert notice.digest.encode() in on_disk(client)


def test_another_process_may_not_poll_at_the_same_time(hub: FakeHub, tmp_path: Path) -> None:
    delivered(hub, letter(hub), letter(hub))
    with hub.client(tmp_path / "p") as one, hub.client(tmp_path / "p") as other:
        polling = one.poll()
        next(polling)
        with pytest.raises(ProfileError, match="another process"):
            list(other.poll())
        polling.close()  # type: ignore[attr-defined]
        assert [arrival.position for arrival in other.poll()] == [2]


def test_replica_of_another_agency_is_not_opened(client: Client) -> None:
    path = client.profile.path / "replica.db"
    assert client.replica.cursor == 0
    with pytest.raises(ReplicaError, match="another agency"):
        Replica(path, client.session.keystore.at_rest(), AgencyId("SG-SPF"))


def test_file_that_is_no_replica_is_refused(client: Client) -> None:
    (client.profile.path / "replica.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(ReplicaError):
        assert client.replica


# ---------------------------------------------------------------- a mailbox that lies


def lying(hub: FakeHub, change: Any) -> None:
    """Change every page of the mailbox."""

    def interfere(_method: str, path: str, *_: Any) -> Reply | None:
        if not path.startswith("mailbox"):
            return None
        page = hub.page(cast.RECIPIENT, 0)
        change(page)
        return answer(page)

    hub.interfere = interfere


def skip(page: dict[str, Any]) -> None:
    del page["entries"][1]


def repeat(page: dict[str, Any]) -> None:
    page["entries"].insert(1, page["entries"][0])


def reorder(page: dict[str, Any]) -> None:
    page["entries"].reverse()


def withhold(page: dict[str, Any]) -> None:
    page["entries"] = []


def short_head(page: dict[str, Any]) -> None:
    page["head"] = 1


def of_another(page: dict[str, Any]) -> None:
    page["agency"] = "SG-SPF"


@pytest.mark.parametrize("change", [skip, repeat, reorder, withhold, short_head, of_another])
def test_mailbox_that_does_not_prove_itself_stops_with_evidence(
    hub: FakeHub, client: Client, change: Any
) -> None:
    delivered(hub, letter(hub), letter(hub), letter(hub))
    lying(hub, change)
    with pytest.raises(VerificationError, match="mailbox"):
        list(client.poll())
    assert client.replica.cursor == 0
    assert len(list((client.profile.path / "trust/evidence").glob("*mailbox*"))) == 1
    hub.interfere = None
    assert events(client) == ["new"] * 3


def test_mailbox_that_went_back(hub: FakeHub, client: Client) -> None:
    delivered(hub, letter(hub), letter(hub))
    list(client.poll())
    hub.mailbox[cast.RECIPIENT].pop()
    with pytest.raises(VerificationError, match="shorter"):
        list(client.poll())


def test_log_that_went_back_takes_nothing_in(hub: FakeHub, client: Client) -> None:
    delivered(hub, letter(hub))
    list(client.poll())
    delivered(hub, letter(hub))
    lying(hub, old_checkpoint(hub))
    with pytest.raises(VerificationError, match="rolled back"):
        list(client.poll())
    assert client.replica.cursor == 1


def old_checkpoint(hub: FakeHub) -> Any:
    def change(page: dict[str, Any]) -> None:
        page["entries"] = page["entries"][1:]
        page["checkpoint"] = hub.log.checkpoint(3)

    return change


# ---------------------------------------------------------------- entries that do not pass


def forged(entry: dict[str, Any]) -> None:
    sig = entry["envelope"]["signatures"][0]["sig"]
    entry["envelope"]["signatures"][0]["sig"] = "AAAA" + sig[4:]


def swapped_body(entry: dict[str, Any]) -> None:
    entry["envelope"]["body"] = "AAAA" + entry["envelope"]["body"][4:]


def swapped_envelope(entry: dict[str, Any]) -> None:
    entry["digest"] = "0" * 64


def nonsense(entry: dict[str, Any]) -> None:
    entry["envelope"]["hello"] = "world"


def outside_the_log(entry: dict[str, Any]) -> None:
    entry["index"] = 10_000


def before_the_keyring(entry: dict[str, Any]) -> None:
    entry["index"] = 0


@pytest.mark.parametrize(
    ("change", "stage", "step"),
    [
        (forged, "bad-signature", 3),
        (swapped_body, "corrupt-payload", 6),
        (swapped_envelope, "corrupt-payload", None),
        (nonsense, "malformed", 1),
        (outside_the_log, "not-in-log", 4),
        (before_the_keyring, "unknown-key", 2),
    ],
)
def test_bad_entry_is_kept_with_its_stage_and_does_not_stop_the_others(
    hub: FakeHub, client: Client, change: Any, stage: str, step: int | None
) -> None:
    delivered(hub, letter(hub), letter(hub), letter(hub))
    change(hub.mailbox[cast.RECIPIENT][1])
    arrivals = list(client.poll())
    assert [arrival.event for arrival in arrivals] == ["new", "unverifiable", "new"]
    failure = arrivals[1].failure
    assert failure is not None
    assert (failure.stage, failure.step) == (stage, step)
    (kept,) = client.unverifiable()
    assert (kept.place.position, kept.stage) == (2, stage)
    assert kept.raw is not None
    assert json.loads(kept.raw) == hub.mailbox[cast.RECIPIENT][1]["envelope"]
    assert len(hub.signed_for("delivered")) == 2


def test_entry_that_nobody_foresaw_does_not_stop_the_others(
    hub: FakeHub, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = receiving.open_notice

    def stumble(raw: bytes, **how: Any) -> Any:
        if how["index"] == len(hub.log.leaves) - 2:
            raise RecursionError
        return real(raw, **how)

    delivered(hub, letter(hub), letter(hub))
    monkeypatch.setattr(receiving, "open_notice", stumble)
    assert events(client) == ["unverifiable", "new"]


def test_keyring_that_comes_late_lets_an_entry_pass_later(hub: FakeHub, client: Client) -> None:
    index, raw = hub.keyrings[cast.SENDER][0]
    del hub.keyrings[cast.SENDER]
    delivered(hub, letter(hub))
    assert events(client) == ["unverifiable"]
    assert events(client) == []
    hub.keyrings[cast.SENDER] = [(index, raw)]
    (arrival,) = client.poll()
    assert (arrival.position, arrival.event) == (1, "new")
    assert client.unverifiable() == ()
    assert client.replica.cursor == 1
    assert len(hub.signed_for("delivered")) == 1


def test_revocation_that_stands_ahead_of_a_notice_in_the_log_counts(
    hub: FakeHub, client: Client
) -> None:
    client.sync_trust()
    notice = letter(hub)
    force = hub.forces[cast.SENDER]
    force.people["liaison"] = replace(force["liaison"], revoked=cast.NOW)
    hub.publish_keyring(cast.SENDER, force.keyring())
    delivered(hub, notice)
    (arrival,) = client.poll()
    assert arrival.failure is not None
    assert arrival.failure.stage == "revoked-key"


# ---------------------------------------------------------------- revisions, withdrawal, expiry


def test_update_supersedes(hub: FakeHub, client: Client) -> None:
    first = letter(hub)
    second = successor(hub, first, "update", payload=message("at ten"))
    delivered(hub, first, second)
    assert events(client) == ["new", "updated"]
    assert [each.rev for each in client.notices()] == [2]
    assert [each.rev for each in client.notices(states=("superseded",))] == [1]


def test_withdrawal_destroys_every_revision_and_each_is_signed_for(
    hub: FakeHub, client: Client
) -> None:
    first = letter(hub)
    second = successor(hub, first, "update")
    delivered(hub, first, second)
    list(client.poll())
    held = [(each.raw, each.content) for each in client.notices(states=())]
    delivered(hub, successor(hub, second, "withdraw"))
    assert events(client) == ["withdrawn"]
    assert hub.signed_for("purged") == sorted([first.digest, second.digest])
    gone = list(client.notices(states=("withdrawn",)))
    assert [(each.rev, each.content is None, each.raw is None) for each in gone] == [
        (1, True, True),
        (2, True, True),
        (3, False, False),
    ]
    client.replica.close()
    left = on_disk(client)
    for raw, _ in held:
        assert raw is not None
        assert raw[:400] not in left
    for notice in (first, second):
        assert notice.body[:64] not in left


def test_withdrawal_by_somebody_else_destroys_nothing(hub: FakeHub, client: Client) -> None:
    first = letter(hub)
    delivered(hub, first)
    outsider = hub.forces[cast.OUTSIDER]
    payload = json.dumps({"type": "withdrawal", "reason": "arrested", "text": "x"}).encode()
    forged_end = cast.signed(
        outsider,
        (hub.forces[cast.RECIPIENT],),
        "liaison",
        type="message",
        re=RE,
        payload=payload,
        act="withdraw",
        id=first.header.id,
        rev=2,
        prev=first.digest,
    )
    delivered(hub, forged_end)
    assert events(client) == ["new", "unverifiable"]
    assert client.notice(first.digest).content is not None
    assert hub.signed_for("purged") == []


def test_hub_s_word_alone_destroys_nothing(hub: FakeHub, client: Client) -> None:
    notice = letter(hub)
    delivered(hub, notice)
    hub.put(cast.RECIPIENT, "erased", 9, notice.digest, reason="expired")
    assert events(client) == ["new", "unverifiable"]
    assert client.notice(notice.digest).content is not None
    assert hub.signed_for("purged") == []


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return cast.NOW + self.ahead


def test_expiry_by_the_own_clock_destroys_and_is_signed_for(hub: FakeHub, tmp_path: Path) -> None:
    clock = Clock()
    with hub.client(tmp_path / "p", clock=clock) as client:
        short = letter(hub, expires=cast.NOW + timedelta(days=2))
        delivered(hub, short, letter(hub))
        assert events(client) == ["new", "new"]
        clock.ahead = timedelta(days=3)
        assert events(client) == []
        assert hub.signed_for("purged") == [short.digest]
        assert client.notice(short.digest).state == "expired"
        assert client.notice(short.digest).content is None
        # The hub says so too, later: nothing is owed twice.
        hub.put(cast.RECIPIENT, "erased", 9, short.digest, reason="expired")
        assert events(client) == ["erased"]
        assert hub.signed_for("purged") == [short.digest]


def test_erasure_of_an_old_revision_leaves_the_extended_notice(
    hub: FakeHub, tmp_path: Path
) -> None:
    clock = Clock()
    with hub.client(tmp_path / "p", clock=clock) as client:
        first = letter(hub, expires=cast.NOW + timedelta(days=2))
        second = successor(hub, first, "update", expires=cast.NOW + timedelta(days=20))
        delivered(hub, first, second)
        list(client.poll())
        clock.ahead = timedelta(days=3)
        hub.put(cast.RECIPIENT, "erased", 9, first.digest, reason="expired")
        list(client.poll())
        assert client.notice(first.digest).content is None
        assert client.notice(second.digest).state == "current"
        assert hub.signed_for("purged") == [first.digest]


def test_notice_that_expired_on_its_way_is_a_tombstone(hub: FakeHub, tmp_path: Path) -> None:
    clock = Clock()
    clock.ahead = timedelta(days=3)
    with hub.client(tmp_path / "p", clock=clock) as client:
        late = letter(hub, expires=cast.NOW + timedelta(days=2))
        delivered(hub, late, late)
        assert events(client) == ["expired", "unverifiable"]
        assert client.notice(late.digest).content is None
        assert hub.signed_for("purged") == [late.digest]
        assert hub.signed_for("delivered") == []


def test_entry_whose_content_is_gone_is_a_gap_with_a_name(hub: FakeHub, client: Client) -> None:
    hub.put(cast.RECIPIENT, "notice", 3, "0" * 64, erased=True)
    delivered(hub, letter(hub))
    assert events(client) == ["erased", "new"]


def test_files_of_a_withdrawn_notice_are_deleted_before_a_receipt_says_so(
    hub: FakeHub, client: Client, tmp_path: Path
) -> None:
    notice = letter(hub)
    delivered(hub, notice)
    list(client.poll())
    kept = tmp_path / "photo.jpg"
    kept.write_bytes(b"photo")
    client.replica.copies.add(notice.digest, kept)
    stuck = tmp_path / "stuck"
    (stuck / "full").mkdir(parents=True)
    client.replica.copies.add(notice.digest, stuck)
    delivered(hub, successor(hub, notice, "withdraw"))
    assert events(client) == ["withdrawn"]
    # A folder lies where the file should be: it cannot be unlinked, so no receipt goes out.
    assert not kept.exists()
    assert hub.signed_for("purged") == []
    with pytest.raises(ReplicaError, match="delete it by hand"):
        client.post_receipts()
    (stuck / "full").rmdir()
    stuck.rmdir()
    client.post_receipts()
    assert hub.signed_for("purged") == [notice.digest]


# ---------------------------------------------------------------- receipts


def test_receipts_wait_for_a_hub_that_cannot_take_them(hub: FakeHub, client: Client) -> None:
    delivered(hub, letter(hub), letter(hub))
    hub.interfere = lambda _m, path, *_: problem("forbidden", 403) if path == "receipts" else None
    assert events(client) == ["new", "new"]
    (waiting,) = client.receipts_waiting()
    hub.interfere = None
    assert events(client) == []
    assert client.receipts_waiting() == ()
    assert list(hub.receipts.values()) == [waiting.raw]


def test_lost_answer_posts_the_same_receipt_again(hub: FakeHub, client: Client) -> None:
    delivered(hub, letter(hub))
    lost: list[bytes] = []

    def lose(_method: str, path: str, _headers: Any, body: bytes) -> Reply | None:
        if path != "receipts" or lost:
            return None
        lost.append(body)
        hub._receipt(body)
        return problem("forbidden", 403)

    hub.interfere = lose
    list(client.poll())
    list(client.poll())
    assert list(hub.receipts.values()) == lost


def test_one_refused_digest_does_not_hold_up_the_others(hub: FakeHub, client: Client) -> None:
    notices = [letter(hub) for _ in range(5)]
    delivered(hub, *notices)
    unwanted = notices[2].digest

    def refuse(_method: str, path: str, _headers: Any, body: bytes) -> Reply | None:
        if path != "receipts":
            return None
        payload = json.loads(base64.b64decode(json.loads(body)["payload"]))
        return problem("not-a-recipient", 422) if unwanted in payload["delivered"] else None

    hub.interfere = refuse
    list(client.poll())
    assert hub.signed_for("delivered") == sorted({n.digest for n in notices} - {unwanted})
    (refused,) = client.receipts_waiting()
    assert refused.refused == "not-a-recipient"


# ---------------------------------------------------------------- killed


def polled(profile: Path, first: int, step: int) -> int:
    """Poll in another process that is killed again and again; how often it was."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.eads_client.killed_poll",
            str(profile),
            str(first),
            str(step),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def filled(hub: FakeHub) -> list[SealedNotice]:
    """A mailbox with every kind of entry."""
    first = letter(hub, "first")
    second = successor(hub, first, "update")
    others = [letter(hub, f"letter {n}") for n in range(4)]
    delivered(hub, first, others[0], second, others[1])
    bad = letter(hub, "bad")
    delivered(hub, bad, successor(hub, second, "withdraw"), *others[2:])
    forged(hub.mailbox[cast.RECIPIENT][4])
    return [first, second, *others]


def check_whole(hub: FakeHub, profile: Path, notices: list[SealedNotice]) -> None:
    """The replica holds exactly the mailbox, and each receipt was given once."""
    with hub.client(profile) as client:
        assert list(client.poll()) == []
        first, second, *others = notices
        assert client.replica.cursor == 8
        db = sqlite3.connect(profile / "replica.db")
        try:
            rows = db.execute("SELECT position, event FROM entries ORDER BY position").fetchall()
            assert [event for _, event in rows] == [
                *("new", "new", "updated", "new"),
                *("unverifiable", "withdrawn", "new", "new"),
            ]
            assert [position for position, _ in rows] == list(range(1, 9))
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert db.execute("SELECT count(*) FROM receipts_due").fetchone() == (0,)
        finally:
            db.close()
        assert [each.digest for each in client.notices()] == [n.digest for n in others]
        assert client.receipts_waiting() == ()
        assert len(client.unverifiable()) == 1
    assert hub.signed_for("purged") == sorted([first.digest, second.digest])
    delivered_digests = hub.signed_for("delivered")
    assert len(delivered_digests) == len(set(delivered_digests)) == 7


@pytest.mark.slow
@pytest.mark.parametrize(("first", "step"), [(1, 3), (30, 1)])
def test_killed_at_any_statement_loses_nothing_and_doubles_nothing(
    hub: FakeHub, tmp_path: Path, first: int, step: int
) -> None:
    notices = filled(hub)
    with hub.serving() as address:
        hub.profile(tmp_path / "p", hub=address)
        assert polled(tmp_path / "p", first, step) > 0
        check_whole(hub, tmp_path / "p", notices)


@pytest.mark.slow
def test_killed_at_random_moments_loses_nothing_and_doubles_nothing(
    hub: FakeHub, tmp_path: Path
) -> None:
    notices = filled(hub)
    code = (
        "import sys; from eads_client import Client; from tests.eads_client.fake_hub import *\n"
        "c = Client.open(sys.argv[1], PASSPHRASE); print('go', flush=True)\n"
        "for a in c.poll(limit=1): pass\n"
    )
    with hub.serving() as address:
        hub.profile(tmp_path / "p", hub=address)
        for _ in range(4):
            with subprocess.Popen(
                [sys.executable, "-c", code, str(tmp_path / "p")],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            ) as child:
                assert child.stdout is not None
                child.stdout.readline()
                try:
                    child.wait(random.uniform(0.01, 0.35))
                except subprocess.TimeoutExpired:
                    child.kill()
        with hub.client(tmp_path / "p") as client:
            list(client.poll())
        check_whole(hub, tmp_path / "p", notices)


# ---------------------------------------------------------------- the store by itself


@pytest.fixture
def replica(client: Client) -> Replica:
    return client.replica


def place(position: int) -> Place:
    return Place(position, position, Digest(f"{position:064x}"))


@pytest.mark.parametrize("position", [0, 2, 5])
def test_position_that_does_not_follow_is_not_written(replica: Replica, position: int) -> None:
    with pytest.raises(ReplicaError, match="follow"):
        replica.record(place(position), Erased(), cast.NOW)
    assert replica.cursor == 0


def test_position_is_written_once(replica: Replica) -> None:
    replica.record(place(1), Erased(), cast.NOW)
    with pytest.raises(ReplicaError, match="follow"):
        replica.record(place(1), Erased(), cast.NOW)
    assert replica.cursor == 1


def test_only_what_did_not_pass_is_settled(replica: Replica) -> None:
    replica.record(place(1), Erased(), cast.NOW)
    with pytest.raises(ReplicaError, match="did not pass"):
        replica.settle(place(1), Erased(), cast.NOW)
    error = VerificationError("unknown-key", "no keyring", step=2)
    replica.record(place(2), Failed(error, b"raw"), cast.NOW)
    replica.settle(place(2), Failed(error, b"raw again"), cast.NOW)
    (kept,) = replica.unverifiable()
    assert (kept.raw, kept.place.position) == (b"raw again", 2)


def test_finding_by_the_first_digits(hub: FakeHub, client: Client) -> None:
    one, two = letter(hub), letter(hub)
    delivered(hub, one, two)
    list(client.poll())
    assert client.notice(one.digest[:12]).digest == one.digest
    assert client.notice(two.header.id).digest == two.digest
    for start in ("", "zz", "%", "_"):
        with pytest.raises(ReplicaError, match="begins"):
            client.notice(start)
    # Both ids begin with the same milliseconds.
    with pytest.raises(ReplicaError, match="more than one"):
        client.notice(one.header.id[:6])


def test_newest_revision_is_the_one_held(hub: FakeHub, client: Client) -> None:
    first = letter(hub)
    second = successor(hub, first, "update")
    delivered(hub, first, second)
    arrivals: list[Arrival] = list(client.poll())
    assert len(arrivals) == 2
    assert client.replica.held(first.header.id) == Held(
        second.digest, 2, AgencyId(cast.SENDER), "message"
    )


def test_reading_is_remembered(hub: FakeHub, client: Client) -> None:
    delivered(hub, letter(hub), letter(hub))
    first, second = (arrival.digest for arrival in client.poll())
    client.mark_read(first)
    assert [each.digest for each in client.notices(unread=True)] == [second]


def test_content_moved_to_another_row_does_not_open(hub: FakeHub, client: Client) -> None:
    delivered(hub, letter(hub, "one"), letter(hub, "two"))
    first, second = (arrival.digest for arrival in client.poll())
    db = sqlite3.connect(client.profile.path / "replica.db")
    db.execute(
        "UPDATE notices SET content = (SELECT content FROM notices WHERE digest = ?)"
        " WHERE digest = ?",
        (first, second),
    )
    db.commit()
    db.close()
    with pytest.raises(ReplicaError, match="damaged"):
        client.notice(second)
