"""The sequencer: one writer that gives everything its place.

It takes what waits, at most a thousand at a time, and in one transaction gives each its log index,
lets the owners of that kind do their part (mailbox positions, current keyring, outbox) and signs
the checkpoint. Everything it needs to know it reads inside that transaction, under the lock on the
lease row: so it may be killed at any instruction, and two may run, and still no index or position
is given twice or skipped.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error, close_old_connections, connection
from django.utils import timezone

from eads_wire.log import Checkpoint, append_leaves, leaf_hash, root_of
from transparency.models import Leaf, Lease, LogHead, Submission
from transparency.signer import LogSigner
from transparency.store import writing
from transparency.tenancy import system

logger = logging.getLogger(__name__)

BATCH = 1000
LEASE = "sequencer"
LEASE_LIFE = timedelta(seconds=4)
IDLE_SECONDS = 0.02
CHORES_SECONDS = 5.0

# Documents before what is judged by them, receipts last.
KINDS = ("region", "keyring", "envelope", "receipt")


@dataclass(frozen=True, slots=True)
class Placed:
    """A subject with the log index that it now has."""

    subject: str
    index: int


@dataclass(frozen=True, slots=True)
class Kind:
    """What the owner of a kind does inside the batch's transaction.

    ``refuse`` is asked first and returns the subjects that may no longer enter (it has marked them
    itself); ``place`` is told the indexes of the rest.
    """

    place: Callable[[Sequence[Placed]], None]
    refuse: Callable[[Sequence[str]], set[str]] = lambda subjects: set()


_kinds: dict[str, Kind] = {}
_chores: list[Callable[[], int]] = []
_after_batch: list[Callable[[], None]] = []
_doorbell = threading.Event()


def register_kind(name: str, kind: Kind) -> None:
    """Let an app take part in placing its kind of submission."""
    if name not in KINDS:
        raise ValueError(f"{name} is no kind of submission")
    _kinds[name] = kind


def register_chore(chore: Callable[[], int]) -> None:
    """Work that only the one writer may do, now and then (expiry). Returns how much was done."""
    _chores.append(chore)


def after_batch(callback: Callable[[], None]) -> None:
    """Call after each committed batch, in the sequencer's process."""
    _after_batch.append(callback)


def submit(kind: str, subject: str, leaf: str) -> None:
    """Queue a subject for the log, inside the transaction that stores it."""
    Submission.objects.create(kind=kind, subject=subject, leaf=leaf)


def ring() -> None:
    """Tell a sequencer in this process that something waits."""
    _doorbell.set()


class LeaseLost(Exception):
    """Another sequencer holds the lease."""


class Sequencer:
    """One candidate for the lease."""

    def __init__(self, signer: LogSigner) -> None:
        self.signer = signer
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"
        self._renewed = 0.0

    def claim(self) -> None:
        """Take or renew the lease and lock its row until the transaction ends.

        Raises:
            LeaseLost: somebody else holds it.
        """
        now = timezone.now()
        lease, _ = Lease.objects.select_for_update().get_or_create(
            name=LEASE, defaults={"holder": self.holder, "until": now}
        )
        if lease.holder != self.holder and lease.until > now:
            raise LeaseLost
        lease.holder, lease.until = self.holder, now + LEASE_LIFE
        lease.save()

    def release(self) -> None:
        """Give the lease up, so that a successor need not wait for it to run out."""
        with writing():
            Lease.objects.filter(name=LEASE, holder=self.holder).update(until=timezone.now())

    def run_batch(self) -> int:
        """Place what waits.

        Returns:
            How many submissions were taken from the queue.

        Raises:
            LeaseLost: and nothing was written.
        """
        with writing(), system():
            self.claim()
            waiting = list(Submission.objects.order_by("id")[:BATCH])
            if waiting:
                self._place(waiting)
        for callback in _after_batch if waiting else ():
            callback()
        return len(waiting)

    def run_chores(self) -> int:
        """Let every registered chore do its part. Raises LeaseLost."""
        with writing(), system():
            self.claim()
            done = sum(chore() for chore in _chores)
        for callback in _after_batch if done else ():
            callback()
        return done

    def _place(self, waiting: list[Submission]) -> None:
        head, _ = LogHead.objects.select_for_update().get_or_create(origin=self.signer.origin)
        peaks = [bytes(head.peaks[i : i + 32]) for i in range(0, len(head.peaks), 32)]
        for name in KINDS:
            group = [s for s in waiting if s.kind == name]
            if group:
                refused = _kinds[name].refuse([s.subject for s in group])
                entering = [s for s in group if s.subject not in refused]
                Leaf.objects.bulk_create(
                    [Leaf(index=head.size + n, text=s.leaf) for n, s in enumerate(entering)]
                )
                _kinds[name].place(
                    [Placed(s.subject, head.size + n) for n, s in enumerate(entering)]
                )
                peaks = append_leaves(peaks, head.size, [leaf_hash(s.leaf) for s in entering])
                head.size += len(entering)
        head.peaks = b"".join(peaks)
        head.checkpoint = self.signer.sign(
            Checkpoint(self.signer.origin, head.size, root_of(peaks))
        )
        head.save()
        Submission.objects.filter(id__in=[s.id for s in waiting]).delete()

    def step(self) -> int:
        """One turn of the loop: a batch if something waits, the lease kept warm if not."""
        if Submission.objects.exists() or time.monotonic() - self._renewed > 1:
            taken = self.run_batch()
            self._renewed = time.monotonic()
            return taken
        return 0

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop. Database errors are logged and the turn is tried again."""
        next_chores = 0.0
        while not stop.is_set():
            pause = IDLE_SECONDS
            try:
                if self.step():
                    pause = 0
                if time.monotonic() >= next_chores:
                    self.run_chores()
                    next_chores = time.monotonic() + CHORES_SECONDS
            except LeaseLost:
                pause = 1.0
            except Error:
                logger.exception("The sequencer could not reach the database; trying again")
                close_old_connections()
                pause = 1.0
            if pause:
                _doorbell.wait(pause)
                _doorbell.clear()
        try:
            self.release()
        except Error:
            logger.warning("The lease could not be released; it runs out by itself")
        connection.close()


def latest_checkpoint() -> str:
    """The newest checkpoint as text, or nothing before the first batch."""
    # Part of every answer to a POST and every page, so it is written out.
    with connection.cursor() as cursor:
        cursor.execute("SELECT checkpoint FROM transparency_loghead ORDER BY origin LIMIT 1")
        row = cursor.fetchone()
    return row[0] if row else ""
