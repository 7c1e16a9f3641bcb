"""Receipts: what recipients have signed for."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from agencies.authentication import Principal
from eads.problems import ProblemError
from eads_wire.encoding import AgencyId, format_time
from eads_wire.envelope import decode_manifest
from eads_wire.log import receipt_leaf
from eads_wire.receipt import decode_receipt, verify_receipt
from notices.models import MailboxEntry, Notice, Receipt, ReceiptLine, State
from notices.placing import receipt_subjects, recipients_of
from transparency.documents import keyring_in_force
from transparency.sequencer import ring, submit
from transparency.store import writing
from transparency.tenancy import system, tenant

DELIVERY_DUE = timedelta(hours=24)
"""After this without a signed receipt a delivery counts as overdue."""
PURGE_DUE = timedelta(hours=72)
"""After this from withdrawal or expiry a purge counts as overdue."""


def post_receipt(principal: Principal, raw: bytes) -> tuple[str, bool]:
    """Take a receipt in.

    Returns:
        Its digest, and whether it was new.

    Raises:
        ProblemError, WireError: nothing was written.
    """
    decoded, _ = decode_receipt(raw)
    if decoded.agency != principal.agency:
        raise ProblemError("wrong-agency", "The receipt is another agency's.")
    if Receipt.objects.filter(digest=decoded.digest).exists():
        return decoded.digest, False
    receipt = verify_receipt(raw, keyring_in_force(principal.agency))
    lines = _lines(principal.agency, raw)
    try:
        with writing(), system():
            row = Receipt.objects.create(digest=receipt.digest, agency=receipt.agency, document=raw)
            ReceiptLine.objects.bulk_create(
                ReceiptLine(
                    issuer=issuer,
                    notice=digest,
                    agency=receipt.agency,
                    kind=kind,
                    at=receipt.at,
                    receipt=row,
                )
                for kind, digest, issuer in lines
            )
            submit("receipt", receipt.digest, receipt_leaf(receipt.digest))
    except IntegrityError:
        return receipt.digest, False
    ring()
    return receipt.digest, True


def _lines(agency: AgencyId, raw: bytes) -> list[tuple[str, str, str]]:
    """(kind, notice, issuer) for each digest, which must be in the agency's mailbox."""
    subjects = receipt_subjects(raw)
    digests = {digest for _, digest in subjects}
    with tenant(agency):
        held = MailboxEntry.objects.filter(digest__in=digests).values_list("digest", flat=True)
        issuers = dict(Notice.objects.filter(digest__in=set(held)).values_list("digest", "issuer"))
    if issuers.keys() != digests:
        raise ProblemError("not-a-recipient")
    return [(kind, digest, issuers[digest]) for kind, digest in subjects]


def receipts_of(agency: AgencyId, digest: str) -> dict[str, Any]:
    """For the issuer: how far a revision has come with each recipient.

    Raises:
        ProblemError: ``not-found``.
    """
    with tenant(agency):
        notice = Notice.objects.filter(digest=digest, issuer=agency).first()
        lines = list(ReceiptLine.objects.filter(notice=digest).select_related("receipt"))
    if notice is None or notice.index is None:
        raise ProblemError("not-found")
    with system():
        entries = MailboxEntry.objects.filter(digest=digest, kind="notice")
        positions = dict(entries.values_list("agency", "position"))
        gone_since = _gone_since(notice)
    manifest = decode_manifest(bytes(notice.manifest))
    named = {str(entry.agency) for entry in manifest.header.named}
    rows = []
    for recipient, _ in recipients_of(manifest, bytes(notice.route)):
        own = [line for line in lines if line.agency == recipient]
        rows.append(
            {
                "agency": recipient,
                "hidden": recipient not in named,
                "position": positions.get(recipient),
                **_progress(notice, own, gone_since),
            }
        )
    return {"digest": digest, "recipients": rows}


def _gone_since(notice: Notice) -> Any:
    """When a revision's purge became due: its expiry, or its withdrawal's arrival."""
    if notice.state != State.ERASED:
        return None
    withdrawal = Notice.objects.filter(
        issuer=notice.issuer, notice_id=notice.notice_id, act="withdraw", index__isnull=False
    ).first()
    return withdrawal.received if withdrawal and notice.reason == "withdrawn" else notice.expires


def _progress(notice: Notice, lines: list[ReceiptLine], gone_since: Any) -> dict[str, Any]:
    delivered = min((line.at for line in lines if line.kind == "delivered"), default=None)
    purged = min((line.at for line in lines if line.kind == "purged"), default=None)
    now = timezone.now()
    if purged:
        state = "purged"
    elif gone_since is not None and now > gone_since + PURGE_DUE:
        state = "overdue"
    elif delivered:
        state = "delivered"
    elif gone_since is None and now > notice.received + DELIVERY_DUE:
        state = "overdue"
    else:
        state = "mailbox"
    documents = {line.receipt_id: json.loads(bytes(line.receipt.document)) for line in lines}
    return {
        "state": state,
        "delivered": format_time(delivered) if delivered else None,
        "purged": format_time(purged) if purged else None,
        "receipts": list(documents.values()),
    }
