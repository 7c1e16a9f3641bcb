"""Receive: follow the mailbox, verify and open each entry, keep what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from eads_client.errors import EadsError, VerificationError
from eads_client.hub_answers import MailboxEntry, MailboxPage
from eads_client.opening import OpenedNotice, check_order, open_notice
from eads_client.outcome import Erased, Event, Expired, Failed, Opened, Outcome, Place
from eads_client.posting_receipts import post_receipts
from eads_client.session import Session
from eads_client.sync import sync_trust
from eads_wire.encoding import Digest
from eads_wire.envelope import Envelope, decode_envelope
from eads_wire.errors import WireError

PAGE: Final = 100

Progress = Callable[[int, int], None]
"""Called with the position that was written and the head of the mailbox."""

# What may pass later without other bytes: a key, keyring, grant or checkpoint was not at hand.
_RETRY: Final = frozenset(
    {("unknown-key", 2), ("stale", 2), ("unknown-key", 3), ("not-in-log", 4), ("not-for-me", 7)}
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One position of the mailbox, as it was written to the replica.

    Attributes:
        event: ``new``, ``updated``, ``withdrawn``, ``expired``, ``erased`` or ``unverifiable``.
        notice: the opened notice for ``new``, ``updated`` and ``withdrawn``.
        failure: stage, step and sentence for ``unverifiable``; the bytes lie in the replica.
    """

    position: int
    index: int | None
    digest: Digest
    event: Event
    notice: OpenedNotice | None
    failure: VerificationError | None


def poll(
    session: Session,
    *,
    wait: int = 0,
    limit: int = PAGE,
    on_progress: Progress | None = None,
) -> Iterator[Arrival]:
    """Take everything that is new in the mailbox.

    Each entry is in the replica, with the cursor behind it, before it is handed out. An entry
    that does not pass is kept with its stage and bytes, handed out as ``unverifiable``, and
    never stops the others. Receipts are signed and posted after each page; those that cannot be
    posted now go out with the next poll.

    Args:
        session: of an officer or service of the agency.
        wait: seconds that the hub may hold the first request until something is there, to 60.
        limit: entries a page, 1 to 1000.
        on_progress: called after each entry.

    Raises:
        VerificationError: the mailbox itself does not prove itself: a position is missing, the
            log was rolled back, the region is forged. The answer is kept as evidence.
        HubError, TransportError: the hub cannot be asked; what was taken stays taken.
    """
    with session.locked():
        session.replica.expire(session.now())
        yield from _retry(session)
        while True:
            page = session.hub.mailbox(session.replica.cursor, limit=limit, wait=wait)
            wait = 0
            if page is None:
                break
            yield from _take_page(session, page, on_progress)
            _post_receipts(session)
            if not page.entries or session.replica.cursor >= page.head:
                break
        _post_receipts(session)


def _post_receipts(session: Session) -> None:
    try:
        post_receipts(session)
    except EadsError:
        # They stay in the replica; what has arrived must not wait for them.
        return


def _take_page(
    session: Session, page: MailboxPage, on_progress: Progress | None
) -> Iterator[Arrival]:
    _check_page(session, page)
    if not page.entries:
        return
    if page.checkpoint is not None:
        session.store.accept_checkpoint(page.checkpoint)
    # After the page, not before: a keyring that entered the log ahead of one of these entries
    # (a revocation, say) is visible by now.
    sync_trust(session)
    for entry in page.entries:
        place = Place(entry.position, entry.index, entry.digest)
        outcome = judge(session, place, entry)
        event = session.replica.record(place, outcome, session.now())
        if on_progress is not None:
            on_progress(entry.position, page.head)
        yield _arrival(place, event, outcome)


