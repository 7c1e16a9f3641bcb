"""Import and export of INTERPOL's public notice JSON.

No field is ever lost. Import maps what the payload can say, writes it back, and keeps every field
that did not come back letter for letter under `source` in the payload, as it was: unmapped ones
(which are reported too), empty ones, other spellings. Export puts the original back wherever it
still says what the payload says, so an imported notice exports as it was, and a corrected field
exports corrected.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eads_client.interpol_form import (
    NOT_STATED,
    RED_FIELDS,
    YELLOW_FIELDS,
    Reader,
    Unmapped,
    is_unknown,
)
from eads_client.interpol_writing import form_of
from eads_client.payloads.charges import Charge
from eads_client.payloads.foreign_source import ENTITY_ID_PATTERN, ForeignSource
from eads_client.payloads.missing_person import MissingPerson
from eads_client.payloads.record import BLOCK_MAX_CHARACTERS
from eads_client.payloads.refusal import ForeignNoticeError, PayloadError
from eads_client.payloads.strict_json import Json, read_json
from eads_client.payloads.wanted_person import WantedPerson

__all__ = [
    "ForeignNoticeError",
    "ImportResult",
    "ImportedNotice",
    "Unmapped",
    "import_path",
    "read_notice",
    "to_interpol",
]

# A payload may keep the whole original besides what was mapped, and has 1 MiB for both.
MAX_NOTICE_BYTES = 256 * 1024

_COLOUR_IN_ADDRESS = re.compile(r"/notices/v[0-9]+/([a-z-]+)/")
_TOO_LARGE = "larger than 256 KiB; this is no notice"
_TYPES = {"red": "wanted-person", "yellow": "missing-person"}
_FIELDS = {"wanted-person": RED_FIELDS, "missing-person": YELLOW_FIELDS}
# Fields that say one thing together: they are put back together or not at all.
_TOGETHER = (frozenset({"forename", "name"}), frozenset({"mother_name", "mother_forename"}))


@dataclass(frozen=True)
class ImportedNotice:
    """A notice that was read.

    Attributes:
        notice_type: `wanted-person` or `missing-person`.
        payload: the payload; valid, though seldom complete.
        unmapped: what has no place in it and is kept under `source`.
    """

    notice_type: str
    payload: WantedPerson | MissingPerson
    unmapped: tuple[Unmapped, ...]


@dataclass(frozen=True)
class ImportResult:
    """What became of one file: either a notice or an error.

    Attributes:
        file: the file.
        notice: the notice, or None.
        error: why there is none; names the file and the field.
    """

    file: Path
    notice: ImportedNotice | None
    error: ForeignNoticeError | None


def import_path(path: Path) -> Iterator[ImportResult]:
    """Read a file, or all `*.json` files of a folder in the order of their names.

    Args:
        path: file or folder.

    Yields:
        One result a file; a bad file does not stop the rest.
    """
    paths = sorted(path.glob("*.json")) if path.is_dir() else [path]
    for each in paths:
        try:
            notice = read_notice(_read_file(each))
        except ForeignNoticeError as error:
            refused = ForeignNoticeError(error.field, error.message, each.name)
            yield ImportResult(each, None, refused)
        else:
            yield ImportResult(each, notice, None)


def read_notice(data: bytes) -> ImportedNotice:
    """Read one notice.

    Args:
        data: a red or yellow notice in INTERPOL's public form, at most 256 KiB.

    Returns:
        The notice.

    Raises:
        ForeignNoticeError: it is no such notice, or a field is nonsense; `.field` names it.
    """
    if len(data) > MAX_NOTICE_BYTES:
        raise ForeignNoticeError("payload", _TOO_LARGE)
    try:
        document = read_json(data, fractions=True)
    except PayloadError as error:
        raise ForeignNoticeError(error.field, error.message) from None
    if not isinstance(document, dict):
        raise ForeignNoticeError("payload", "must be an object")
    notice_type = _type_of(document)
    payload, unmapped = _read(notice_type, document)
    kept = _lost_between(document, form_of(payload))
    try:
        source = ForeignSource(entity_id=_entity_id(document), fields=kept)
    except ValueError:
        raise ForeignNoticeError(
            "payload", "has too many fields, or the name of one is no line of text"
        ) from None
    return ImportedNotice(notice_type, payload.model_copy(update={"source": source}), unmapped)


def to_interpol(payload: WantedPerson | MissingPerson) -> dict[str, Json]:
    """Write a payload in INTERPOL's public form.

    Args:
        payload: a wanted or missing person, imported or drafted here.

    Returns:
        The notice. Of an imported one exactly its own fields, with the original value where the
        payload still says the same; of another all fields of the form, null where not known.
    """
    form = form_of(payload)
    if payload.source is None:
        return form
    originals = payload.source.originals()
    changed = _changed(payload.type, form, originals)
    known = {
        key: originals[key] if key in originals and key not in changed else value
        for key, value in form.items()
        if key in originals or value is not None
    }
    return known | {key: value for key, value in originals.items() if key not in form}


def _read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_NOTICE_BYTES:
            raise ForeignNoticeError("payload", _TOO_LARGE)
        return path.read_bytes()
    except OSError as error:
        raise ForeignNoticeError("file", error.strerror or "cannot be read") from None


def _read(
    notice_type: str, document: dict[str, Json]
) -> tuple[WantedPerson | MissingPerson, tuple[Unmapped, ...]]:
    reader = Reader(document)
    source = ForeignSource(entity_id=_entity_id(document), fields={})
    payload: WantedPerson | MissingPerson
    if notice_type == "wanted-person":
        charges = reader.charges()
        payload = WantedPerson(
            action="arrest",
            reason=_reason(charges),
            person=reader.person(),
            charges=charges,
            source=source,
        )
    else:
        payload = MissingPerson(
            action="locate",
            person=reader.person(reader.relatives()),
            last_seen=reader.last_seen(),
            source=source,
        )
    for key in document:
        if key == "_links":
            reader.leave(key, "addresses of INTERPOL's web service")
        elif key not in _FIELDS[notice_type]:
            reader.leave(key, "no such field in the payload")
    return payload, tuple(reader.unmapped)


def _reason(charges: tuple[Charge, ...]) -> str:
    """The charges in one text. Nothing is made up where there are none."""
    texts = dict.fromkeys(text for each in charges if (text := each.english or each.text))
    return "; ".join(texts)[:BLOCK_MAX_CHARACTERS].strip() or f"Reason {NOT_STATED}"


def _type_of(document: dict[str, Json]) -> str:
    """Red or yellow: by the notice's own address, then by fields that only one of them has."""
    address = _own_address(document.get("_links"))
    if (match := _COLOUR_IN_ADDRESS.search(address)) is not None:
        if match[1] not in _TYPES:
            raise ForeignNoticeError("_links.self.href", "only red and yellow notices are read")
        return _TYPES[match[1]]
    telling = (("arrest_warrants", "wanted-person"), ("date_of_event", "missing-person"))
    for field, notice_type in telling:
        if not is_unknown(document.get(field)):
            return notice_type
    for field, notice_type in telling:
        if field in document:
            return notice_type
    raise ForeignNoticeError(
        "_links.self.href", "cannot tell red from yellow; give the address or arrest_warrants"
    )


