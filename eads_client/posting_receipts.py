"""Receipts out: sign what was delivered and purged, and post it until the hub has it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from eads_client.errors import HubError, NotAuthorised, TryLater
from eads_client.keys import Signing, sign_payload
from eads_client.receipts_owed import SignedReceipt
from eads_client.session import Session
from eads_wire.dsse import digest_of
from eads_wire.encoding import AgencyId, Digest, JsonObject, format_time, to_base64
from eads_wire.receipt import PAYLOAD_TYPE, decode_receipt


def sign_receipt(
    key: Signing,
    agency: AgencyId,
    at: str,
    delivered: Sequence[Digest],
    purged: Sequence[Digest],
) -> tuple[Digest, bytes]:
    """A signed receipt (specs/receipt.md).

    Args:
        key: of an officer or service of the agency.
        agency: the recipient that signs.
        at: the time, in the form of the wire.
        delivered: digests of what was verified and opened.
        purged: digests of what was destroyed.

    Returns:
        The receipt's own digest and its bytes.
    """
    obj: JsonObject = {
        "v": 1,
        "agency": agency,
        "at": at,
        "delivered": sorted(set(delivered)),
        "purged": sorted(set(purged)),
    }
    payload = json.dumps(obj, separators=(",", ":")).encode("ascii")
    document = {
        "payloadType": PAYLOAD_TYPE,
        "payload": to_base64(payload),
        "signatures": [sign_payload(key, PAYLOAD_TYPE, payload).to_json()],
    }
    return digest_of(payload), json.dumps(document, separators=(",", ":")).encode("ascii")


def post_receipts(session: Session) -> int:
    """Sign and post every receipt that is owed.

    Returns:
        How many documents the hub took.

    Raises:
        ReplicaError: a file of a purged notice cannot be deleted.
        HubError, TransportError: the hub cannot take them now; they stay for the next time.
    """
    replica = session.replica
    # Before a receipt says so.
    replica.copies.unlink_doomed()
    if any(replica.receipts.due()):
        session.check_officer()
        key, agency = session.officer_key(), session.profile.agency

        def sign(delivered: Sequence[Digest], purged: Sequence[Digest]) -> tuple[Digest, bytes]:
            return sign_receipt(key, agency, format_time(session.now()), delivered, purged)

        replica.receipts.sign(sign)
    taken = 0
    while waiting := [each for each in replica.receipts.signed() if each.refused is None]:
        for each in waiting:
            taken += _post(session, each)
    return taken


def _post(session: Session, signed: SignedReceipt) -> int:
    receipts = session.replica.receipts
    try:
        session.hub.post_receipt(signed.raw)
    except (TryLater, NotAuthorised):
        raise
    except HubError as error:
        parts = _split(session, signed)
        if parts:
            receipts.replace(signed.digest, parts)
        else:
            receipts.refused(signed.digest, error.code)
        return 0
    receipts.taken(signed.digest)
    return 1


def _split(session: Session, signed: SignedReceipt) -> list[tuple[Digest, bytes]]:
    """The same in two halves, if there is more than one digest: one may be what is refused."""
    receipt, _ = decode_receipt(signed.raw)
    lines = [(digest, True) for digest in receipt.delivered]
    lines += [(digest, False) for digest in receipt.purged]
    if len(lines) < 2:
        return []
    key, agency, at = session.officer_key(), session.profile.agency, format_time(receipt.at)
    middle = len(lines) // 2
    return [
        sign_receipt(
            key, agency, at, [d for d, yes in half if yes], [d for d, yes in half if not yes]
        )
        for half in (lines[:middle], lines[middle:])
    ]
