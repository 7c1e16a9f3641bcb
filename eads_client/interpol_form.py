"""The fields of INTERPOL's public notice JSON, one by one, in both directions.

Red notices hold a wanted person, yellow ones a missing person. In real files null, "-", 0 and an
empty list all mean that nothing is known. `Reader` turns fields into parts of a payload and notes
what has no place there; `form_of` writes a payload in INTERPOL's form. What the two lose between
them is found by comparison, in `interpol`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from eads_client.payloads.charges import Charge, Warrant
from eads_client.payloads.codec import as_payload_error
from eads_client.payloads.codes import COUNTRIES, LANGUAGES, TERMINOLOGICAL_LANGUAGES
from eads_client.payloads.colours import EYES, HAIR, ColourList
from eads_client.payloads.dates import PartialDate
from eads_client.payloads.identity import (
    MAX_HEIGHT_CM,
    MAX_WEIGHT_KG,
    MIN_HEIGHT_CM,
    Mark,
    Person,
    Relative,
)
from eads_client.payloads.missing_person import LastSeen
from eads_client.payloads.names import Name, script_of
from eads_client.payloads.places import Place
from eads_client.payloads.record import LIST_MAX_ITEMS, Block, Line
from eads_client.payloads.refusal import ForeignNoticeError
from eads_client.payloads.strict_json import Json

T = TypeVar("T")

PERSON_FIELDS = (
    "entity_id",
    "forename",
    "name",
    "date_of_birth",
    "place_of_birth",
    "country_of_birth_id",
    "nationalities",
    "sex_id",
    "height",
    "weight",
    "eyes_colors_id",
    "hairs_id",
    "languages_spoken_ids",
    "distinguishing_marks",
)
RED_FIELDS = (*PERSON_FIELDS, "arrest_warrants")
YELLOW_FIELDS = (
    *PERSON_FIELDS,
    "birth_name",
    "father_forename",
    "mother_name",
    "mother_forename",
    "place",
    "country",
    "date_of_event",
)
WARRANT_FIELDS = ("charge", "charge_translation", "issuing_country_id")
NOT_STATED = "not stated in the INTERPOL notice"

# INTERPOL's own codes for courts and entities that are no ISO country, such as 914 and 922.
_SPECIAL_COUNTRY = re.compile(r"9[0-9]{2}")
_DATE = re.compile(r"([0-9]{4})(?:/([0-9]{1,2})(?:/([0-9]{1,2}))?)?")
_LANGUAGE = re.compile(r"[A-Za-z]{3}")
_SEXES = {"M": "M", "F": "F", "U": "X"}  # INTERPOL's "unknown" is ICAO's "unspecified"
_LINE: TypeAdapter[str] = TypeAdapter(Line)
_BLOCK: TypeAdapter[str] = TypeAdapter(Block)


@dataclass(frozen=True)
class Unmapped:
    """A value that has no place in the payload; it is kept under `source`.

    Attributes:
        field: where it stands in the file, such as `arrest_warrants[1].issuing_country_id`.
        value: the value.
        why: why it was not mapped.
    """

    field: str
    value: Json
    why: str


def is_unknown(value: Json) -> bool:
    """Whether a value of INTERPOL's form says that nothing is known."""
    if isinstance(value, str):
        return value.strip() in ("", "-")
    return value is None or value == [] or (not isinstance(value, bool) and value == 0)


