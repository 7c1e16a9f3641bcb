"""The sequencer beside everything else: rivals, readers, keyrings, expiry, erasure of files."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone

from agencies.services import publish_keyring
from eads_wire.errors import WireError
from eads_wire.log import envelope_leaf, keyring_leaf
from notices import services
from notices.blobs import Part, put_blob, sweep_blobs
from notices.erasing import erase_notices
from notices.expiry import expire_notices
from notices.models import Blob, MailboxEntry, Notice, NoticeBlob, State
from notices.services import add_signature, post_notice
from tests.cast import OUTSIDER, RECIPIENT, SENDER, Person, signed
from tests.race.invariants import assert_log_whole, assert_mailboxes_gap_free, assert_nothing_lost
from tests.race.together import all_well, together
from tests.stage import Stage
from transparency.models import Leaf, Lease
from transparency.sequencer import LeaseLost, Sequencer
from transparency.store import writing
from transparency.tenancy import system

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOTICES = 24


@contextmanager
def thread(work: Callable[[], Any]) -> Iterator[threading.Thread]:
    """Work beside the test, with a connection of its own; its error is the test's."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    beside = threading.Thread(target=run)
    beside.start()
    yield beside
    beside.join(60)
    assert not beside.is_alive()
    if errors:
        raise errors[0]


def wait_until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        # Inside a transaction the first look at this view would be kept.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def envelopes(stage: Stage, count: int = NOTICES) -> dict[str, bytes]:
    made = [signed(stage[SENDER], [stage[RECIPIENT], stage[OUTSIDER]]) for _ in range(count)]
    return {notice.digest: notice.envelope() for notice in made}


def post_all(stage: Stage, raws: list[bytes]) -> None:
    principal = stage.principal(SENDER, "liaison")
    for raw in raws:
        post_notice(principal, raw)


def sequence_until(stage: Stage, done: threading.Event) -> int:
    """A rival that gives the lease away after each batch, so that rivals really alternate."""
    own, taken = Sequencer(stage.signer), 0
    while True:
        last = done.is_set()
        try:
            batch = own.run_batch()
        except LeaseLost:
            batch = -1
        own.release()
        taken += max(batch, 0)
        if last and batch == 0:
            return taken


def drain_beside(stage: Stage, rivals: int, *actions: Callable[[], Any]) -> list[Any]:
    """Actions with so many sequencers beside them; what each sequencer has taken."""
    Lease.objects.all().delete()
    done = threading.Event()

    def act() -> None:
        try:
            all_well(together(*actions))
        finally:
            done.set()

    sequencers = [partial(sequence_until, stage, done) for _ in range(rivals)]
    return all_well(together(act, *sequencers))[1:]


def test_rival_sequencers_give_every_position_once(stage: Stage) -> None:
    made = envelopes(stage)
    raws = list(made.values())
    posters = [partial(post_all, stage, raws[n::3]) for n in range(3)]
    taken = drain_beside(stage, 3, *posters)
    assert sum(taken) == len(made)
    leaves = assert_log_whole()
    assert len(leaves) == 5 + len(made)
    assert_nothing_lost(made)
    heads = assert_mailboxes_gap_free()
    assert {heads[a] for a in (SENDER, RECIPIENT, OUTSIDER)} == {len(made)}


def test_readers_of_a_mailbox_never_meet_a_gap(stage: Stage) -> None:
    made = envelopes(stage)
    read: list[int] = []

    def poll() -> None:
        after = 0
        end = time.monotonic() + 60
        while after < len(made) and time.monotonic() < end:
            page = stage.mailbox(RECIPIENT, after=after, limit=5)
            positions = [entry["position"] for entry in page["entries"]]
            assert positions == list(range(after + 1, after + 1 + len(positions)))
            assert page["head"] >= after + len(positions)
            after += len(positions)
            read.extend(positions)

    drain_beside(stage, 2, partial(post_all, stage, list(made.values())), poll)
    assert read == list(range(1, len(made) + 1))


