"""Region: who is a member (specs/region.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from eads_wire import limits
from eads_wire.dsse import Document, decode_document
from eads_wire.encoding import (
    AgencyId,
    Digest,
    KeyId,
    as_agency,
    as_choice,
    as_int,
    as_keyid,
    as_list,
    as_object,
    as_text,
    check_keys,
    check_rising,
    check_unique,
    decode_json,
)
from eads_wire.errors import require
from eads_wire.header import as_origin
from eads_wire.roots import (
    Roots,
    Version,
    check_fresh,
    check_succession,
    decode_roots,
    decode_version,
    verify_roots,
)
from eads_wire.verifier_key import ED25519, VerifierKey, decode_verifier_key

PAYLOAD_TYPE: Final = "application/vnd.e-ads.region.v1+json"
_REGION = re.compile(r"[A-Z][A-Z0-9-]{1,31}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,200}")


@dataclass(frozen=True, slots=True)
class Member:
    """An agency as the region knows it."""

    agency: AgencyId
    country: str
    name: str
    roots: tuple[KeyId, ...]
    root_quorum: int
    active: bool


@dataclass(frozen=True, slots=True)
class Region:
    """A decoded region document."""

    digest: Digest
    region: str
    version: Version
    roots: Roots
    origin: str
    log_keys: tuple[VerifierKey, ...]
    members: tuple[Member, ...]

    def member(self, agency: AgencyId) -> Member | None:
        return next((m for m in self.members if m.agency == agency), None)


def _text_of(value: Any, pattern: re.Pattern[str], what: str) -> str:
    text = as_text(value, what)
    require(pattern.fullmatch(text) is not None, "malformed", f"{what} does not have its form")
    return text


def _decode_member(value: Any) -> Member:
    obj = as_object(value, "member")
    keys = ("agency", "country", "name", "roots", "root_quorum", "status")
    check_keys(obj, keys, what="member")
    roots = [
        as_keyid(item) for item in as_list(obj["roots"], "member roots", least=1, most=limits.ROOTS)
    ]
    check_unique(roots, "member roots")
    return Member(
        as_agency(obj["agency"]),
        _text_of(obj["country"], _COUNTRY, "country"),
        _text_of(obj["name"], _NAME, "name"),
        tuple(roots),
        as_int(obj["root_quorum"], "root_quorum", least=1, most=len(roots)),
        as_choice(obj["status"], ("active", "suspended"), "status") == "active",
    )


def _decode_log(value: Any) -> tuple[str, tuple[VerifierKey, ...]]:
    obj = as_object(value, "log")
    check_keys(obj, ("origin", "keys"), what="log")
    origin = as_origin(obj["origin"])
    keys = tuple(
        decode_verifier_key(as_text(item, "log key"))
        for item in as_list(obj["keys"], "log keys", least=1, most=4)
    )
    for key in keys:
        own = key.name == origin and key.algorithm == ED25519
        require(own, "malformed", "a log key is not an Ed25519 key under the origin's name")
    return origin, keys


def decode_region(raw: bytes) -> tuple[Region, Document]:
    """Step 1: form.

    Raises:
        WireError: ``malformed`` or ``unsupported``.
    """
    document = decode_document(raw, PAYLOAD_TYPE, limit=limits.REGION_BYTES, what="region")
    obj = decode_json(document.payload, limit=limits.REGION_BYTES, what="region payload")
    require(obj.get("v") == 1 and obj["v"] is not True, "unsupported", "v is not 1")
    required = (
        *("v", "region", "version", "issued", "expires"),
        *("roots", "root_quorum", "log", "members"),
    )
    check_keys(obj, required, ("prev",), what="region")
    origin, log_keys = _decode_log(obj["log"])
    members = tuple(
        _decode_member(m) for m in as_list(obj["members"], "members", least=0, most=limits.MEMBERS)
    )
    check_rising([m.agency for m in members], "members")
    region = Region(
        document.digest,
        _text_of(obj["region"], _REGION, "region"),
        decode_version(obj),
        decode_roots(obj),
        origin,
        log_keys,
        members,
    )
    return region, document


def verify_region(raw: bytes, before: Region | None, *, fingerprint: str | None = None) -> Region:
    """Steps 1 to 3 of verification.

    Args:
        raw: the document as received.
        before: the version held, or None for the first that is accepted.
        fingerprint: for the first, the roots' fingerprint that the user compared; None only where
            the caller knows the document by another way, as the hub does from its operator.

    Raises:
        WireError: naming the first stage that fails.
    """
    region, document = decode_region(raw)
    if before is not None:
        require(region.region == before.region, "unknown-key", "the document is another region's")
        check_succession(region.version, before.version, before.digest)
    elif fingerprint is not None:
        same = region.roots.fingerprint == fingerprint
        require(same, "unknown-key", "the roots are not those that were compared")
    verify_roots(document, region.roots, before.roots if before else None)
    return region


def check_region_fresh(region: Region, now: datetime) -> None:
    """Step 4. Raises WireError ``stale``."""
    check_fresh(region.version, now)