class Reader:
    """Reads the fields of one notice.

    Args:
        document: the parsed notice.

    Attributes:
        unmapped: what was met that has no place in the payload.

    Every method raises `ForeignNoticeError` with the field's name when a value is nonsense.
    """

    def __init__(self, document: dict[str, Json]) -> None:
        self._document = document
        self.unmapped: list[Unmapped] = []

    def person(self, relatives: tuple[Relative, ...] = ()) -> Person:
        """The person of the notice."""
        born = self.date("date_of_birth")
        marks = self._text("distinguishing_marks", _BLOCK)
        return self._built(
            "name",
            lambda: Person(
                names=self._names(),
                date_of_birth=born,
                date_of_birth_unknown=NOT_STATED if born is None else None,
                sex=self._sex(),
                nationalities=tuple(self._list("nationalities", self._country)),
                place_of_birth=self._text("place_of_birth", _LINE),
                country_of_birth=self.country("country_of_birth_id"),
                height_cm=self._measure("height", 100, MIN_HEIGHT_CM, MAX_HEIGHT_CM, "m"),
                weight_kg=self._measure("weight", 1, 1, MAX_WEIGHT_KG, "kg"),
                eyes=tuple(self._list("eyes_colors_id", _colour(EYES))),
                hair=tuple(self._list("hairs_id", _colour(HAIR))),
                languages=tuple(self._list("languages_spoken_ids", self._language)),
                marks=() if marks is None else (Mark(text=marks),),
                relatives=relatives,
            ),
        )

    def charges(self) -> tuple[Charge, ...]:
        """The charges of a red notice, each with the country of its warrant."""
        value = self._document.get("arrest_warrants")
        if is_unknown(value):
            return ()
        if not isinstance(value, list) or len(value) > LIST_MAX_ITEMS:
            raise ForeignNoticeError(
                "arrest_warrants", f"must be a list of at most {LIST_MAX_ITEMS}"
            )
        return tuple(self._charge(f"arrest_warrants[{at}]", each) for at, each in enumerate(value))

    def relatives(self) -> tuple[Relative, ...]:
        """The parents of a yellow notice."""
        father = self._name("father_forename", "given")
        mother = (*self._name("mother_name", "surname"), *self._name("mother_forename", "given"))
        pairs = (("father", father), ("mother", mother))
        return tuple(Relative(relation=relation, names=names) for relation, names in pairs if names)

    def last_seen(self) -> LastSeen | None:
        """Where and when the person of a yellow notice was last seen."""
        name, country = self._text("place", _LINE), self.country("country")
        date = self.date("date_of_event")
        if name is None and country is None and date is None:
            return None
        place = Place(name=name, country=country) if name or country else None
        return LastSeen(date=date, place=place)

    def date(self, field: str) -> PartialDate | None:
        """A date, to the year, month or day; it may not lie in the future."""
        text = self._text(field, _LINE)
        if text is None:
            return None
        if (parts := _DATE.fullmatch(text)) is None:
            raise ForeignNoticeError(field, "write the date as YYYY/MM/DD, YYYY/MM or YYYY")
        iso = "-".join(part.zfill(2) for part in parts.groups() if part is not None)
        date = self._built(field, lambda: PartialDate(iso))
        if date.earliest > (datetime.now(UTC) + timedelta(days=1)).date():
            raise ForeignNoticeError(field, "lies in the future")
        return date

    def country(self, field: str) -> str | None:
        """A country; None for INTERPOL's special codes, which are noted."""
        value = self._document.get(field)
        return None if is_unknown(value) else self._country(field, value)

    def leave(self, field: str, why: str) -> None:
        """Note a field that has no place in the payload."""
        self.unmapped.append(Unmapped(field, self._document[field], why))

    def _names(self) -> tuple[Name, ...]:
        surname, given = self._text("name", _LINE), self._text("forename", _LINE)
        if surname is not None and given is not None:
            main = (*self._name("name", "surname"), *self._name("forename", "given"))
        elif (only := surname or given) is not None:
            # One field filled: the only name, or a whole name that nobody has taken apart.
            field = "name" if surname is not None else "forename"
            main = self._name(field, "full" if " " in only else "single")
        else:
            raise ForeignNoticeError("name", "give the name; a notice without any is of no use")
        return (*main, *self._name("birth_name", "birth"))

    def _name(self, field: str, role: str) -> tuple[Name, ...]:
        text = self._text(field, _LINE)
        if text is None:
            return ()
        return (self._built(field, lambda: Name(value=text, script=script_of(text), role=role)),)

    def _sex(self) -> str | None:
        value = self._document.get("sex_id")
        if is_unknown(value):
            return None
        if not isinstance(value, str) or value not in _SEXES:
            raise ForeignNoticeError("sex_id", "use M, F or U")
        return _SEXES[value]

    def _charge(self, field: str, value: Json) -> Charge:
        if not isinstance(value, dict):
            raise ForeignNoticeError(field, "must be an object")
        inner = Reader(value)
        try:
            text = inner._text("charge", _BLOCK)
            english = inner._text("charge_translation", _BLOCK)
            country = inner.country("issuing_country_id")
        except ForeignNoticeError as error:
            raise ForeignNoticeError(f"{field}.{error.field}", error.message) from None
        for key in value:
            if key not in WARRANT_FIELDS:
                inner.leave(key, "no such field in the payload")
        for each in inner.unmapped:
            self.unmapped.append(Unmapped(f"{field}.{each.field}", each.value, each.why))
        warrant = None if country is None else Warrant(country=country)
        return Charge(text=text, english=english, warrant=warrant)

    def _text(self, field: str, form: TypeAdapter[str]) -> str | None:
        value = self._document.get(field)
        if is_unknown(value):
            return None
        if not isinstance(value, str):
            raise ForeignNoticeError(field, "must be text")
        text = value.replace("\r\n", "\n").strip()
        return self._built(field, lambda: form.validate_python(text))

    def _measure(self, field: str, factor: int, least: int, most: int, unit: str) -> int | None:
        value = self._document.get(field)
        if is_unknown(value):
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ForeignNoticeError(field, "must be a number")
        # Through the shortest decimal form: 1.83 m is 183 cm, not 182.99999999999997.
        whole = int((Decimal(str(value)) * factor).quantize(Decimal(1), ROUND_HALF_UP))
        if not least <= whole <= most:
            limits = f"between {Decimal(least) / factor} and {Decimal(most) / factor} {unit}"
            raise ForeignNoticeError(field, f"must be {limits}, or 0 where it is not known")
        return whole

    def _list(self, field: str, read: Callable[[str, Json], str | None]) -> list[str]:
        value = self._document.get(field)
        if is_unknown(value):
            return []
        if not isinstance(value, list) or len(value) > LIST_MAX_ITEMS:
            raise ForeignNoticeError(field, f"must be a list of at most {LIST_MAX_ITEMS}")
        found = [read(f"{field}[{at}]", v) for at, v in enumerate(value) if not is_unknown(v)]
        return list(dict.fromkeys(code for code in found if code is not None))

    def _country(self, field: str, value: Json) -> str | None:
        if isinstance(value, str):
            if value in COUNTRIES:
                return value
            if _SPECIAL_COUNTRY.fullmatch(value):
                self.unmapped.append(Unmapped(field, value, "INTERPOL's code, no ISO country"))
                return None
        raise ForeignNoticeError(field, "no such country; use an ISO 3166-1 alpha-2 code")

    def _language(self, field: str, value: Json) -> str | None:
        if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
            raise ForeignNoticeError(field, "no language; use an ISO 639-2 code")
        code = TERMINOLOGICAL_LANGUAGES.get(value.lower(), value.lower())
        if code in LANGUAGES:
            return code
        self.unmapped.append(Unmapped(field, value, "not in ISO 639-2"))
        return None

    def _built(self, field: str, build: Callable[[], T]) -> T:
        try:
            return build()
        except ValidationError as error:
            raise ForeignNoticeError(field, as_payload_error(error).message) from None


def _colour(colours: ColourList) -> Callable[[str, Json], str]:
    def read(field: str, value: Json) -> str:
        if not isinstance(value, str) or value not in colours.interpol_codes:
            known = ", ".join(colours.interpol_codes)
            raise ForeignNoticeError(field, f"no such colour; use one of {known}")
        return colours.from_interpol(value)

    return read
