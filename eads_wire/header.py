"""Header of a notice: what the hub may read (specs/envelope.md, "Header")."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eads_wire import limits
from eads_wire.encoding import (
    AgencyId,
    Digest,
    JsonObject,
    Kid,
    NoticeId,
    as_agency,
    as_choice,
    as_digest,
    as_int,
    as_kid,
    as_list,
    as_notice_id,
    as_object,
    as_text,
    as_time,
    check_keys,
    check_rising,
    check_unique,
    decode_json,
)
from eads_wire.errors import require
from eads_wire.notice_types import (
    ACTS,
    ANSWERS,
    AREAS,
    HANDLING,
    LONGEST_LIFE,
    PRIORITIES,
    TLP,
    TYPES,
)

SUITE = "EADS1"
EMPTY_LOG = hashlib.sha256(b"").hexdigest()
_ORIGIN = re.compile(r"[!-*,-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Named:
    """A recipient that everybody may see."""

    agency: AgencyId
    kid: Kid


@dataclass(frozen=True, slots=True)
class LogHead:
    """The log as the issuer had seen it."""

    origin: str
    size: int
    root: Digest


@dataclass(frozen=True, slots=True)
class Header:
    """The decoded header; ``named`` and ``blind`` are the two halves of ``to``."""

    id: NoticeId
    rev: int
    prev: Digest | None
    type: str
    act: str
    re: Digest | None
    issuer: AgencyId
    issued: datetime
    expires: datetime
    named: tuple[Named, ...]
    blind: tuple[str, ...]
    handling: tuple[str, ...]
    tlp: str
    priority: str
    area: str | None
    log: LogHead

    @property
    def wrap_names(self) -> tuple[str, ...]:
        """What each wrap is keyed by: kids of the named, tags of the hidden recipients."""
        return tuple(entry.kid for entry in self.named) + self.blind

    def kid_of(self, agency: AgencyId) -> Kid | None:
        """Key that a named recipient's wrap is sealed to, or None."""
        return next((entry.kid for entry in self.named if entry.agency == agency), None)


_REQUIRED = (
    "v",
    "suite",
    "id",
    "rev",
    "type",
    "act",
    "issuer",
    "issued",
    "expires",
    "to",
    "handling",
    "priority",
    "log",
)
_OPTIONAL = ("prev", "re", "area")


def as_origin(value: Any, what: str = "origin") -> str:
    """Name of a hub. Raises WireError ``malformed``."""
    text = as_text(value, what)
    require(_ORIGIN.fullmatch(text) is not None, "malformed", f"{what} does not have its form")
    return text


def _decode_to(value: Any, issuer: AgencyId) -> tuple[tuple[Named, ...], tuple[str, ...]]:
    named: list[Named] = []
    blind: list[str] = []
    for item in as_list(value, "to", least=1, most=limits.RECIPIENTS):
        entry = as_object(item, "recipient")
        if "blind" in entry:
            check_keys(entry, ("blind",), what="recipient")
            blind.append(as_digest(entry["blind"], "blind"))
        else:
            check_keys(entry, ("agency", "kid"), what="recipient")
            require(not blind, "malformed", "a named recipient stands after a hidden one")
            named.append(Named(as_agency(entry["agency"]), as_kid(entry["kid"])))
    check_rising([entry.agency for entry in named], "to")
    check_rising(blind, "to")
    check_unique([entry.kid for entry in named], "to")
    issuer_named = any(entry.agency == issuer for entry in named)
    require(issuer_named, "malformed", "the issuer is not among the named recipients")
    return tuple(named), tuple(blind)


def _decode_handling(value: Any) -> tuple[tuple[str, ...], str]:
    obj = as_object(value, "handling")
    check_keys(obj, ("codes", "tlp"), what="handling")
    items = as_list(obj["codes"], "handling codes", least=1, most=len(HANDLING))
    codes = [as_choice(item, HANDLING, "handling code") for item in items]
    check_rising(codes, "handling codes")
    return tuple(codes), as_choice(obj["tlp"], TLP, "tlp")


def _decode_log(value: Any) -> LogHead:
    obj = as_object(value, "log")
    check_keys(obj, ("origin", "size", "root"), what="log")
    size, root = as_int(obj["size"], "size"), as_digest(obj["root"], "root")
    require(size > 0 or root == EMPTY_LOG, "malformed", "the root is not that of an empty log")
    return LogHead(as_origin(obj["origin"]), size, root)


def _decode_revision(obj: JsonObject) -> tuple[int, Digest | None]:
    rev = as_int(obj["rev"], "rev", least=1, most=limits.REVISIONS)
    require(("prev" in obj) == (rev > 1), "malformed", "prev stands exactly from rev 2 on")
    return rev, as_digest(obj["prev"], "prev") if rev > 1 else None


def decode_header(raw: bytes) -> Header:
    """Decode a header by every rule of the specification.

    Raises:
        WireError: ``malformed``; ``unsupported`` for another version, suite or type.
    """
    obj = decode_json(raw, limit=limits.HEADER_BYTES, what="header")
    require(obj.get("v") == 1 and obj["v"] is not True, "unsupported", "v is not 1")
    require(obj.get("suite") == SUITE, "unsupported", f"suite is not {SUITE}")
    check_keys(obj, _REQUIRED, _OPTIONAL, what="header")
    notice_id = as_notice_id(obj["id"])
    rev, prev = _decode_revision(obj)
    kind = as_choice(obj["type"], TYPES, "type", "unsupported")
    act = as_choice(obj["act"], ACTS, "act")
    require((act == "issue") == (rev == 1), "malformed", "act is issue exactly at rev 1")
    require(("re" in obj) == (kind in ANSWERS), "malformed", "re stands exactly in answers")
    issuer = as_agency(obj["issuer"], "issuer")
    issued, expires = as_time(obj["issued"], "issued"), as_time(obj["expires"], "expires")
    require(expires > issued, "malformed", "expires is not after issued")
    require(expires - issued <= LONGEST_LIFE[kind], "malformed", "expires is too late for the type")
    named, blind = _decode_to(obj["to"], issuer)
    codes, tlp = _decode_handling(obj["handling"])
    return Header(
        id=notice_id,
        rev=rev,
        prev=prev,
        type=kind,
        act=act,
        re=as_digest(obj["re"], "re") if kind in ANSWERS else None,
        issuer=issuer,
        issued=issued,
        expires=expires,
        named=named,
        blind=blind,
        handling=codes,
        tlp=tlp,
        priority=as_choice(obj["priority"], PRIORITIES, "priority"),
        area=as_choice(obj["area"], AREAS, "area") if "area" in obj else None,
        log=_decode_log(obj["log"]),
    )
