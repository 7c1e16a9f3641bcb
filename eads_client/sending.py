"""Send: seal and sign new notices, updates, withdrawals and answers; post them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from eads_client.blob_transfer import upload
from eads_client.draft import Draft, is_extension_explained
from eads_client.errors import (
    DraftError,
    HubError,
    NotAuthorised,
    TryLater,
    VerificationError,
)
from eads_client.hub_answers import NoticeStatus
from eads_client.payloads import Withdrawal
from eads_client.seal import Recipient, SealedNotice, SealRequest, new_notice_id, seal
from eads_client.sent_record import SentTo
from eads_client.session import Session
from eads_client.stored_notice import StoredNotice
from eads_client.sync import sync_trust
from eads_wire.encoding import AgencyId, Digest, NoticeId

Progress = Callable[[int, int], None]
"""Called with bytes uploaded and bytes in all."""

# After these the same bytes may still be taken.
_KEEP: Final = frozenset({"blob-missing", "unknown-reference", "wrong-revision"})


@dataclass(frozen=True, slots=True)
class _Chain:
    """Where a new revision stands: its notice and the revision before."""

    id: NoticeId
    act: str = "issue"
    rev: int = 1
    prev: Digest | None = None


# ---------------------------------------------------------------- seal


def seal_draft(session: Session, draft: Draft) -> SealedNotice:
    """Seal a new notice or answer, sign it as this officer, keep it in the outbox.

    Args:
        session: of a liaison officer.
        draft: with its recipients.

    Raises:
        DraftError: a field is wrong, or a recipient cannot be sealed to.
        VerificationError: this officer is not in force.
    """
    return _seal(session, draft, _Chain(new_notice_id()))


def seal_update(session: Session, digest: Digest, draft: Draft) -> SealedNotice:
    """Seal an update of an own notice.

    Recipients stay; those in the draft are added. (Whoever was left out would hold an outdated
    copy for ever: to take one out, withdraw the notice and issue it anew.) Expiry, priority and
    area are the draft's, except that the expiry stays if the draft names none.

    Args:
        digest: the newest revision held, or any of the notice.
        draft: the new content, complete.

    Raises:
        DraftError: it is not this agency's notice, of another type, or the reason for a later
            expiry is missing.
    """
    held = _own_newest(session, digest)
    if draft.type != held.type:
        raise DraftError(f"type: an update of {held.type} has the same type")
    expires = draft.expires or held.expires
    if expires > held.expires and not is_extension_explained(draft.content):
        raise DraftError("update_reason: a later expiry needs its reason in writing")
    before = _sent_to(session, held, draft.hidden)
    named = tuple(sorted({*before.named, *draft.to}))
    hidden = tuple(sorted({*before.hidden, *draft.hidden} - set(named)))
    changed = replace(draft, expires=expires, to=named, hidden=hidden, re=held.re)
    chain = _Chain(held.id, "update", held.rev + 1, held.digest)
    return _seal(session, changed, chain)


def seal_withdrawal(
    session: Session, digest: Digest, content: Withdrawal, hidden: Sequence[AgencyId] = ()
) -> SealedNotice:
    """Seal the withdrawal of an own notice, to everybody who has it.

    Args:
        digest: the newest revision held, or any of the notice.
        content: the reason.
        hidden: the hidden recipients, where another profile of the agency had sealed the notice.

    Raises:
        DraftError: it is not this agency's notice, or its hidden recipients are not known here.
    """
    held = _own_newest(session, digest)
    before = _sent_to(session, held, hidden)
    draft = Draft(
        content=content,
        type=held.type,
        expires=held.expires,
        handling=held.handling,
        tlp=held.tlp,
        priority=held.priority,
        area=held.area,
        re=held.re,
        to=before.named,
        hidden=before.hidden,
    )
    return _seal(session, draft, _Chain(held.id, "withdraw", held.rev + 1, held.digest))


def seal_answer(session: Session, digest: Digest, draft: Draft) -> SealedNotice:
    """Seal an answer (hit, flag, message, correction) to a notice or to another answer.

    Args:
        digest: what is answered.
        draft: its recipients, if it names none, become the issuer of what is answered.

    Raises:
        DraftError: the answer would go to this agency itself only.
    """
    asked = session.replica.notice(digest)
    named, hidden = draft.to, draft.hidden
    if not named and not hidden:
        if asked.issuer == session.profile.agency:
            raise DraftError("to: this is your own notice: say whom the answer is for")
        named = (asked.issuer,)
    answer = replace(
        draft,
        re=asked.digest,
        to=named,
        # An answer is handled as strictly as what it answers, unless its sender says otherwise.
        handling=draft.handling or asked.handling,
        tlp=draft.tlp or asked.tlp,
    )
    return _seal(session, answer, _Chain(new_notice_id()))


def _own_newest(session: Session, digest: Digest) -> StoredNotice:
    named = session.replica.notice(digest)
    held = session.replica.held(named.id)
    notice = session.replica.notice(held.digest) if held is not None else named
    if notice.issuer != session.profile.agency:
        raise DraftError("only the issuer may change a notice: send it a correction")
    if notice.state != "current":
        raise DraftError(f"the notice is {notice.state}")
    return notice


def _sent_to(session: Session, held: StoredNotice, told: Sequence[AgencyId]) -> SentTo:
    """Everybody who holds a notice: from this profile's record, or from its header."""
    record = session.replica.sent.get(held.digest)
    if record is not None:
        return record
    envelope = held.envelope
    if envelope is None:
        raise DraftError(f"the notice is {held.state}")
    named = tuple(entry.agency for entry in envelope.header.named)
    count = len(envelope.header.blind)
    if count > len(set(told) - set(named)):
        # The hub could name them, and could name others: nobody is sealed to on its word.
        raise DraftError(
            f"hidden: the notice has {count} hidden recipients that this profile does not know"
        )
    return SentTo(named, tuple(told))