def test_a_keyring_published_among_notices_judges_what_the_log_has_after_it(stage: Stage) -> None:
    made = envelopes(stage)
    raws = list(made.values())
    principal = stage.principal(SENDER, "liaison")
    stage[SENDER].people["liaison"] = Person("liaison.two", ("liaison",))
    keyring = stage[SENDER].keyring()
    agency, version = stage[SENDER].agency, stage[SENDER].version

    def publish() -> None:
        wait_until(lambda: Leaf.objects.count() > 5)
        publish_keyring(agency, keyring)

    accepted: list[str] = []

    def post() -> None:
        for digest, raw in zip(made, raws, strict=True):
            try:
                post_notice(principal, raw)
            except WireError as error:
                if error.stage != "unknown-key":
                    raise
            else:
                accepted.append(digest)

    drain_beside(stage, 2, post, publish)
    leaves = assert_log_whole()
    at = leaves.index(keyring_leaf(agency, version, stage[SENDER].digest))
    assert not [text for text in leaves[at:] if text.startswith("e-ads/v1 envelope")]
    with system():
        states = dict(Notice.objects.values_list("digest", "state"))
    assert set(states) == set(accepted)
    for digest, state in states.items():
        assert (state == State.LOGGED) == (envelope_leaf(digest) in leaves)
        assert state in (State.LOGGED, State.REFUSED)
    assert_mailboxes_gap_free()


def test_expiry_beside_sequencing_leaves_no_gap(stage: Stage) -> None:
    old, new = envelopes(stage, 6), envelopes(stage)
    post_all(stage, list(old.values()))
    stage.sequence()
    with system():
        Notice.objects.filter(digest__in=old).update(expires=timezone.now())

    def expire() -> None:
        own = Sequencer(stage.signer)
        done = 0
        while done < len(old):
            try:
                done += own.run_chores()
            except LeaseLost:
                continue
            finally:
                own.release()

    drain_beside(stage, 2, partial(post_all, stage, list(new.values())), expire)
    heads = assert_mailboxes_gap_free()
    assert heads[RECIPIENT] == 2 * len(old) + len(new)
    assert_nothing_lost([*old, *new])
    with system():
        erased = MailboxEntry.objects.filter(kind="erased", agency=RECIPIENT)
        assert set(erased.values_list("digest", flat=True)) == set(old)
        rows = Notice.objects.filter(digest__in=old)
        assert {(row.state, bytes(row.body)) for row in rows} == {(State.ERASED, b"")}
        assert not Notice.objects.filter(digest__in=new, body=b"").exists()


def in_own_transaction(work: Callable[[], Any]) -> None:
    with writing(), system():
        work()


def test_a_notice_completed_while_it_expires_is_not_emptied(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]], "liaison")
    post_notice(stage.principal(SENDER, "liaison"), notice.envelope())
    approver = stage.principal(SENDER, "approver")
    signature = notice.sign(stage[SENDER]["approver"].signing).signatures[-1].to_json()
    last_moment = timezone.now()
    with system():
        Notice.objects.update(expires=last_moment + timedelta(microseconds=1))
    # The approver's signature was judged in time, and is committed when time is up.
    monkeypatch.setattr(services, "timezone", SimpleNamespace(now=lambda: last_moment))
    with ExitStack() as stack, writing(), system():
        add_signature(approver, notice.digest, signature)
        beside = stack.enter_context(thread(partial(in_own_transaction, expire_notices)))
        wait_until(lambda: somebody_waits_for_a_lock() or not beside.is_alive())
    with system():
        row = Notice.objects.get(digest=notice.digest)
    assert row.state == State.ACCEPTED
    assert bytes(row.body) == notice.body
    assert bytes(row.wraps)


FILE = b"a sealed file"
SHA256 = hashlib.sha256(FILE).hexdigest()