def _check_page(session: Session, page: MailboxPage) -> None:
    """Positions follow the cursor without a gap, and the mailbox has not shrunk."""
    cursor = session.replica.cursor
    detail = None
    if page.agency != session.profile.agency:
        detail = "the mailbox is another agency's"
    elif page.head < cursor:
        detail = "the mailbox is shorter than it was"
    elif [e.position for e in page.entries] != list(
        range(cursor + 1, cursor + 1 + len(page.entries))
    ):
        detail = "the mailbox skips or repeats a position"
    elif page.entries and page.head < page.entries[-1].position:
        detail = "the mailbox's head is behind its entries"
    elif not page.entries and page.head > cursor:
        detail = "the mailbox withholds an entry"
    if detail is not None:
        shown = [(entry.position, entry.digest) for entry in page.entries]
        text = f"agency {page.agency}\nhead {page.head}\ncursor {cursor}\nentries {shown}\n"
        note = (page.checkpoint or b"").decode("utf-8", "replace")
        session.store.keep_evidence("mailbox", f"{text}\n{note}".encode())
        raise VerificationError("stale", detail)


def judge(session: Session, place: Place, entry: MailboxEntry) -> Outcome:
    """Verify and open one entry.

    Raises:
        EadsError: of the profile or the hub; never because of what the entry holds.
    """
    if entry.kind == "erased" or entry.envelope is None:
        return Erased()
    return _judge_envelope(session, place, entry.envelope)


def _judge_envelope(session: Session, place: Place, raw: bytes) -> Outcome:
    envelope: Envelope | None = None
    try:
        envelope = decode_envelope(raw)
        if envelope.digest != place.digest:
            error = VerificationError("corrupt-payload", "the envelope is not the one named")
            return Failed(error, raw)
        return Opened(
            open_notice(
                raw,
                reader=session.reader(),
                grounds=session.trust,
                index=place.index,
                held=session.replica.held(envelope.header.id),
                now=session.now(),
            )
        )
    except WireError as error:
        return Failed(VerificationError.of(error, step=1), raw)
    except VerificationError as error:
        return _failed(session, envelope, error, raw)
    except EadsError:
        raise
    except Exception as error:
        # Whatever a stranger's bytes provoke, the entries behind them must still be reached.
        unforeseen = VerificationError(
            "corrupt-payload", f"the notice cannot be processed ({type(error).__name__})"
        )
        return Failed(unforeseen, raw)


def _failed(
    session: Session, envelope: Envelope | None, error: VerificationError, raw: bytes
) -> Outcome:
    if envelope is None:
        return Failed(error, raw)
    if error.step == 9 and _only_expired(session, envelope):
        return Expired(envelope.header)
    # Only a verified envelope may speak for its notice id.
    genuine = error.step is not None and error.step > 4
    return Failed(error, raw, envelope.header.id if genuine else None)


def _only_expired(session: Session, envelope: Envelope) -> bool:
    header = envelope.header
    try:
        check_order(header, session.replica.held(header.id), header.issued)
    except WireError:
        return False
    return header.expires <= session.now()


def _retry(session: Session) -> Iterator[Arrival]:
    """Look again at entries that lacked a key, keyring, grant or checkpoint."""
    waiting = [
        each
        for each in session.replica.unverifiable()
        if each.raw is not None and (each.stage, each.step) in _RETRY
    ]
    if not waiting:
        return
    sync_trust(session)
    for each in waiting:
        if each.raw is None:
            continue
        outcome = _judge_envelope(session, each.place, each.raw)
        if isinstance(outcome, Failed) and (outcome.error.stage, outcome.error.step) == (
            each.stage,
            each.step,
        ):
            continue
        event = session.replica.settle(each.place, outcome, session.now())
        yield _arrival(each.place, event, outcome)


def _arrival(place: Place, event: Event, outcome: Outcome) -> Arrival:
    notice = outcome.notice if isinstance(outcome, Opened) else None
    failure = outcome.error if isinstance(outcome, Failed) else None
    if event == "unverifiable" and failure is None:
        failure = VerificationError("stale", "the hub erased a notice that is in force")
    return Arrival(place.position, place.index, place.digest, event, notice, failure)
