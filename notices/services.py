"""Verbs on notices: post, sign, look up. Each is one short transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection
from django.utils import timezone

from agencies.authentication import Principal
from eads.problems import ProblemError
from eads_wire.dsse import Signature, decode_signature, decode_signatures
from eads_wire.encoding import AgencyId, as_agency
from eads_wire.envelope import Envelope, decode_manifest
from eads_wire.log import envelope_leaf
from eads_wire.quorum import (
    check_roles,
    issuer_keyring,
    missing_roles,
    verify_signatures,
)
from notices.directory import directory_for, read_directory, verified_with
from notices.models import Blob, MailboxEntry, Notice, NoticeBlob, Reviewing, State
from notices.verify import Admission, Directory, admit, decode_posted
from transparency.documents import keyring_by_digest, latest_keyring
from transparency.log_watch import watch
from transparency.sequencer import latest_checkpoint, ring, submit
from transparency.store import writing
from transparency.tenancy import system, tenant

COUNT_EVERY = timedelta(seconds=10)
_sent: dict[AgencyId, tuple[datetime | None, int]] = {}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a revision stands, as its status object says (docs/api.md)."""

    notice: Notice
    missing: tuple[str, ...] = ()
    position: int | None = None

    def to_json(self) -> dict[str, Any]:
        notice = self.notice
        body: dict[str, Any] = {
            "digest": notice.digest,
            "id": str(notice.notice_id),
            "rev": notice.rev,
            "state": notice.state,
        }
        if notice.state == State.PENDING:
            body["missing"] = list(self.missing)
        if notice.state == State.REFUSED:
            body["reason"] = notice.reason
        if notice.index is not None:
            body["index"] = notice.index
            body["position"] = self.position
            body["checkpoint"] = latest_checkpoint()
        return body


# A queryset costs a third of a millisecond to put together, ten times what the database needs to
# answer it. What every POST asks is therefore written out, each statement with its agency in it.
def _first_row(statement: str, *parameters: str) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def post_notice(principal: Principal, raw: bytes) -> Standing:
    """Take a sealed notice in.

    Raises:
        ProblemError, WireError: nothing was written.
    """
    envelope = decode_posted(raw, principal.agency)
    known = _known(principal.agency, envelope)
    if known is not None:
        return known
    now = timezone.now()
    directory = directory_for(envelope)
    admission = admit(envelope, directory, now)
    _check_quota(principal.agency, now)
    if envelope.header.re is not None:
        _check_reference(principal.agency, envelope.header.re)
    notice = _row(admission, directory, now)
    try:
        with writing(), tenant(principal.agency):
            _check_revision(envelope)
            _check_blobs(envelope)
            notice.save(force_insert=True)
            _store_side_rows(admission)
    except IntegrityError:
        return _lost_race(principal.agency, envelope)
    return _settled(principal.agency, notice, admission.missing)


def _known(agency: AgencyId, envelope: Envelope) -> Standing | None:
    """The same bytes were posted before: answer the same, and take new signatures along."""
    with tenant(agency):
        exists = _first_row(
            "SELECT 1 FROM notices_notice WHERE digest = %s AND issuer = %s",
            envelope.digest,
            agency,
        )
    if exists is None:
        return None
    standing = find_notice(agency, envelope.digest)
    for signature in envelope.signatures:
        if standing.notice.state == State.PENDING:
            standing = _add_signature(agency, envelope.digest, signature)
    return standing


def _lost_race(agency: AgencyId, envelope: Envelope) -> Standing:
    known = _known(agency, envelope)
    if known is None:
        raise ProblemError(
            "id-conflict",
            f"Revision {envelope.header.rev} of this notice has another digest."
            " Read the notice again, or give a new one a new id.",
        )
    return known


def _row(admission: Admission, directory: Directory, now: datetime) -> Notice:
    envelope, header = admission.envelope, admission.envelope.header
    return Notice(
        digest=envelope.digest,
        issuer=header.issuer,
        notice_id=header.id,
        rev=header.rev,
        type=header.type,
        act=header.act,
        priority=header.priority,
        area=header.area or "",
        expires=header.expires,
        received=now,
        state=State.PENDING if admission.missing else State.ACCEPTED,
        manifest=envelope.manifest.raw,
        signatures=_encode_signatures(envelope.signatures),
        route=_encode_route(envelope),
        body=envelope.body,
        wraps=b"".join(envelope.wraps[name] for name in header.wrap_names),
        verified_with=verified_with(envelope.manifest, directory),
    )


def _encode_signatures(signatures: Iterable[Signature]) -> bytes:
    return json.dumps([s.to_json() for s in signatures]).encode()


def _encode_route(envelope: Envelope) -> bytes:
    route = {
        tag: {"agency": r.agency, "kid": r.kid, "nonce": r.nonce.hex()}
        for tag, r in envelope.route.items()
    }
    return json.dumps(route).encode()