def _own_address(links: Json) -> str:
    for key, field in (("self", "_links"), ("href", "_links.self")):
        if is_unknown(links):
            return ""
        if not isinstance(links, dict):
            raise ForeignNoticeError(field, "must be an object")
        links = links.get(key)
    if not is_unknown(links) and not isinstance(links, str):
        raise ForeignNoticeError("_links.self.href", "must be text")
    return links if isinstance(links, str) else ""


def _entity_id(document: dict[str, Json]) -> str:
    value = document.get("entity_id")
    if not isinstance(value, str) or not re.fullmatch(ENTITY_ID_PATTERN, value):
        raise ForeignNoticeError("entity_id", "write the number as YYYY/N, such as 1993/27493")
    return value


def _lost_between(document: dict[str, Json], form: dict[str, Json]) -> dict[str, str]:
    """The fields that writing does not give back letter for letter, as JSON text."""
    texts = {key: _json_text(value) for key, value in document.items()}
    return {
        key: text
        for key, text in texts.items()
        if key not in form or form[key] is None or _json_text(form[key]) != text
    }


def _changed(notice_type: str, form: dict[str, Json], originals: dict[str, Json]) -> frozenset[str]:
    """The kept fields whose original no longer says what the payload says."""
    try:
        payload, _ = _read(notice_type, form | originals)
    except ForeignNoticeError:
        return frozenset(form)  # originals that nobody can read say nothing
    again = form_of(payload)
    changed = {key for key in form if again[key] != form[key]}
    groups = (group for group in _TOGETHER if group & changed)
    return frozenset(changed.union(*groups))


def _json_text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
