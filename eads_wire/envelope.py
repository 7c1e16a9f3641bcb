"""Envelope and manifest: the sealed notice as it travels (specs/envelope.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from eads_wire import limits
from eads_wire.contexts import blind_tag
from eads_wire.dsse import Signature, decode_signatures, digest_of
from eads_wire.encoding import (
    AgencyId,
    Digest,
    Kid,
    as_agency,
    as_digest,
    as_int,
    as_kid,
    as_list,
    as_object,
    check_keys,
    check_unique,
    decode_json,
    from_base64,
)
from eads_wire.errors import fail, require
from eads_wire.header import Header, decode_header

PAYLOAD_TYPE: Final = "application/vnd.e-ads.notice.v1+json"


@dataclass(frozen=True, slots=True)
class Blob:
    """A piece of ciphertext by digest and size in bytes."""

    sha256: Digest
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the signatures lie over."""

    raw: bytes
    header_raw: bytes
    header: Header
    blobs: tuple[Blob, ...]
    wraps: Mapping[str, Digest]

    @property
    def digest(self) -> Digest:
        """Identity of this revision: SHA-256 of the exact bytes."""
        return digest_of(self.raw)


@dataclass(frozen=True, slots=True)
class Route:
    """Who is behind a blind tag."""

    agency: AgencyId
    kid: Kid
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed notice; ``wraps`` and ``route`` may be only the reader's own part."""

    manifest: Manifest
    signatures: tuple[Signature, ...]
    wraps: Mapping[str, bytes]
    body: bytes
    route: Mapping[str, Route]

    @property
    def header(self) -> Header:
        return self.manifest.header

    @property
    def digest(self) -> Digest:
        return self.manifest.digest

    def recipients(self) -> list[tuple[AgencyId, str]]:
        """Each recipient agency with the name of its wrap; needs the whole route."""
        named: list[tuple[AgencyId, str]] = [(e.agency, e.kid) for e in self.header.named]
        return named + [(self.route[tag].agency, tag) for tag in self.header.blind]


def decode_blobs(value: Any) -> tuple[Blob, ...]:
    """Decode ``blobs``: the body, then the files. Raises WireError ``malformed``."""
    blobs = []
    for number, item in enumerate(as_list(value, "blobs", least=1, most=1 + limits.FILES)):
        obj = as_object(item, "blob")
        check_keys(obj, ("sha256", "size"), what="blob")
        most = limits.FILE_BYTES if number else limits.BODY_BYTES
        blobs.append(
            Blob(as_digest(obj["sha256"], "sha256"), as_int(obj["size"], "size", most=most))
        )
    check_unique([blob.sha256 for blob in blobs], "blobs")
    return tuple(blobs)


def decode_manifest(raw: bytes) -> Manifest:
    """Decode a manifest and the header in it.

    Raises:
        WireError: ``malformed`` or ``unsupported``.
    """
    obj = decode_json(raw, limit=limits.MANIFEST_BYTES, what="manifest")
    check_keys(obj, ("header", "blobs", "wraps"), what="manifest")
    header_raw = from_base64(obj["header"], "header")
    header = decode_header(header_raw)
    wraps = {name: as_digest(v, "wrap") for name, v in as_object(obj["wraps"], "wraps").items()}
    exact = wraps.keys() == set(header.wrap_names)
    require(exact, "malformed", "the wraps are not those of the recipients")
    return Manifest(raw, header_raw, header, decode_blobs(obj["blobs"]), wraps)


def _decode_route(value: Any, header: Header) -> dict[str, Route]:
    route: dict[str, Route] = {}
    for tag, item in as_object(value, "route").items():
        require(tag in header.blind, "malformed", "a route is for no recipient")
        obj = as_object(item, "route entry")
        check_keys(obj, ("agency", "kid", "nonce"), what="route entry")
        nonce = bytes.fromhex(as_kid(obj["nonce"], "nonce"))
        route[tag] = Route(as_agency(obj["agency"]), as_kid(obj["kid"]), nonce)
    return route


