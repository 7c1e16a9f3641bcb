"""The sequencer alone: what a batch does, and what a lost lease does not."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from agencies.services import publish_keyring
from eads_wire.encoding import Digest
from eads_wire.errors import WireError
from eads_wire.log import append_leaves, leaf_hash, receipt_leaf, root_of, verify_checkpoint
from notices.models import Notice, State
from tests.cast import ORIGIN, RECIPIENT, SENDER, Person, signed
from tests.race.invariants import (
    assert_log_whole,
    assert_mailboxes_gap_free,
    assert_nothing_lost,
    naive_root,
    newest_region,
    own_rows,
)
from tests.stage import Stage, code_of
from transparency import sequencer
from transparency.models import Leaf, Lease, LogHead, Submission
from transparency.sequencer import (
    BATCH,
    LEASE,
    LEASE_LIFE,
    Kind,
    LeaseLost,
    Placed,
    Sequencer,
    latest_checkpoint,
    submit,
)
from transparency.signer import LogSigner
from transparency.tenancy import system


def digest(number: int) -> Digest:
    return Digest(f"{number:064x}")


def queue(*numbers: int, kind: str = "receipt") -> None:
    for number in numbers:
        submit(kind, digest(number), receipt_leaf(digest(number)))


@pytest.fixture
def placed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str, int]]]:
    """Every kind placed, as (kind, subject, index), by owners who refuse nothing."""
    seen: list[tuple[str, str, int]] = []

    def owner(name: str) -> Kind:
        def place(each: Sequence[Placed]) -> None:
            seen.extend((name, one.subject, one.index) for one in each)

        return Kind(place)

    for name in sequencer.KINDS:
        monkeypatch.setitem(sequencer._kinds, name, owner(name))
    return seen


@pytest.fixture
def own() -> Sequencer:
    return Sequencer(LogSigner(ORIGIN, bytes(32)))


@pytest.mark.django_db
def test_batches_of_any_size_give_the_root_over_all_leaves_in_order(
    placed: list[tuple[str, str, int]], own: Sequencer
) -> None:
    sizes = [1, 2, 1, 7, 8, 1, 16, 3, 31, 5]
    random.Random(7).shuffle(sizes)
    number = 0
    for size in sizes:
        queue(*range(number, number + size))
        number += size
        assert own.run_batch() == size
        leaves = list(Leaf.objects.order_by("index").values_list("text", flat=True))
        head = LogHead.objects.get()
        peaks = [bytes(head.peaks[i : i + 32]) for i in range(0, len(head.peaks), 32)]
        assert (head.size, root_of(peaks)) == (number, naive_root(leaves))
        assert latest_checkpoint().split("\n")[1] == str(number)
    assert [index for _, _, index in placed] == list(range(number))
    assert not Submission.objects.exists()


def test_append_over_many_batches_equals_the_root_as_the_rfc_writes_it() -> None:
    draw = random.Random(11)
    texts = [receipt_leaf(digest(n)) for n in range(200)]
    peaks: list[bytes] = []
    size = 0
    while size < len(texts):
        step = draw.randint(0, 9)
        batch = texts[size : size + step]
        peaks = append_leaves(peaks, size, [leaf_hash(text) for text in batch])
        size += len(batch)
        assert root_of(peaks) == naive_root(texts[:size])
        assert len(peaks) == size.bit_count()


@pytest.mark.django_db
def test_a_queue_longer_than_a_batch_is_taken_in_several(
    placed: list[tuple[str, str, int]], own: Sequencer
) -> None:
    Submission.objects.bulk_create(
        Submission(kind="receipt", subject=digest(n), leaf=receipt_leaf(digest(n)))
        for n in range(BATCH + 3)
    )
    assert [own.run_batch(), own.run_batch(), own.run_batch()] == [BATCH, 3, 0]
    assert [index for _, _, index in placed] == list(range(BATCH + 3))


@pytest.mark.django_db
def test_in_a_batch_documents_come_before_what_is_judged_by_them(
    placed: list[tuple[str, str, int]], own: Sequencer
) -> None:
    for number, kind in enumerate(("receipt", "envelope", "keyring", "region", "receipt")):
        queue(number, kind=kind)
    own.run_batch()
    kinds = ["region", "keyring", "envelope", "receipt", "receipt"]
    assert [(kind, index) for kind, _, index in placed] == list(zip(kinds, range(5), strict=True))
    # Within a kind, who came first stays first.
    assert [subject for _, subject, _ in placed[-2:]] == [digest(0), digest(4)]


@pytest.mark.django_db
def test_refused_submissions_take_no_index_and_do_not_come_back(
    placed: list[tuple[str, str, int]], own: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = sequencer._kinds["receipt"]
    picky = Kind(owner.place, lambda subjects: {s for s in subjects if int(s, 16) % 2})
    monkeypatch.setitem(sequencer._kinds, "receipt", picky)
    queue(1, 2, 3, 4, 5)
    assert own.run_batch() == 5
    assert [(subject, index) for _, subject, index in placed] == [(digest(2), 0), (digest(4), 1)]
    assert LogHead.objects.get().size == 2
    assert own.run_batch() == 0


@pytest.mark.django_db
def test_a_batch_refused_whole_leaves_the_log_as_it_was(
    placed: list[tuple[str, str, int]], own: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(1)
    own.run_batch()
    before = latest_checkpoint()
    monkeypatch.setitem(
        sequencer._kinds, "receipt", Kind(sequencer._kinds["receipt"].place, lambda s: set(s))
    )
    queue(2, 3)
    assert own.run_batch() == 2
    assert latest_checkpoint().split("\n")[:3] == before.split("\n")[:3]
    assert not Submission.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_owner_that_fails_takes_the_whole_batch_back(
    placed: list[tuple[str, str, int]], own: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(each: Sequence[Placed]) -> None:
        raise DatabaseError("the disk is full")

    queue(1, 2)
    with monkeypatch.context() as patch:
        patch.setitem(sequencer._kinds, "receipt", Kind(fail))
        with pytest.raises(DatabaseError):
            own.run_batch()
    assert (Leaf.objects.count(), LogHead.objects.count(), Lease.objects.count()) == (0, 0, 0)
    assert own.run_batch() == 2
    assert [index for _, _, index in placed] == [0, 1]


@pytest.mark.django_db
def test_who_has_lost_the_lease_writes_nothing(
    placed: list[tuple[str, str, int]], own: Sequencer
) -> None:
    queue(1)
    own.run_batch()
    before = latest_checkpoint()
    late = Sequencer(own.signer)
    queue(2)
    with pytest.raises(LeaseLost):
        late.run_batch()
    with pytest.raises(LeaseLost):
        late.run_chores()
    assert latest_checkpoint() == before
    assert Submission.objects.count() == Leaf.objects.count() == 1
    assert Lease.objects.get().holder == own.holder
    assert own.run_batch() == 1


@pytest.mark.django_db
def test_a_lease_that_ran_out_goes_to_the_next_and_not_back(
    placed: list[tuple[str, str, int]], own: Sequencer
) -> None:
    queue(1)
    own.run_batch()
    Lease.objects.update(until=timezone.now() - timedelta(seconds=1))
    successor = Sequencer(own.signer)
    queue(2)
    assert successor.run_batch() == 1
    assert [index for _, _, index in placed] == [0, 1]
    queue(3)
    with pytest.raises(LeaseLost):
        own.run_batch()
    lease = Lease.objects.get(name=LEASE)
    assert lease.holder == successor.holder
    assert timezone.now() < lease.until <= timezone.now() + LEASE_LIFE


@pytest.mark.django_db
def test_a_lease_given_up_is_free_at_once_but_only_its_holder_gives_it_up(
    placed: list[tuple[str, str, int]], own: Sequencer
) -> None:
    other = Sequencer(own.signer)
    own.run_batch()
    other.release()
    with pytest.raises(LeaseLost):
        other.run_batch()
    own.release()
    assert other.run_batch() == 0
    assert Lease.objects.get().holder == other.holder


@pytest.mark.django_db
def test_callbacks_ring_after_a_batch_and_not_after_an_empty_one(
    placed: list[tuple[str, str, int]], own: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(sequencer, "_after_batch", [lambda: rung.append(LogHead.objects.count())])
    own.run_batch()
    assert rung == []
    queue(1)
    own.run_batch()
    assert rung == [1]


@pytest.mark.django_db(transaction=True)
def test_the_loop_outlives_a_database_that_was_away_and_gives_the_lease_up_at_its_end(
    own: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, turns = threading.Event(), []

    def step() -> int:
        turns.append(len(turns))
        if len(turns) == 1:
            raise DatabaseError("the server closed the connection")
        own.run_batch()
        stop.set()
        return 0

    monkeypatch.setattr(own, "step", step)
    thread = threading.Thread(target=own.run, args=[stop])
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert len(turns) == 2
    assert Lease.objects.get().until <= timezone.now()


@pytest.mark.django_db
def test_the_checkpoint_verifies_with_the_keys_that_the_region_names(stage: Stage) -> None:
    checkpoint = verify_checkpoint(latest_checkpoint().encode(), newest_region(own_rows))
    assert checkpoint.size == Leaf.objects.count() == 5
    forged = latest_checkpoint().replace(f"\n{checkpoint.size}\n", f"\n{checkpoint.size + 1}\n")
    with pytest.raises(WireError) as refusal:
        verify_checkpoint(forged.encode(), newest_region(own_rows))
    assert refusal.value.stage == "bad-signature"
    strange = LogSigner(ORIGIN, bytes(32)).sign(checkpoint)
    with pytest.raises(WireError) as refusal:
        verify_checkpoint(strange.encode(), newest_region(own_rows))
    assert refusal.value.stage == "unknown-key"


@pytest.mark.django_db
def test_an_officer_revoked_in_the_same_batch_no_longer_signs_what_it_places(stage: Stage) -> None:
    kept, lost = (
        signed(stage[RECIPIENT], [stage[SENDER]]),
        signed(stage[SENDER], [stage[RECIPIENT]]),
    )
    assert stage.post(kept, RECIPIENT).status_code == 202
    assert stage.post(lost).status_code == 202
    stage[SENDER].people["liaison"] = Person("liaison.two", ("liaison",))
    publish_keyring(stage[SENDER].agency, stage[SENDER].keyring())
    assert stage.sequence() == 3
    with system():
        row = Notice.objects.get(digest=lost.digest)
    assert (row.state, row.index, bytes(row.body), bytes(row.wraps)) == (
        State.REFUSED, None, b"", b"",
    )  # fmt: skip
    assert row.reason == "unknown-key"
    again = stage.post(lost)
    assert (again.status_code, code_of(again)) == (409, "refused")
    assert_nothing_lost([kept.digest])
    assert_log_whole()
    assert assert_mailboxes_gap_free()[RECIPIENT] == 1