def naming_it() -> Any:
    """As much of an envelope as says which files must be there."""
    blob = SimpleNamespace(sha256=SHA256, size=len(FILE))
    return SimpleNamespace(manifest=SimpleNamespace(blobs=[None, blob]))


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Any:
    options = settings.STORAGES["blobs"]["OPTIONS"] | {"location": str(tmp_path / "blobs")}
    settings.EADS_DATA_DIR = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "blobs": settings.STORAGES["blobs"] | {"OPTIONS": options}
    }
    return storages["blobs"]


def test_a_file_is_kept_for_the_notice_that_names_it_while_another_is_erased(
    stage: Stage, store: Any
) -> None:
    put_blob(
        stage.principal(SENDER, "liaison"), SHA256, Part(0, len(FILE), len(FILE)), BytesIO(FILE)
    )
    with system():
        NoticeBlob.objects.create(issuer=SENDER, notice="a" * 64, sha256=SHA256)
    erase = partial(in_own_transaction, lambda: erase_notices(["a" * 64], "expired"))
    with ExitStack() as stack, writing(), system():
        services._check_blobs(naming_it())
        NoticeBlob.objects.create(issuer=SENDER, notice="b" * 64, sha256=SHA256)
        beside = stack.enter_context(thread(erase))
        wait_until(lambda: somebody_waits_for_a_lock() or not beside.is_alive())
    sweep_blobs()
    with system():
        assert Blob.objects.get(sha256=SHA256).complete
    assert store.exists(SHA256)


def test_a_file_about_to_be_swept_is_kept_for_a_notice_that_names_it(
    stage: Stage, store: Any
) -> None:
    put_blob(
        stage.principal(SENDER, "liaison"), SHA256, Part(0, len(FILE), len(FILE)), BytesIO(FILE)
    )
    with system():
        Blob.objects.update(created=timezone.now() - timedelta(days=2))
    with writing(), system():
        services._check_blobs(naming_it())
        NoticeBlob.objects.create(issuer=SENDER, notice="b" * 64, sha256=SHA256)
        all_well(together(sweep_blobs))
    with system():
        assert Blob.objects.filter(sha256=SHA256, complete=True).exists()
    assert store.exists(SHA256)


def test_a_file_sent_again_while_it_is_swept_is_there(stage: Stage, store: Any) -> None:
    principal, part = stage.principal(SENDER, "liaison"), Part(0, len(FILE), len(FILE))
    put_blob(principal, SHA256, part, BytesIO(FILE))
    with system():
        Blob.objects.update(created=timezone.now() - timedelta(days=2))
    upload = partial(put_blob, principal, SHA256, part, BytesIO(FILE))
    with ExitStack() as stack, writing(), system():
        # As far as the sweep has come: the row locked, the file still there.
        list(Blob.objects.select_for_update())
        beside = stack.enter_context(thread(upload))
        wait_until(lambda: somebody_waits_for_a_lock() or not beside.is_alive())
        store.delete(SHA256)
        Blob.objects.all().delete()
    with system():
        assert Blob.objects.get(sha256=SHA256).complete
    assert store.exists(SHA256)


def test_a_sequencer_whose_connection_is_cut_goes_on(stage: Stage, admin_connection: Any) -> None:
    made = envelopes(stage, 8)
    Lease.objects.all().delete()
    stop = threading.Event()
    with thread(partial(Sequencer(stage.signer).run, stop)):
        try:
            for number, raw in enumerate(made.values()):
                post_notice(stage.principal(SENDER, "liaison"), raw)
                if number in (2, 5):
                    cut_others(admin_connection)
            wait_until(lambda: Leaf.objects.count() == 5 + len(made))
        finally:
            stop.set()
    assert_log_whole()
    assert_nothing_lost(made)
    assert_mailboxes_gap_free()


def cut_others(admin: Any) -> None:
    """End every connection to the test's database but the test's own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    with admin.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
            " datname = current_database() AND pid NOT IN (%s, pg_backend_pid())",
            [own],
        )
