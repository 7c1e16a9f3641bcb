"""Thread: a notice, its revisions and every answer to it, with the clocks of its hits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from eads_client.errors import ReplicaError
from eads_client.payloads import answer_due
from eads_client.replica import Replica
from eads_client.stored_notice import StoredNotice
from eads_wire.encoding import Digest

_ALL = ("current", "superseded", "withdrawn", "expired")


@dataclass(frozen=True, slots=True)
class Clock:
    """How long the issuer has to answer a hit.

    Attributes:
        due: until when; the time of the hit itself where the answer is due at once.
        answered: when the issuer's first answer came, None while there is none.
        state: ``answered``, ``open``, or ``overdue``.
    """

    due: datetime
    answered: datetime | None
    state: Literal["answered", "open", "overdue"]


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """One notice or answer of a thread; ``depth`` is 0 for the notice that began it."""

    notice: StoredNotice
    depth: int
    clock: Clock | None


@dataclass(frozen=True, slots=True)
class Thread:
    """Everything about one notice, in the order of the mailbox.

    Attributes:
        root: the newest revision of the notice that began it.
    """

    root: StoredNotice
    entries: tuple[ThreadEntry, ...]


def read_thread(replica: Replica, digest: Digest, now: datetime) -> Thread:
    """The thread that a notice or answer belongs to.

    Args:
        replica: the agency's copy.
        digest: of any revision in it.
        now: an aware time, for what is overdue.

    Raises:
        ReplicaError: the notice is not held.
    """
    start = _root(replica, replica.notice(digest))
    revisions = _revisions(replica, start)
    depths = {each.digest: 0 for each in revisions}
    found = list(revisions)
    layer, depth = [each.digest for each in revisions], 0
    while layer:
        depth += 1
        answers = [a for a in replica.notices(states=_ALL, re=layer) if a.digest not in depths]
        depths |= {each.digest: depth for each in answers}
        found += answers
        layer = [each.digest for each in answers]
    found.sort(key=lambda each: each.position)
    entries = tuple(
        ThreadEntry(each, depths[each.digest], _clock(each, revisions, found, now))
        for each in found
    )
    return Thread(revisions[-1], entries)


def _root(replica: Replica, notice: StoredNotice) -> StoredNotice:
    seen = {notice.digest}
    while notice.re is not None and notice.re not in seen:
        try:
            above = replica.notice(notice.re)
        except ReplicaError:
            # What it answers was not sent to this agency: the thread begins here.
            break
        seen.add(above.digest)
        notice = above
    return notice


def _revisions(replica: Replica, notice: StoredNotice) -> list[StoredNotice]:
    return list(replica.notices(states=_ALL, notice_id=notice.id))


def _clock(
    hit: StoredNotice,
    revisions: list[StoredNotice],
    thread: Iterable[StoredNotice],
    now: datetime,
) -> Clock | None:
    target = next((each for each in revisions if each.digest == hit.re), None)
    if hit.type != "hit" or hit.act == "withdraw" or target is None:
        return None
    action = getattr(target.payload, "action", "")
    due = answer_due(target.type, action, hit.priority, hit.received)
    answers = (a.received for a in thread if a.re == hit.digest and a.issuer == target.issuer)
    answered = min(answers, default=None)
    if answered is not None:
        return Clock(due, answered, "answered")
    return Clock(due, None, "overdue" if now > due else "open")
