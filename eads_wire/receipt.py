"""Receipt: what a recipient signs for (specs/receipt.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from eads_wire import limits
from eads_wire.dsse import Document, decode_document
from eads_wire.encoding import (
    AgencyId,
    Digest,
    as_agency,
    as_digest,
    as_list,
    as_time,
    check_keys,
    check_rising,
    decode_json,
)
from eads_wire.errors import require
from eads_wire.keyring import Keyring, find_officer

PAYLOAD_TYPE: Final = "application/vnd.e-ads.receipt.v1+json"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A decoded receipt."""

    digest: Digest
    agency: AgencyId
    at: datetime
    delivered: tuple[Digest, ...]
    purged: tuple[Digest, ...]


def _digests(value: Any, what: str) -> tuple[Digest, ...]:
    items = as_list(value, what, least=0, most=limits.RECEIPT_DIGESTS)
    digests = [as_digest(item, what) for item in items]
    check_rising(list(digests), what)
    return tuple(digests)


def decode_receipt(raw: bytes) -> tuple[Receipt, Document]:
    """Step 1: form. Raises WireError ``malformed`` or ``unsupported``."""
    document = decode_document(raw, PAYLOAD_TYPE, limit=limits.RECEIPT_BYTES, what="receipt")
    obj = decode_json(document.payload, limit=limits.RECEIPT_BYTES, what="receipt payload")
    require(obj.get("v") == 1 and obj["v"] is not True, "unsupported", "v is not 1")
    check_keys(obj, ("v", "agency", "at", "delivered", "purged"), what="receipt")
    delivered, purged = _digests(obj["delivered"], "delivered"), _digests(obj["purged"], "purged")
    require(bool(delivered or purged), "malformed", "the receipt names nothing")
    receipt = Receipt(
        document.digest, as_agency(obj["agency"]), as_time(obj["at"], "at"), delivered, purged
    )
    return receipt, document


def verify_receipt(raw: bytes, keyring: Keyring) -> Receipt:
    """Both steps of verification.

    Args:
        raw: the document as received.
        keyring: of the agency that the receipt names, at its place in the log.

    Raises:
        WireError: naming the first stage that fails.
    """
    receipt, document = decode_receipt(raw)
    require(receipt.agency == keyring.agency, "unknown-key", "the receipt is another agency's")
    for signature in document.signatures:
        officer = find_officer(keyring, signature.keyid)
        officer.check_valid(receipt.at)
        document.verify_one(signature, officer.public)
    return receipt
