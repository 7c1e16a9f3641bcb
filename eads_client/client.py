"""Client: the SDK's front door.

::

    from eads_client import Client

    with Client.open("profile", passphrase) as client:
        for arrival in client.poll():
            if arrival.notice is not None:
                print(arrival.event, arrival.notice.header.issuer, arrival.notice.summary)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from eads_client.approving import PendingNotice, Show, approve, pending
from eads_client.delivery import Delivery, deliveries
from eads_client.draft import Draft, Drafts
from eads_client.hub import Hub
from eads_client.hub_answers import Figures, NoticeStatus
from eads_client.notice_files import open_held_file
from eads_client.outcome import Unverifiable
from eads_client.passphrase import Stretching
from eads_client.payloads import Withdrawal
from eads_client.posting_receipts import post_receipts
from eads_client.profile import Profile
from eads_client.receipts_owed import SignedReceipt
from eads_client.receiving import PAGE, Arrival, poll
from eads_client.replica import Replica
from eads_client.seal import SealedNotice
from eads_client.sending import (
    Progress,
    post,
    seal_answer,
    seal_draft,
    seal_update,
    seal_withdrawal,
)
from eads_client.session import Session, system_clock
from eads_client.stored_notice import StoredNotice
from eads_client.sync import TrustNews, sync_trust
from eads_client.thread import Thread, read_thread
from eads_client.trust import Trust
from eads_wire.encoding import AgencyId, Digest, Kid


class Client:
    """One officer's or service's client; a context manager.

    Every method raises errors of :mod:`eads_client.errors` only. Nothing runs in the background.

    Args:
        session: an opened profile; use :meth:`open`.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    @classmethod
    def open(
        cls,
        path: Path | str,
        passphrase: str,
        *,
        clock: Callable[[], datetime] = system_clock,
        transport: httpx.BaseTransport | None = None,
    ) -> Client:
        """Open a profile.

        Args:
            path: the profile's folder.
            passphrase: of its keys.
            clock: the time now; aware.
            transport: how httpx sends, for tests.

        Raises:
            ProfileError, PassphraseError.
        """
        profile = Profile.open(path)
        keystore = profile.unlock(passphrase)
        return cls(Session(profile, keystore, clock=clock, transport=transport))

    def close(self) -> None:
        """Close connections and files."""
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    # ------------------------------------------------------------ parts

    @property
    def profile(self) -> Profile:
        """The profile."""
        return self.session.profile

    @property
    def agency(self) -> AgencyId:
        """The profile's agency."""
        return self.session.profile.agency

    @property
    def trust(self) -> Trust:
        """Whom this client believes."""
        return self.session.trust

    @property
    def hub(self) -> Hub:
        """The hub's API, for what has no verb here: subscriptions, raw status."""
        return self.session.hub

    @property
    def replica(self) -> Replica:
        """The agency's copy of its mailbox."""
        return self.session.replica

    @property
    def drafts(self) -> Drafts:
        """The profile's drafts."""
        return self.session.drafts

    # ------------------------------------------------------------ trust and keys

    def sync_trust(self) -> TrustNews:
        """Bring region, keyrings and checkpoint up to date."""
        return sync_trust(self.session)

    def sync_grants(self) -> tuple[Kid, ...]:
        """Fetch the agency's keys that were granted to this officer; names of the new ones."""
        return self.session.sync_grants()

    def change_passphrase(self, old: str, new: str, stretching: Stretching | None = None) -> None:
        """Protect the profile's keys with another passphrase. Raises PassphraseError."""
        with self.session.locked():
            self.session.keystore.change_passphrase(old, new, stretching)

    # ------------------------------------------------------------ receiving

    def poll(
        self,
        wait: int = 0,
        *,
        limit: int = PAGE,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[Arrival]:
        """Take everything that is new: verified, opened, typed, and kept before it is yielded.

        Args:
            wait: seconds that the hub may hold the request until something is there, to 60.
            limit: entries a page.
            on_progress: called with the position written and the head of the mailbox.

        Raises:
            VerificationError: the mailbox itself does not prove itself (a position is missing,
                the log was rolled back).
            HubError, TransportError: the hub cannot be asked; what was taken stays taken.
        """
        return poll(self.session, wait=wait, limit=limit, on_progress=on_progress)

    def follow(self) -> Iterator[int]:
        """The mailbox's head each time it advances, until the hub ends the stream."""
        return self.hub.stream()

    def expire(self) -> tuple[Digest, ...]:
        """Destroy the content of what has expired by the own clock; polling does it too."""
        purged = self.replica.expire(self.session.now())
        self.replica.copies.unlink_doomed()
        return purged

    def post_receipts(self) -> int:
        """Sign and post every receipt that is owed; polling does it too. How many were taken."""
        return post_receipts(self.session)

    def receipts_waiting(self) -> tuple[SignedReceipt, ...]:
        """Signed receipts that the hub has not taken; ``refused`` says which it never will."""
        return self.replica.receipts.signed()

    # ------------------------------------------------------------ reading

    def notices(
        self,
        *,
        states: Sequence[str] = ("current",),
        types: Sequence[str] = (),
        issuer: AgencyId | None = None,
        unread: bool = False,
    ) -> Iterator[StoredNotice]:
        """Held revisions by mailbox position; see :meth:`Replica.notices`."""
        return self.replica.notices(states=states, types=types, issuer=issuer, unread=unread)

    def notice(self, start: str) -> StoredNotice:
        """The held revision whose digest or notice id begins with ``start``."""
        return self.replica.find(start)

    def unverifiable(self) -> tuple[Unverifiable, ...]:
        """Entries that did not pass, with stage and bytes."""
        return self.replica.unverifiable()

    def mark_read(self, digest: Digest, read: bool = True) -> None:
        """Set whether an officer has read a notice."""
        self.replica.mark_read(digest, read)

    def thread(self, digest: Digest) -> Thread:
        """A notice with its revisions, every answer, and the clocks of its hits."""
        return read_thread(self.replica, digest, self.session.now())

    def open_file(
        self,
        digest: Digest,
        number: int,
        destination: Path,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Path:
        """Fetch and open a file of a held notice; it is deleted when the notice ends."""
        return open_held_file(self.session, digest, number, destination, on_progress)

    # ------------------------------------------------------------ sending

    def issue(
        self,
        draft: Draft,
        *,
        to: Sequence[str] = (),
        hidden: Sequence[str] = (),
        on_progress: Progress | None = None,
    ) -> NoticeStatus:
        """Seal, sign and post a new notice in one.

        Args:
            draft: the notice.
            to: recipients besides those in the draft.
            hidden: recipients that the others do not learn of, besides those in the draft.
            on_progress: called with bytes of files uploaded and in all.

        Returns:
            Where it stands: ``pending`` names the roles that must sign yet.

        Raises:
            DraftError: a field is wrong.
            TransportError: cut off; it waits in :meth:`outbox`, :meth:`post` it again.
            HubError: refused.
        """
        return self.post(self.seal(draft, to=to, hidden=hidden).digest, on_progress)

    def seal(
        self, draft: Draft, *, to: Sequence[str] = (), hidden: Sequence[str] = ()
    ) -> SealedNotice:
        """Seal and sign a new notice, and keep it in the outbox; see :meth:`issue`."""
        named = tuple(AgencyId(each) for each in (*draft.to, *to))
        blind = tuple(AgencyId(each) for each in (*draft.hidden, *hidden))
        return seal_draft(self.session, replace(draft, to=named, hidden=blind))

    def post(self, digest: Digest, on_progress: Progress | None = None) -> NoticeStatus:
        """Upload the files of a sealed notice and post it: the same bytes, however often."""
        return post(self.session, digest, on_progress)

    def outbox(self) -> tuple[Digest, ...]:
        """Sealed notices that the hub has not answered for."""
        return self.session.outbox.digests()

    def discard(self, digest: Digest) -> None:
        """Delete a sealed notice from the outbox."""
        self.session.outbox.discard(digest)

    def update(
        self, digest: Digest, draft: Draft, on_progress: Progress | None = None
    ) -> NoticeStatus:
        """Seal, sign and post an update of an own notice; ``draft`` is the whole new content."""
        return self.post(seal_update(self.session, digest, draft).digest, on_progress)

    def withdraw(
        self, digest: Digest, content: Withdrawal, *, hidden: Sequence[str] = ()
    ) -> NoticeStatus:
        """Seal, sign and post the withdrawal of an own notice to everybody who has it."""
        blind = tuple(AgencyId(each) for each in hidden)
        return self.post(seal_withdrawal(self.session, digest, content, blind).digest)

    def reply(
        self, digest: Digest, draft: Draft, on_progress: Progress | None = None
    ) -> NoticeStatus:
        """Seal, sign and post a hit, flag, message or correction to a held notice.

        Args:
            digest: what is answered.
            draft: with a Hit, Flag, Message or Correction; without recipients it goes to the
                issuer of what is answered.
            on_progress: called with bytes of files uploaded and in all.
        """
        return self.post(seal_answer(self.session, digest, draft).digest, on_progress)

    # ------------------------------------------------------------ what was sent

    def pending(self) -> tuple[PendingNotice, ...]:
        """Notices that wait for signatures of this agency, opened."""
        return pending(self.session)

    def approve(self, digest: Digest, show: Show) -> NoticeStatus | None:
        """Open a waiting notice, show it, and sign the very bytes that were shown.

        Args:
            digest: of a notice in :meth:`pending`.
            show: shows it to the officer and says whether to sign.

        Returns:
            Where it stands now; None if it was not signed.
        """
        return approve(self.session, digest, show)

    def take_back(self, digest: Digest) -> None:
        """Take back an own notice that still waits for signatures.

        Raises:
            HubError: ``not-pending`` once it is accepted: withdraw it then.
        """
        self.hub.take_back(digest)

    def status(self, digest: Digest) -> NoticeStatus:
        """Where a notice stands at the hub."""
        return self.hub.notice(digest)

    def receipts(self, digest: Digest) -> tuple[Delivery, ...]:
        """How far an own notice has come with each recipient, by verified receipts."""
        return deliveries(self.session, digest)

    def figures(self) -> Figures:
        """The agency's traffic figures, as the hub counts them."""
        return self.hub.figures()