def _store_side_rows(admission: Admission) -> None:
    header, digest = admission.envelope.header, admission.envelope.digest
    files = admission.envelope.manifest.blobs[1:]
    NoticeBlob.objects.bulk_create(
        [NoticeBlob(issuer=header.issuer, notice=digest, sha256=blob.sha256) for blob in files]
    )
    if not admission.missing:
        submit("envelope", digest, envelope_leaf(digest))
        return
    reviewers = {role.agency for role in admission.missing if role.agency is not None}
    if reviewers:
        with system():
            Reviewing.objects.bulk_create([Reviewing(agency=a, digest=digest) for a in reviewers])


def _check_quota(agency: AgencyId, now: datetime) -> None:
    """The day's limit, from a count that this process refreshes every ten seconds."""
    row = _first_row("SELECT notices_per_day FROM agencies_agency WHERE id = %s", agency)
    limit = row[0] if row else 0
    counted, sent = _sent.get(agency, (None, 0))
    if counted is None or now - counted > COUNT_EVERY or sent >= limit:
        with tenant(agency):
            rows = Notice.objects.filter(issuer=agency, received__gt=now - timedelta(days=1))
            counted, sent = now, rows.count()
    _sent[agency] = (counted, sent + 1)
    if sent >= limit:
        raise ProblemError(
            "quota-exceeded", f"{limit} notices a day are allowed.", retry_after=3600
        )


def _check_reference(agency: AgencyId, re: str) -> None:
    with tenant(agency):
        known = Notice.objects.filter(digest=re, index__isnull=False).exists()
    if not known:
        raise ProblemError("unknown-reference")


def _check_revision(envelope: Envelope) -> None:
    """The revision follows the newest one in the log."""
    header = envelope.header
    if header.rev == 1:
        return
    before = Notice.objects.filter(issuer=header.issuer, notice_id=header.id)
    last = before.exclude(state=State.REFUSED).order_by("-rev").first()
    if last is not None and last.rev >= header.rev:
        raise IntegrityError  # the same revision again: the caller tells same bytes from other
    follows = last is not None and (last.rev, last.digest) == (header.rev - 1, header.prev)
    if last is None or not follows or last.index is None or last.type != header.type:
        raise ProblemError(
            "wrong-revision", "The revision before is another, or is not in the log yet."
        )
    if last.act == "withdraw":
        raise ProblemError("wrong-revision", "The notice was withdrawn.")


def _check_blobs(envelope: Envelope) -> None:
    files = {blob.sha256: blob.size for blob in envelope.manifest.blobs[1:]}
    if not files:
        return
    rows = Blob.objects.filter(sha256__in=files, complete=True).order_by("sha256")
    # Locked, so that neither erasure nor sweep takes a file away while a notice that names it
    # comes in.
    have = dict(rows.select_for_update().values_list("sha256", "size"))
    if have.keys() != files.keys():
        raise ProblemError("blob-missing", "Upload every file before the notice.")
    if have != files:
        raise ProblemError("blob-mismatch", "A file has another size than the notice says.")


def _settled(agency: AgencyId, notice: Notice, missing: Iterable[Any]) -> Standing:
    if notice.state == State.PENDING:
        return Standing(notice, tuple(_role_text(role) for role in missing))
    ring()
    if not watch.wait(notice.digest, settings.EADS_LOG_WAIT_SECONDS):
        return Standing(notice)
    return _placed(notice) if agency == notice.issuer else find_notice(agency, notice.digest)


def _placed(notice: Notice) -> Standing:
    """What the sequencer did with the issuer's notice at hand, without reading its bytes again."""
    with tenant(notice.issuer):
        row = _first_row(
            'SELECT n.state, n.reason, n."index", m.position FROM notices_notice n'
            " LEFT JOIN notices_mailboxentry m"
            " ON m.digest = n.digest AND m.agency = n.issuer AND m.kind = 'notice'"
            " WHERE n.digest = %s AND n.issuer = %s",
            notice.digest,
            notice.issuer,
        )
    if row is None:
        raise ProblemError("not-found")
    notice.state, notice.reason, notice.index, position = row
    return Standing(notice, (), position)


def _role_text(role: Any) -> str:
    return role.name if role.agency is None else f"{role.name}@{role.agency}"


def add_signature(principal: Principal, digest: str, body: dict[str, Any]) -> Standing:
    """Add an officer's signature to a notice that waits.

    Raises:
        ProblemError, WireError: nothing was written.
    """
    return _add_signature(principal.agency, digest, decode_signature(body))


