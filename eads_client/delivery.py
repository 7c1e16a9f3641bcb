"""Delivery: how far an own notice has come, by what recipients have signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from eads_client.errors import VerificationError
from eads_client.hub_answers import RecipientReceipts
from eads_client.session import Session
from eads_client.sync import sync_trust
from eads_client.trust import Trust
from eads_wire.encoding import AgencyId, Digest, OfficerId
from eads_wire.errors import WireError
from eads_wire.keyring import Keyring
from eads_wire.receipt import decode_receipt, verify_receipt

DeliveryState = Literal["mailbox", "delivered", "purged", "overdue", "unproven"]
"""``unproven``: the hub speaks of a receipt and shows none that verifies."""


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """A receipt whose signature verifies.

    Attributes:
        at: when the recipient says it signed.
        officer: who signed.
        in_force: whether the signer's key is still in force. The hub does not tell a receipt's
            place in the log, so one by a key that was revoked since rests on its own date.
    """

    digest: Digest
    at: datetime
    officer: OfficerId
    delivered: bool
    purged: bool
    in_force: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a notice has come with one recipient.

    Attributes:
        state: ``delivered`` and ``purged`` are proven by a verified receipt; ``mailbox`` and
            ``overdue`` are the hub's word.
        delivered, purged: the earliest time that a verified receipt says.
        failures: why a receipt was not counted.
    """

    agency: AgencyId
    hidden: bool
    state: DeliveryState
    position: int | None
    delivered: datetime | None
    purged: datetime | None
    receipts: tuple[VerifiedReceipt, ...]
    failures: tuple[VerificationError, ...]


def deliveries(session: Session, digest: Digest) -> tuple[Delivery, ...]:
    """Every recipient of an own notice, with its verified receipts.

    Args:
        digest: of a revision that this agency issued.

    Raises:
        HubError: ``not-found`` if it is not this agency's.
        TransportError: the hub was not reached.
    """
    sync_trust(session)
    return tuple(_delivery(session.trust, digest, each) for each in session.hub.receipts(digest))


def _delivery(trust: Trust, digest: Digest, told: RecipientReceipts) -> Delivery:
    receipts: list[VerifiedReceipt] = []
    failures: list[VerificationError] = []
    for raw in told.receipts:
        try:
            receipts.append(check_receipt(trust, told.agency, digest, raw))
        except VerificationError as error:
            failures.append(error)
    delivered = min((r.at for r in receipts if r.delivered), default=None)
    purged = min((r.at for r in receipts if r.purged), default=None)
    state: DeliveryState = "overdue" if told.state == "overdue" else "mailbox"
    if told.state in ("delivered", "purged") and not receipts:
        state = "unproven"
    elif purged is not None:
        state = "purged"
    elif delivered is not None and told.state != "overdue":
        state = "delivered"
    return Delivery(
        told.agency,
        told.hidden,
        state,
        told.position,
        delivered,
        purged,
        tuple(receipts),
        tuple(failures),
    )


def check_receipt(trust: Trust, agency: AgencyId, digest: Digest, raw: bytes) -> VerifiedReceipt:
    """Verify a receipt (specs/receipt.md) for one notice.

    Args:
        trust: whom to believe.
        agency: the recipient that must have signed.
        digest: the notice that it must name.
        raw: the receipt as received.

    Raises:
        VerificationError: with the stage.
    """
    try:
        receipt, document = decode_receipt(raw)
        keyring, in_force = _judge(raw, trust.history(agency))
    except WireError as error:
        raise VerificationError.of(error) from None
    if digest not in receipt.delivered and digest not in receipt.purged:
        raise VerificationError("corrupt-payload", "the receipt does not name this notice")
    officer = keyring.officer(document.signatures[0].keyid)
    if officer is None:
        raise VerificationError("unknown-key", "the key is no officer's")
    return VerifiedReceipt(
        receipt.digest,
        receipt.at,
        officer.id,
        digest in receipt.delivered,
        digest in receipt.purged,
        in_force,
    )


def _judge(raw: bytes, history: Sequence[Keyring]) -> tuple[Keyring, bool]:
    """The newest keyring under which a receipt verifies, and whether that is the newest of all.

    Raises:
        WireError: of the newest keyring, if none takes it.
    """
    failure = WireError("unknown-key", "the recipient's keyring is not at hand")
    for age, keyring in enumerate(reversed(history)):
        try:
            verify_receipt(raw, keyring)
        except WireError as error:
            failure = error if age == 0 else failure
            if error.stage not in ("revoked-key", "unknown-key"):
                break
        else:
            return keyring, age == 0
    raise failure
