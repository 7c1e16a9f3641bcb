"""One line about a payload, for lists."""

from __future__ import annotations

from functools import singledispatch

from eads_client.payloads.action_codes import (
    CORRECTION_KINDS,
    FLAG_REASONS,
    HIT_OUTCOMES,
    WITHDRAWAL_REASONS,
)
from eads_client.payloads.answers import Correction, Flag, Hit, Message
from eads_client.payloads.codec import Payload
from eads_client.payloads.identity import Person
from eads_client.payloads.missing_person import MissingPerson
from eads_client.payloads.places import Place
from eads_client.payloads.trafficking_route import RoutePlace, TraffickingRoute
from eads_client.payloads.wanted_person import WantedPerson
from eads_client.payloads.withdrawal import Withdrawal

MAX_CHARACTERS = 80


def summary(payload: Payload) -> str:
    """One line about a payload.

    Args:
        payload: any payload.

    Returns:
        A line of at most 80 characters. It holds personal data, like the payload itself.
    """
    line = " ".join(_line(payload).split())
    return line if len(line) <= MAX_CHARACTERS else line[: MAX_CHARACTERS - 1].rstrip() + "…"


@singledispatch
def _line(payload: object) -> str:
    raise TypeError(f"no payload: {type(payload).__name__}")


@_line.register
def _(payload: WantedPerson) -> str:
    charge = next((each.english or each.text for each in payload.charges), payload.reason)
    return f"{payload.action}: {_person(payload.person)}; {charge}"


@_line.register
def _(payload: MissingPerson) -> str:
    seen = payload.last_seen
    where = "" if seen is None else f"; last seen {seen.date or ''} {_place(seen.place)}"
    return f"{payload.kind}, {payload.action}: {_person(payload.person)}{where}"


@_line.register
def _(payload: TraffickingRoute) -> str:
    legs = f"{len(payload.legs)} leg{'s' if len(payload.legs) > 1 else ''}"
    return f"{payload.title}: {_ends(payload.starts)} → {_ends(payload.ends)}, {legs}"


@_line.register
def _(payload: Hit) -> str:
    outcome = HIT_OUTCOMES.label(payload.outcome)
    return f"hit: {outcome} {payload.found_at} {_place(payload.place)}"


@_line.register
def _(payload: Flag) -> str:
    return f"not executed in {payload.territory}: {FLAG_REASONS.label(payload.reason)}"


@_line.register
def _(payload: Message) -> str:
    return f"message: {payload.subject}"


@_line.register
def _(payload: Correction) -> str:
    return f"correction: {CORRECTION_KINDS.label(payload.kind)}"


@_line.register
def _(payload: Withdrawal) -> str:
    return f"withdrawn: {WITHDRAWAL_REASONS.label(payload.reason)}"


def _person(person: Person) -> str:
    born = f"b. {person.date_of_birth}" if person.date_of_birth else "birth unknown"
    parts = [person.shown_name, person.sex, born, "/".join(person.nationalities)]
    return ", ".join(part for part in parts if part)


def _place(place: Place | None) -> str:
    return "" if place is None else ", ".join(filter(None, (place.name, place.country)))


def _ends(places: tuple[RoutePlace, ...]) -> str:
    return "/".join(place.name for place in places) or "circle"