def _add_signature(agency: AgencyId, digest: str, signature: Signature) -> Standing:
    with writing(), system():
        notice = _lock_signable(agency, digest)
        if notice.state == State.ERASED:
            raise ProblemError("erased", f"The content was erased: {notice.reason}.")
        if notice.state != State.PENDING:
            missing: tuple[Any, ...] = ()
        else:
            missing = _merge_signature(notice, signature, agency)
    return (
        _settled(agency, notice, missing) if notice.index is None else find_notice(agency, digest)
    )


def _lock_signable(agency: AgencyId, digest: str) -> Notice:
    """The notice, locked, if this agency may sign it."""
    notice: Notice | None = Notice.objects.select_for_update().filter(digest=digest).first()
    mine = notice is not None and (
        notice.issuer == agency
        or Reviewing.objects.filter(agency=agency, digest=digest).exists()
        or MailboxEntry.objects.filter(agency=agency, digest=digest).exists()
    )
    if notice is None or not mine:
        raise ProblemError("not-found")
    return notice


def _merge_signature(notice: Notice, signature: Signature, agency: AgencyId) -> tuple[Any, ...]:
    manifest = decode_manifest(bytes(notice.manifest))
    have = decode_signatures(json.loads(bytes(notice.signatures)))
    issuer = as_agency(notice.issuer)
    own = latest_keyring(issuer)
    reviewers = own.reviewer_agencies(notice.type) if own else frozenset()
    directory = read_directory({issuer, *reviewers})
    keyring = issuer_keyring(manifest, directory.keyrings)
    if signature.keyid not in {s.keyid for s in have}:
        have = (*have, signature)
    if notice.expires <= timezone.now():
        raise ProblemError("expired", "The notice expired while it waited.")
    signers = verify_signatures(manifest, have, directory.keyrings)
    added = next(s for s, sig in zip(signers, have, strict=True) if sig.keyid == signature.keyid)
    if added.agency != agency:
        raise ProblemError("wrong-agency", "The signature is another agency's officer's.")
    check_roles(signers, keyring, notice.type)
    missing = missing_roles(signers, keyring.quorum_for(notice.type), issuer)
    notice.signatures = _encode_signatures(have)
    notice.verified_with = verified_with(manifest, directory)
    if not missing:
        notice.state = State.ACCEPTED
        Reviewing.objects.filter(digest=notice.digest).delete()
        submit("envelope", notice.digest, envelope_leaf(manifest.digest))
    notice.save(update_fields=["signatures", "verified_with", "state"])
    return missing


def return_notice(agency: AgencyId, digest: str) -> None:
    """Take back a notice that waits: the drafter thought again, or the second officer said no.

    Raises:
        ProblemError: ``not-found``, ``not-pending``.
    """
    with writing(), system():
        rows = Notice.objects.select_for_update().filter(digest=digest, issuer=agency)
        notice = rows.first()
        if notice is None:
            raise ProblemError("not-found")
        if notice.state != State.PENDING:
            raise ProblemError("not-pending")
        Reviewing.objects.filter(digest=digest).delete()
        NoticeBlob.objects.filter(notice=digest).delete()
        rows.update(state=State.REFUSED, reason="returned", body=b"", wraps=b"")


def find_notice(agency: AgencyId, digest: str) -> Standing:
    """Where a revision stands, for its issuer, its recipients and those asked to review it.

    Raises:
        ProblemError: ``not-found``.
    """
    with tenant(agency):
        notice = Notice.objects.filter(digest=digest).first()
        reviewing = Reviewing.objects.filter(digest=digest).exists()
        positions = MailboxEntry.objects.filter(digest=digest, kind="notice")
        position = positions.values_list("position", flat=True).first()
    if notice is None and reviewing:
        with system():
            notice = Notice.objects.filter(digest=digest).first()
    if notice is None:
        raise ProblemError("not-found")
    return Standing(notice, _missing(notice), position)


def _missing(notice: Notice) -> tuple[str, ...]:
    if notice.state != State.PENDING:
        return ()
    keyrings = [keyring_by_digest(d) for d in notice.verified_with.split(",")]
    manifest = decode_manifest(bytes(notice.manifest))
    by_agency = {k.agency: k for k in keyrings}
    signatures = decode_signatures(json.loads(bytes(notice.signatures)))
    signers = verify_signatures(manifest, signatures, by_agency)
    keyring = by_agency[as_agency(notice.issuer)]
    unmet = missing_roles(signers, keyring.quorum_for(notice.type), keyring.agency)
    return tuple(_role_text(role) for role in unmet)


def pending_notices(agency: AgencyId) -> list[Standing]:
    """Notices that wait for signatures: the agency's own, and those that ask its reviewer."""
    with tenant(agency):
        asked = list(Reviewing.objects.values_list("digest", flat=True))
        own = list(Notice.objects.filter(issuer=agency, state=State.PENDING).order_by("received"))
    if asked:
        with system():
            own += list(Notice.objects.filter(digest__in=asked, state=State.PENDING))
    return [Standing(notice, _missing(notice)) for notice in own]
