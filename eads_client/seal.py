"""Seal: from a draft to the bytes that travel (specs/envelope.md, "Sealing" and "Signing").

All randomness is the system's; there is no way to pass any in.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from eads_client.content_key import ContentKey
from eads_client.errors import DraftError
from eads_client.hpke import seal_to
from eads_client.keys import Signing, sign_payload
from eads_client.verification import verifying
from eads_wire import limits
from eads_wire.contexts import blind_tag, header_hash, wrap_info
from eads_wire.dsse import Signature
from eads_wire.encoding import (
    AgencyId,
    Digest,
    JsonObject,
    Kid,
    NoticeId,
    format_time,
    to_base64,
)
from eads_wire.envelope import (
    PAYLOAD_TYPE,
    Blob,
    Envelope,
    Manifest,
    Route,
    check_complete,
    decode_envelope,
    decode_manifest,
)
from eads_wire.errors import WireError
from eads_wire.header import SUITE, Header, LogHead

_NONCE = 16


@dataclass(frozen=True, slots=True)
class Recipient:
    """An agency and the public key to seal to (1216 bytes)."""

    agency: AgencyId
    kid: Kid
    public: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRequest:
    """Everything that a sealed notice is made of.

    Attributes:
        payload: JSON of the content, at most 1 MiB.
        to: recipients that everybody may see, the issuer among them; any order.
        hidden: recipients that the others do not learn of; any order.
        log: the newest checkpoint that the issuer has seen.
        files: plaintext files, in their order.
    """

    id: NoticeId
    type: str
    act: str
    issuer: AgencyId
    issued: datetime
    expires: datetime
    payload: bytes = field(repr=False)
    to: Sequence[Recipient]
    hidden: Sequence[Recipient] = ()
    log: LogHead
    rev: int = 1
    prev: Digest | None = None
    re: Digest | None = None
    handling: tuple[str, ...] = ("H0",)
    tlp: str = "AMBER"
    priority: str = "routine"
    area: str | None = None
    files: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class SealedNotice:
    """A sealed notice on its way out; nothing in it can be read without a recipient's key.

    Attributes:
        manifest: what is signed; its digest names the revision.
        wraps: by kid or blind tag.
        body: ciphertext of the payload.
        route: who is behind each blind tag, for the hub.
        signatures: none at first.
    """

    manifest: Manifest
    wraps: Mapping[str, bytes]
    body: bytes
    route: Mapping[str, Route]
    signatures: tuple[Signature, ...] = ()

    @property
    def digest(self) -> Digest:
        """Identity of the revision."""
        return self.manifest.digest

    @property
    def header(self) -> Header:
        """The header, as the hub reads it."""
        return self.manifest.header

    @property
    def files(self) -> tuple[Blob, ...]:
        """The ciphertexts that travel apart."""
        return self.manifest.blobs[1:]

    def sign(self, key: Signing) -> SealedNotice:
        """The same notice with one more signature. Signing twice changes nothing."""
        if any(signature.keyid == key.keyid for signature in self.signatures):
            return self
        return replace(self, signatures=(*self.signatures, sign_manifest(self.manifest, key)))

    def envelope(self) -> bytes:
        """The envelope as JSON bytes. A hub takes it once it carries a signature."""
        obj: JsonObject = {
            "payloadType": PAYLOAD_TYPE,
            "payload": to_base64(self.manifest.raw),
            "signatures": [signature.to_json() for signature in self.signatures],
            "wraps": {name: to_base64(wrap) for name, wrap in self.wraps.items()},
            "body": to_base64(self.body),
        }
        if self.route:
            obj["route"] = {tag: _route_json(route) for tag, route in self.route.items()}
        return json.dumps(obj, separators=(",", ":")).encode("ascii")


def _route_json(route: Route) -> JsonObject:
    return {"agency": route.agency, "kid": route.kid, "nonce": route.nonce.hex()}


def new_notice_id() -> NoticeId:
    """A UUID version 7: milliseconds since 1970, then random bits (RFC 9562, section 5.7)."""
    raw = bytearray((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    digits = raw.hex()
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return NoticeId("-".join(parts))


def sign_manifest(manifest: Manifest, key: Signing) -> Signature:
    """An officer's signature over the exact bytes of a manifest."""
    return sign_payload(key, PAYLOAD_TYPE, manifest.raw)