def _recipients(
    session: Session, agencies: Sequence[AgencyId], now: datetime, *, skip: bool
) -> list[Recipient]:
    """Keys to seal to; ``skip`` leaves out an agency that has none in force now."""
    found = []
    for agency in agencies:
        try:
            epoch = session.trust.recipient_key(agency, now)
        except VerificationError as error:
            if skip and agency != session.profile.agency:
                continue
            raise DraftError(f"to: {agency} cannot be sealed to ({error.detail})") from error
        found.append(Recipient(agency, epoch.kid, epoch.public))
    return found


def _seal(session: Session, draft: Draft, chain: _Chain) -> SealedNotice:
    if chain.act != "withdraw":
        draft.check()
    sync_trust(session)
    session.check_officer()
    issued, agency = session.now(), session.profile.agency
    named = sorted({*draft.to, agency, *_reviewers(session, draft.type)})
    hidden = sorted(set(draft.hidden) - set(named))
    codes, tlp = draft.header_handling()
    withdraw = chain.act == "withdraw"
    request = SealRequest(
        id=chain.id,
        type=draft.type,
        act=chain.act,
        issuer=agency,
        issued=issued,
        expires=draft.expires if withdraw and draft.expires else draft.expiry(issued),
        payload=draft.encode_content(chain.act),
        # One member that was suspended meanwhile must not keep a withdrawal from the others.
        to=_recipients(session, named, issued, skip=withdraw),
        hidden=_recipients(session, hidden, issued, skip=withdraw),
        log=session.trust.log_head(),
        rev=chain.rev,
        prev=chain.prev,
        re=draft.re,
        handling=codes,
        tlp=tlp,
        priority=draft.priority,
        area=draft.area,
        files=draft.files,
    )
    with session.outbox.workspace() as folder:
        sealed = seal(request, folder).sign(session.officer_key())
        session.replica.sent.add(sealed.digest, named, hidden)
        session.outbox.keep(sealed, folder)
    return sealed


def _reviewers(session: Session, notice_type: str) -> frozenset[AgencyId]:
    """Agencies that the own quorum asks: they must be named recipients."""
    return session.trust.keyring(session.profile.agency).reviewer_agencies(notice_type)


# ---------------------------------------------------------------- post


def post(session: Session, digest: Digest, on_progress: Progress | None = None) -> NoticeStatus:
    """Upload the files of a sealed notice and post it; the same bytes as often as it takes.

    It stays in the outbox until the hub has answered for it: accepted, waiting for signatures,
    or refused.

    Args:
        digest: in the outbox.
        on_progress: called with bytes of files uploaded and in all.

    Raises:
        HubError: refused; ``str`` says what to do.
        TransportError: not reached, or cut off: post again.
    """
    sealed = session.outbox.load(digest)
    total, done = sum(blob.size for blob in sealed.files), 0
    try:
        for blob in sealed.files:
            start = done

            def report(part: int, _size: int, start: int = start) -> None:
                if on_progress is not None:
                    on_progress(start + part, total)

            upload(session.hub, blob, session.outbox.file(digest, blob.sha256), report)
            done += blob.size
        status = session.hub.post_notice(session.outbox.raw(digest))
    except (TryLater, NotAuthorised):
        raise
    except HubError as error:
        if error.code not in _KEEP:
            session.outbox.discard(digest)
        raise
    if status.digest != digest:
        raise VerificationError("corrupt-payload", "the hub answers for another notice")
    session.outbox.discard(digest)
    return status
