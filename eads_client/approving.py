"""Approve: the second pair of eyes on a notice that waits for signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from eads_client.errors import ReplicaError, VerificationError
from eads_client.hub_answers import NoticeStatus
from eads_client.opening import OpenedNotice, open_pending
from eads_client.seal import sign_manifest
from eads_client.session import Session
from eads_client.sync import sync_trust
from eads_wire.encoding import Digest
from eads_wire.envelope import decode_envelope
from eads_wire.errors import WireError

Show = Callable[[OpenedNotice], bool]
"""Shows an opened notice to the officer and says whether to sign it."""


@dataclass(frozen=True, slots=True)
class PendingNotice:
    """A notice that waits for signatures.

    Attributes:
        missing: quorum entries that are not met yet.
        received: when the hub took it in.
        notice: opened and verified as far as that goes before it is in the log.
        failure: why it cannot be shown, instead of ``notice``.
    """

    digest: Digest
    missing: tuple[str, ...]
    received: datetime | None
    notice: OpenedNotice | None
    failure: VerificationError | None


def pending(session: Session) -> tuple[PendingNotice, ...]:
    """Notices that wait for signatures of this agency, opened where that is possible.

    Raises:
        HubError, TransportError.
    """
    sync_trust(session)
    found = []
    for entry in session.hub.pending():
        notice, failure = None, None
        try:
            notice = _open_waiting(session, entry.digest, entry.envelope)
        except VerificationError as error:
            failure = error
        found.append(PendingNotice(entry.digest, entry.missing, entry.received, notice, failure))
    return tuple(found)


def _open_waiting(session: Session, digest: Digest, raw: bytes) -> OpenedNotice:
    try:
        envelope = decode_envelope(raw)
    except WireError as error:
        raise VerificationError.of(error, step=1) from None
    if envelope.digest != digest:
        raise VerificationError("corrupt-payload", "the envelope is not the one named")
    return open_pending(
        raw,
        reader=session.reader(),
        grounds=session.trust,
        held=session.replica.held(envelope.header.id),
        now=session.now(),
    )


def approve(session: Session, digest: Digest, show: Show) -> NoticeStatus | None:
    """Open a waiting notice, show it, and sign the very bytes that were shown.

    Args:
        digest: of a notice in :func:`pending`.
        show: shows it to the officer and says whether to sign.

    Returns:
        Where the notice stands now; None if the officer did not want to sign.

    Raises:
        VerificationError: it does not pass, so it is not shown and not signed.
        ReplicaError: nothing of this digest waits.
    """
    entry = next((each for each in pending(session) if each.digest == digest), None)
    if entry is None:
        raise ReplicaError("no notice of this digest waits for a signature")
    if entry.failure is not None:
        raise entry.failure
    if entry.notice is None or not show(entry.notice):
        return None
    session.check_officer()
    signature = sign_manifest(entry.notice.envelope.manifest, session.officer_key())
    status = session.hub.post_signature(digest, signature)
    if status.digest != digest:
        raise VerificationError("corrupt-payload", "the hub answers for another notice")
    return status