def _hide(recipients: Sequence[Recipient]) -> dict[str, Route]:
    route: dict[str, Route] = {}
    for recipient in recipients:
        nonce = secrets.token_bytes(_NONCE)
        tag = blind_tag(nonce, recipient.kid, recipient.agency)
        route[tag] = Route(recipient.agency, recipient.kid, nonce)
    return dict(sorted(route.items()))


def _header_bytes(request: SealRequest, route: Mapping[str, Route]) -> bytes:
    named = sorted(request.to, key=lambda recipient: recipient.agency)
    optional = {"prev": request.prev, "re": request.re, "area": request.area}
    obj: JsonObject = {
        "v": 1,
        "suite": SUITE,
        "id": request.id,
        "rev": request.rev,
        "type": request.type,
        "act": request.act,
        "issuer": request.issuer,
        "issued": format_time(request.issued),
        "expires": format_time(request.expires),
        "to": [{"agency": each.agency, "kid": each.kid} for each in named]
        + [{"blind": tag} for tag in route],
        "handling": {"codes": sorted(request.handling), "tlp": request.tlp},
        "priority": request.priority,
        "log": {"origin": request.log.origin, "size": request.log.size, "root": request.log.root},
        **{name: value for name, value in optional.items() if value is not None},
    }
    return json.dumps(obj, separators=(",", ":")).encode("ascii")


def _wrap_all(
    request: SealRequest, route: Mapping[str, Route], c: bytes, key: ContentKey
) -> dict[str, bytes]:
    public = {each.kid: each.public for each in (*request.to, *request.hidden)}
    names: list[tuple[str, Kid]] = [(each.kid, each.kid) for each in request.to]
    names += [(tag, entry.kid) for tag, entry in route.items()]
    return {name: seal_to(public[kid], wrap_info(c, kid), key.secret) for name, kid in names}


def _manifest_bytes(header: bytes, blobs: Sequence[Blob], wraps: Mapping[str, bytes]) -> bytes:
    obj = {
        "header": to_base64(header),
        "blobs": [{"sha256": blob.sha256, "size": blob.size} for blob in blobs],
        "wraps": {name: hashlib.sha256(wrap).hexdigest() for name, wrap in wraps.items()},
    }
    return json.dumps(obj, separators=(",", ":")).encode("ascii")


def seal(request: SealRequest, folder: Path) -> SealedNotice:
    """Seal a notice.

    Args:
        request: what it is made of.
        folder: where the ciphertexts of files go, each named by its SHA-256.

    Returns:
        The sealed notice, without a signature.

    Raises:
        DraftError: a field breaks a rule of the format or exceeds a limit.
    """
    if len(request.payload) > limits.PAYLOAD_BYTES:
        raise DraftError("content: larger than 1 MiB")
    agencies = [each.agency for each in (*request.to, *request.hidden)]
    if len(set(agencies)) != len(agencies):
        raise DraftError("to: an agency stands twice among the recipients")
    route = _hide(request.hidden)
    header = _header_bytes(request, route)
    c = header_hash(header)
    key = ContentKey.generate(c)
    body = key.seal_body(request.payload)
    blobs = [Blob(Digest(hashlib.sha256(body).hexdigest()), len(body))]
    for number, path in enumerate(request.files, start=1):
        blobs.append(key.seal_file(number, path, folder))
    wraps = _wrap_all(request, route, c, key)
    try:
        # A sender holds itself to every rule that a recipient checks.
        manifest = decode_manifest(_manifest_bytes(header, blobs, wraps))
    except WireError as error:
        raise DraftError(error.detail) from None
    return SealedNotice(manifest, wraps, body, route)


def decode_sealed(raw: bytes) -> SealedNotice:
    """Read a signed envelope as the issuer keeps or shows it: with every wrap and route.

    Raises:
        VerificationError: ``malformed`` or ``unsupported``.
    """
    with verifying(1):
        envelope: Envelope = decode_envelope(raw)
        check_complete(envelope)
    return SealedNotice(
        envelope.manifest, envelope.wraps, envelope.body, envelope.route, envelope.signatures
    )
