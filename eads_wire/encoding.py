"""Strict JSON, base64, hex, times and identifiers (specs/README.md, "Conventions")."""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NewType

from eads_wire.errors import Stage, fail, require

AgencyId = NewType("AgencyId", str)
OfficerId = NewType("OfficerId", str)
KeyId = NewType("KeyId", str)
"""Name of a signing key: 32 hex digits."""
Kid = NewType("Kid", str)
"""Name of an encryption key: 32 hex digits."""
Digest = NewType("Digest", str)
"""A SHA-256 as 64 hex digits."""
NoticeId = NewType("NoticeId", str)

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 16

_AGENCY = re.compile(r"[A-Z]{2,3}-[A-Z0-9]{2,16}")
_OFFICER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HEX32 = re.compile(r"[0-9a-f]{32}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TIME = re.compile(r"[2-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,15}")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

JsonObject = dict[str, Any]


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    result = dict(pairs)
    require(len(result) == len(pairs), "malformed", "an object has the same key twice")
    return result


def _integer(digits: str) -> int:
    require(_INTEGER.fullmatch(digits) is not None, "malformed", "a number is not a plain integer")
    value = int(digits)
    require(value <= MAX_INTEGER, "malformed", "a number is 2^53 or more")
    return value


def _no_float(_digits: str) -> Any:
    fail("malformed", "a number has a fraction or an exponent")


def _check_tree(value: Any, around: int) -> None:
    """Check strings and nesting; ``around`` objects and lists enclose the value."""
    if isinstance(value, str):
        if _SURROGATE.search(value):
            fail("malformed", "a string has a lone surrogate")
    elif isinstance(value, (list, dict)):
        if around == MAX_DEPTH:
            fail("malformed", "objects and lists nest too deep")
        for item in value:
            _check_tree(item, around + 1)
        if isinstance(value, dict):
            for item in value.values():
                _check_tree(item, around + 1)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_no_float,
    parse_constant=_no_float,
)


def decode_json(raw: bytes, *, limit: int, what: str) -> JsonObject:
    """Decode one strict JSON object.

    Args:
        raw: the bytes as received.
        limit: largest size allowed, in bytes; checked first.
        what: the name of the thing, for error texts.

    Returns:
        The object: dicts, lists, str, int, bool, None.

    Raises:
        WireError: ``malformed``.
    """
    require(len(raw) <= limit, "malformed", f"{what} is larger than {limit} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        fail("malformed", f"{what} is not UTF-8")
    require(not text.startswith("\ufeff"), "malformed", f"{what} begins with a byte order mark")
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):  # the parser gives up on nesting before we count it
        fail("malformed", f"{what} is not JSON")
    require(isinstance(value, dict), "malformed", f"{what} is not an object")
    _check_tree(value, 0)
    return value  # type: ignore[no-any-return]


def check_keys(
    obj: JsonObject, required: Iterable[str], optional: Iterable[str] = (), *, what: str
) -> None:
    """Refuse missing and unknown keys of an object. Raises WireError ``malformed``."""
    needed = set(required)
    missing = needed - obj.keys()
    require(not missing, "malformed", f"{what} has no {', '.join(sorted(missing))}")
    unknown = obj.keys() - needed - set(optional)
    require(not unknown, "malformed", f"{what} has a key that is not part of the format")


def as_object(value: Any, what: str) -> JsonObject:
    """The value, if it is an object; else WireError ``malformed``."""
    if not isinstance(value, dict):
        fail("malformed", f"{what} is not an object")
    return value


def as_list(value: Any, what: str, *, least: int, most: int) -> list[Any]:
    """The value, if it is a list of ``least`` to ``most`` items; else WireError ``malformed``."""
    if not isinstance(value, list):
        fail("malformed", f"{what} is not a list")
    require(least <= len(value) <= most, "malformed", f"{what} has not {least} to {most} entries")
    return value


def as_text(value: Any, what: str) -> str:
    """The value, if it is a string; else WireError ``malformed``."""
    if not isinstance(value, str):
        fail("malformed", f"{what} is not a string")
    return value


def as_int(value: Any, what: str, *, least: int = 0, most: int = MAX_INTEGER) -> int:
    """The value, if it is an integer in the range; else WireError ``malformed``."""
    if not isinstance(value, int) or isinstance(value, bool):
        fail("malformed", f"{what} is not an integer")
    require(least <= value <= most, "malformed", f"{what} is not from {least} to {most}")
    return value


def as_choice(value: Any, choices: Iterable[str], what: str, stage: Stage = "malformed") -> str:
    """The value, if it is one of ``choices``; else a WireError of ``stage``."""
    text = as_text(value, what)
    require(text in choices, stage, f"{what} is not a known value")
    return text


def _matched(value: Any, pattern: re.Pattern[str], what: str) -> str:
    text = as_text(value, what)
    require(pattern.fullmatch(text) is not None, "malformed", f"{what} does not have its form")
    return text


def as_agency(value: Any, what: str = "agency") -> AgencyId:
    """An agency identifier such as ``ID-POLRI``."""
    return AgencyId(_matched(value, _AGENCY, what))


def as_officer(value: Any, what: str = "officer id") -> OfficerId:
    """An officer identifier."""
    return OfficerId(_matched(value, _OFFICER, what))


def as_keyid(value: Any, what: str = "keyid") -> KeyId:
    """The name of a signing key."""
    return KeyId(_matched(value, _HEX32, what))


def as_kid(value: Any, what: str = "kid") -> Kid:
    """The name of an encryption key."""
    return Kid(_matched(value, _HEX32, what))


def as_digest(value: Any, what: str) -> Digest:
    """A SHA-256 in hex."""
    return Digest(_matched(value, _HEX64, what))


def as_notice_id(value: Any, what: str = "id") -> NoticeId:
    """A UUID version 7 (RFC 9562)."""
    return NoticeId(_matched(value, _UUID7, what))


def as_time(value: Any, what: str) -> datetime:
    """A time ``YYYY-MM-DDTHH:MM:SSZ`` as an aware UTC datetime."""
    text = _matched(value, _TIME, what)
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        fail("malformed", f"{what} is not a real time")


def format_time(moment: datetime) -> str:
    """An aware datetime in the form of the wire; fractions of a second are cut."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_base64(value: Any, what: str, *, size: int | None = None) -> bytes:
    """Decode canonical padded base64 (RFC 4648 section 4).

    Args:
        value: the JSON value.
        what: for error texts.
        size: exact number of bytes expected, if fixed.

    Raises:
        WireError: ``malformed``.
    """
    text = as_text(value, what)
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        fail("malformed", f"{what} is not base64")
    require(base64.b64encode(raw).decode() == text, "malformed", f"{what} is not canonical base64")
    require(size is None or len(raw) == size, "malformed", f"{what} has not {size} bytes")
    return raw


def to_base64(raw: bytes) -> str:
    """Encode as padded base64."""
    return base64.b64encode(raw).decode("ascii")


def check_rising(values: Sequence[str], what: str) -> None:
    """Refuse a list that is not strictly rising. Raises WireError ``malformed``."""
    rising = all(a < b for a, b in itertools.pairwise(values))
    require(rising, "malformed", f"{what} is not in strictly rising order")


def check_unique(values: Sequence[str], what: str) -> None:
    """Refuse a list with a repeated value. Raises WireError ``malformed``."""
    require(len(set(values)) == len(values), "malformed", f"{what} has a value twice")
