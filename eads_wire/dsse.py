"""DSSE: a signed document and its signatures (specs/README.md, "Keys").

Source: secure-systems-lab DSSE, envelope.md and protocol.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eads_wire import limits
from eads_wire.encoding import (
    Digest,
    JsonObject,
    KeyId,
    as_keyid,
    as_list,
    as_object,
    check_keys,
    check_unique,
    decode_json,
    from_base64,
    to_base64,
)
from eads_wire.errors import require
from eads_wire.keys import SIGNATURE, verify_signature


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: ``keyid`` and 3373 bytes."""

    keyid: KeyId
    sig: bytes

    def to_json(self) -> JsonObject:
        return {"keyid": self.keyid, "sig": to_base64(self.sig)}


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed: DSSE's pre-authentication encoding."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def digest_of(payload: bytes) -> Digest:
    """SHA-256 of a payload, in hex: its identity."""
    return Digest(hashlib.sha256(payload).hexdigest())


def decode_signature(value: Any) -> Signature:
    """Decode one ``{keyid, sig}``. Raises WireError ``malformed``."""
    obj = as_object(value, "signature")
    check_keys(obj, ("keyid", "sig"), what="signature")
    return Signature(as_keyid(obj["keyid"]), from_base64(obj["sig"], "sig", size=SIGNATURE))


def decode_signatures(value: Any) -> tuple[Signature, ...]:
    """Decode a list of 1 to 16 signatures, no keyid twice. Raises WireError ``malformed``."""
    items = as_list(value, "signatures", least=1, most=limits.SIGNATURES)
    signatures = tuple(decode_signature(item) for item in items)
    check_unique([s.keyid for s in signatures], "signatures")
    return signatures


@dataclass(frozen=True, slots=True)
class Document:
    """A signed document whose payload has not been looked at yet."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    @property
    def digest(self) -> Digest:
        return digest_of(self.payload)

    def verify(self, keys: Mapping[KeyId, bytes]) -> None:
        """Verify every signature; every key must be in ``keys``.

        Raises:
            WireError: ``unknown-key`` or ``bad-signature``, for the first that fails.
        """
        for signature in self.signatures:
            require(signature.keyid in keys, "unknown-key", "a signature's key is not listed")
            self.verify_one(signature, keys[signature.keyid])

    def verify_one(self, signature: Signature, public: bytes) -> None:
        """Verify one signature with a public key. Raises WireError ``bad-signature``."""
        verify_signature(public, signature.sig, pae(self.payload_type, self.payload))


def decode_document(raw: bytes, payload_type: str, *, limit: int, what: str) -> Document:
    """Decode a DSSE document of one payload type.

    Args:
        raw: the bytes as received.
        payload_type: the only type accepted.
        limit: largest size in bytes.
        what: for error texts.

    Raises:
        WireError: ``malformed``, ``unsupported`` for another payload type.
    """
    obj = decode_json(raw, limit=limit, what=what)
    known = obj.get("payloadType") == payload_type
    require(known, "unsupported", f"payloadType is not that of a {what}")
    check_keys(obj, ("payloadType", "payload", "signatures"), what=what)
    payload, signatures = from_base64(obj["payload"], "payload"), obj["signatures"]
    return Document(payload_type, payload, decode_signatures(signatures))
