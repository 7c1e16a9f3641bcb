"""A payload in the form of INTERPOL's public notice JSON."""

from __future__ import annotations

from collections.abc import Iterable

from eads_client.payloads.charges import Charge
from eads_client.payloads.colours import EYES, HAIR, ColourList
from eads_client.payloads.dates import PartialDate
from eads_client.payloads.identity import Person
from eads_client.payloads.missing_person import MissingPerson
from eads_client.payloads.names import Name
from eads_client.payloads.strict_json import Json
from eads_client.payloads.wanted_person import WantedPerson

_SEXES = {"M": "M", "F": "F", "X": "U"}


def form_of(payload: WantedPerson | MissingPerson) -> dict[str, Json]:
    """Write a payload in INTERPOL's form.

    Args:
        payload: a wanted or missing person.

    Returns:
        All fields of the red or yellow form, null where nothing is known. The form has no place
        for documents, warnings, provisions, penalties and the like; they stay behind.
    """
    person = payload.person
    form: dict[str, Json] = {
        "entity_id": None if payload.source is None else payload.source.entity_id,
        **_main_names(person.names),
        "date_of_birth": _date(person.date_of_birth),
        "place_of_birth": person.place_of_birth,
        "country_of_birth_id": person.country_of_birth,
        "nationalities": _list(person.nationalities),
        "sex_id": None if person.sex is None else _SEXES[person.sex],
        "height": None if person.height_cm is None else person.height_cm / 100,
        "weight": person.weight_kg,
        "eyes_colors_id": _colours(EYES, person.eyes),
        "hairs_id": _colours(HAIR, person.hair),
        "languages_spoken_ids": _list(code.upper() for code in person.languages),
        "distinguishing_marks": "; ".join(mark.text for mark in person.marks) or None,
    }
    if isinstance(payload, WantedPerson):
        warrants: list[Json] = [_warrant(charge) for charge in payload.charges]
        return form | {"arrest_warrants": warrants or None}
    return form | _yellow_fields(payload)


def _yellow_fields(payload: MissingPerson) -> dict[str, Json]:
    seen = payload.last_seen
    place = None if seen is None else seen.place
    return {
        "birth_name": _in_role(payload.person.names, "birth"),
        "father_forename": _in_role(_relative(payload.person, "father"), "given"),
        "mother_name": _in_role(_relative(payload.person, "mother"), "surname"),
        "mother_forename": _in_role(_relative(payload.person, "mother"), "given"),
        "place": None if place is None else place.name,
        "country": None if place is None else place.country,
        "date_of_event": None if seen is None else _date(seen.date),
    }


def _main_names(names: tuple[Name, ...]) -> dict[str, Json]:
    family = _in_role(names, "surname") or _in_role(names, "patronymic") or _in_role(names, "clan")
    if family is not None:
        return {"forename": _in_role(names, "given"), "name": family}
    return {"forename": None, "name": _in_role(names, "single") or _in_role(names, "full")}


def _in_role(names: Iterable[Name], role: str) -> str | None:
    """The names of a role, in Latin letters where there are any, as one text."""
    found = [name for name in names if name.role == role]
    if not found:
        return None
    script = min((name.script for name in found), key=lambda each: each != "Latn")
    return " ".join(name.latin for name in found if name.script == script)


def _relative(person: Person, relation: str) -> tuple[Name, ...]:
    return next((each.names for each in person.relatives if each.relation == relation), ())


def _warrant(charge: Charge) -> dict[str, Json]:
    return {
        "charge": charge.text,
        "charge_translation": charge.english,
        "issuing_country_id": None if charge.warrant is None else charge.warrant.country,
    }


def _date(date: PartialDate | None) -> str | None:
    return None if date is None else str(date).replace("-", "/")


def _list(codes: Iterable[str]) -> Json:
    found: list[Json] = list(codes)
    return found or None


def _colours(colours: ColourList, codes: tuple[str, ...]) -> Json:
    found = (colours.to_interpol(code).code for code in codes)
    return _list(dict.fromkeys(code for code in found if code is not None))