def decode_envelope(raw: bytes) -> Envelope:
    """Step 1 of verification: size and form of everything that is there.

    Args:
        raw: the envelope as received, whole or with the reader's own wrap only.

    Raises:
        WireError: ``malformed`` or ``unsupported``.
    """
    obj = decode_json(raw, limit=limits.ENVELOPE_BYTES, what="envelope")
    known = obj.get("payloadType") == PAYLOAD_TYPE
    require(known, "unsupported", "payloadType is not that of a notice")
    check_keys(
        obj, ("payloadType", "payload", "signatures", "wraps", "body"), ("route",), what="envelope"
    )
    manifest = decode_manifest(from_base64(obj["payload"], "payload"))
    wraps = {
        name: from_base64(value, "wrap", size=limits.WRAP_BYTES)
        for name, value in as_object(obj["wraps"], "wraps").items()
    }
    known = wraps.keys() <= manifest.wraps.keys()
    require(known, "malformed", "a wrap is for no recipient")
    route = _decode_route(obj["route"], manifest.header) if "route" in obj else {}
    return Envelope(
        manifest,
        decode_signatures(obj["signatures"]),
        wraps,
        from_base64(obj["body"], "body"),
        route,
    )


def check_complete(envelope: Envelope) -> None:
    """The envelope carries every wrap and every route: what a sender posts.

    Raises:
        WireError: ``malformed`` where a wrap or route is missing or an agency stands twice.
    """
    every_wrap = envelope.wraps.keys() == envelope.manifest.wraps.keys()
    require(every_wrap, "malformed", "a recipient's wrap is missing")
    every_route = envelope.route.keys() == set(envelope.header.blind)
    require(every_route, "malformed", "a hidden recipient's route is missing")
    check_unique([agency for agency, _ in envelope.recipients()], "to")
    kids = [entry.kid for entry in envelope.header.named]
    check_unique(kids + [route.kid for route in envelope.route.values()], "to")


def _check_tag(tag: str, route: Route) -> None:
    same = blind_tag(route.nonce, route.kid, route.agency) == tag
    require(same, "not-for-me", "a route does not belong to its tag")


def check_route(envelope: Envelope) -> None:
    """Every route entry stands for its tag. Raises WireError ``not-for-me``."""
    for tag, route in envelope.route.items():
        _check_tag(tag, route)


def _check_wrap(envelope: Envelope, name: str) -> None:
    same = hashlib.sha256(envelope.wraps[name]).hexdigest() == envelope.manifest.wraps[name]
    require(same, "corrupt-payload", "a wrap is not the one that was signed")


def check_wraps(envelope: Envelope) -> None:
    """Every wrap at hand has the digest in the manifest. Raises WireError ``corrupt-payload``."""
    for name in envelope.wraps:
        _check_wrap(envelope, name)


def check_blob(blob: Blob, content: bytes) -> None:
    """Ciphertext has the size and digest that were signed. Raises ``corrupt-payload``."""
    require(len(content) == blob.size, "corrupt-payload", "a blob has the wrong size")
    same = hashlib.sha256(content).hexdigest() == blob.sha256
    require(same, "corrupt-payload", "a blob is not the one that was signed")


def wrap_for(envelope: Envelope, agency: AgencyId) -> tuple[Kid, bytes]:
    """Step 5: the reader's own wrap.

    Returns:
        The key that it is sealed to, and its 1168 bytes.

    Raises:
        WireError: ``not-for-me``; ``corrupt-payload`` where the wrap is missing or another.
    """
    name, kid = _place_of(envelope, agency)
    require(name in envelope.wraps, "corrupt-payload", "this agency's wrap was withheld")
    _check_wrap(envelope, name)
    return kid, envelope.wraps[name]


def _place_of(envelope: Envelope, agency: AgencyId) -> tuple[str, Kid]:
    """What the reader's wrap is keyed by, and the key that it is sealed to."""
    kid = envelope.header.kid_of(agency)
    if kid is not None:
        return kid, kid
    for tag, route in envelope.route.items():
        if route.agency == agency:
            _check_tag(tag, route)
            return tag, route.kid
    fail("not-for-me", "this agency is not among the recipients")
