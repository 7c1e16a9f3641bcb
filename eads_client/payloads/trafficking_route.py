"""Trafficking route: a route of trafficking or smuggling as a directed graph of legs.

The nodes are places, the edges are legs. Several legs may leave a place (a branch) or reach one
(a join); where knowledge is missing the graph may have a gap. Victims are counted by age band,
sex and origin. There is no field for a victim's name anywhere; persons appear only as
facilitators, and each of them has passed the victim gate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, model_validator

from eads_client.payloads.codes import Country, Currency, DocumentKind, Sex
from eads_client.payloads.dates import PartialDate, in_order
from eads_client.payloads.identity import Person
from eads_client.payloads.notice import Notice
from eads_client.payloads.places import Place
from eads_client.payloads.record import EACH_ONCE, LISTED, Block, Line, Record, refuse
from eads_client.payloads.trafficking_codes import (
    CHILD_AGE_BANDS,
    AgeBand,
    Confidence,
    Control,
    CrossingKind,
    FacilitatorRole,
    Frequency,
    Sector,
    TimeOfDay,
    TraffickingAct,
    TraffickingMeans,
    TraffickingPurpose,
    TransportMode,
)
from eads_client.payloads.victim_gate import ANSWER_FIRST, ASSIST_INSTEAD, VictimGate

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""Short name inside this payload: lower case letters, digits, hyphens."""
Count = Annotated[int, Field(ge=1, le=10_000_000)]


class RoutePlace(Place):
    """A place on the route."""

    id: Id
    """Its short name; legs refer to it."""
    name: Line
    """Town or crossing, in Latin letters."""
    country: Country
    local_name: Line | None = None
    """The name as it is written there."""


class Crossing(Record):
    """Where a leg crosses a border."""

    kind: CrossingKind
    name: Line | None = None
    """Name of the crossing point or track."""


class Plate(Record):
    """A number plate."""

    number: Line
    """As it stands on the plate."""
    country: Country | None = None


class Fee(Record):
    """What is paid for a leg."""

    amount: Annotated[int, Field(ge=0, le=10**13)]
    """Whole units of the currency."""
    currency: Currency
    per_person: bool = True
    """Whether it is paid for each person."""


class Facilitator(Record):
    """Somebody who makes the route work. A named person has passed the victim gate."""

    id: Id
    """Short name; legs refer to it."""
    role: FacilitatorRole
    organisation: Line | None = None
    """Firm or group."""
    person: Person | None = None
    """The person, where known. Never a victim."""
    victim_gate: VictimGate | None = None
    """Needed when a person is named."""

    @model_validator(mode="after")
    def _gate_is_answered(self) -> Self:
        if self.person is not None and self.victim_gate is None:
            refuse("victim_gate", ANSWER_FIRST)
        if self.victim_gate is not None and self.victim_gate.has_yes:
            refuse("victim_gate", ASSIST_INSTEAD)
        return self


class VictimGroup(Record):
    """How many victims of one kind. Counts only: there is no field for a name."""

    age_band: AgeBand | None = None
    sex: Sex | None = None
    count: Count | None = None
    """How many."""
    origins: Annotated[tuple[Country, ...], LISTED, EACH_ONCE] = ()
    """Countries they come from."""


class Leg(Record):
    """One leg of the route, from one place to another."""

    id: Id
    """Short name of the leg."""
    sequence: Annotated[int, Field(ge=1, le=200)]
    """Stage of the journey, from 1; legs of the same stage are alternatives or run side by side."""
    from_: Annotated[Id, Field(validation_alias=AliasChoices("from"), serialization_alias="from")]
    """Id of the place where the leg begins."""
    to: Id
    """Id of the place where it ends."""
    crossing: Crossing | None = None
    """The border crossing on it."""
    transport: Annotated[tuple[TransportMode, ...], LISTED, EACH_ONCE] = ()
    """Modes of transport."""
    carrier: Line | None = None
    """Company or vessel."""
    plates: Annotated[tuple[Plate, ...], LISTED, EACH_ONCE] = ()
    """Number plates seen."""
    documents_used: Annotated[tuple[DocumentKind, ...], LISTED, EACH_ONCE] = ()
    """Kinds of documents shown on this leg."""
    fee: Fee | None = None
    """What is paid."""
    facilitator_roles: Annotated[tuple[FacilitatorRole, ...], LISTED, EACH_ONCE] = ()
    """Who is needed on this leg."""
    facilitators: Annotated[tuple[Id, ...], LISTED, EACH_ONCE] = ()
    """Ids of facilitators known on this leg."""
    time_of_day: TimeOfDay | None = None
    first_seen: PartialDate | None = None
    """When it was first seen in use."""
    last_seen: PartialDate | None = None
    """When it was last seen in use."""
    frequency: Frequency | None = None
    confidence: Confidence | None = None

    @model_validator(mode="after")
    def _leads_on(self) -> Self:
        if self.from_ == self.to:
            refuse("to", "a leg leads to another place")
        if not in_order(self.first_seen, self.last_seen):
            refuse("last_seen", "give a date after the first one")
        return self


class TraffickingRoute(Notice):
    """Trafficking route."""

    type: Literal["trafficking-route"] = "trafficking-route"
    """Type of the notice."""
    area: Literal["trafficking-in-persons", "people-smuggling"] = "trafficking-in-persons"
    """Crime area."""
    title: Line
    """What the route is called."""
    description: Block | None = None
    """The route in words. Never a victim's name."""
    acts: Annotated[tuple[TraffickingAct, ...], LISTED, EACH_ONCE] = ()
    """Acts (IC-TIP)."""
    means: Annotated[tuple[TraffickingMeans, ...], LISTED, EACH_ONCE] = ()
    """Means (IC-TIP); not needed when all victims are children."""
    purposes: Annotated[tuple[TraffickingPurpose, ...], LISTED, EACH_ONCE] = ()
    """Purposes (IC-TIP)."""
    sectors: Annotated[tuple[Sector, ...], LISTED, EACH_ONCE] = ()
    """Sectors of exploitation (CTDC)."""
    controls: Annotated[tuple[Control, ...], LISTED, EACH_ONCE] = ()
    """Means of control (CTDC)."""
    victims: Annotated[tuple[VictimGroup, ...], LISTED] = ()
    """Victims, as counts."""
    places: Annotated[tuple[RoutePlace, ...], LISTED, Field(min_length=2)]
    """The places; each is touched by a leg."""
    legs: Annotated[tuple[Leg, ...], LISTED, Field(min_length=1)]
    """The legs."""
    facilitators: Annotated[tuple[Facilitator, ...], LISTED] = ()
    """Who makes the route work."""

    @model_validator(mode="after")
    def _elements_of_trafficking(self) -> Self:
        if self.area == "trafficking-in-persons":
            if not self.acts:
                refuse("acts", "state at least one act")
            if not self.purposes:
                refuse("purposes", "state at least one purpose")
            if not self.means and not self.only_children:
                refuse("means", "state the means; they are not needed for children only")
        return self

    @model_validator(mode="after")
    def _graph_is_consistent(self) -> Self:
        places = _unique_ids("places", self.places)
        known = _unique_ids("facilitators", self.facilitators)
        _unique_ids("legs", self.legs)
        for at, leg in enumerate(self.legs):
            for field, place in (("from", leg.from_), ("to", leg.to)):
                if place not in places:
                    refuse(f"legs[{at}].{field}", "no place has this id; add it to `places`")
            if not known.issuperset(leg.facilitators):
                refuse(f"legs[{at}].facilitators", "no facilitator has this id; add it")
        used = {leg.from_ for leg in self.legs} | {leg.to for leg in self.legs}
        for at, each in enumerate(self.places):
            if each.id not in used:
                refuse(f"places[{at}]", "no leg touches this place; add a leg or remove it")
        stages = {leg.sequence for leg in self.legs}
        if stages != set(range(1, len(stages) + 1)):
            refuse("legs", "number the stages of the legs 1, 2, 3 without a gap")
        return self

    @property
    def only_children(self) -> bool:
        """Whether victims are stated and all of them are under 18."""
        return bool(self.victims) and all(each.age_band in CHILD_AGE_BANDS for each in self.victims)

    @property
    def starts(self) -> tuple[RoutePlace, ...]:
        """Places that no leg reaches."""
        reached = {leg.to for leg in self.legs}
        return tuple(place for place in self.places if place.id not in reached)

    @property
    def ends(self) -> tuple[RoutePlace, ...]:
        """Places that no leg leaves."""
        left = {leg.from_ for leg in self.legs}
        return tuple(place for place in self.places if place.id not in left)

    @property
    def branches(self) -> tuple[str, ...]:
        """Ids of places that several legs leave."""
        return tuple(
            id_ for id_, many in Counter(leg.from_ for leg in self.legs).items() if many > 1
        )

    @property
    def joins(self) -> tuple[str, ...]:
        """Ids of places that several legs reach."""
        return tuple(id_ for id_, many in Counter(leg.to for leg in self.legs).items() if many > 1)

    def file_references(self) -> Iterator[tuple[str, int]]:
        """Where the payload refers to files: (path, file index)."""
        for at, facilitator in enumerate(self.facilitators):
            if facilitator.person is not None:
                for path, index in facilitator.person.file_references():
                    yield f"facilitators[{at}].person.{path}", index


def _unique_ids(field: str, items: Iterable[RoutePlace | Leg | Facilitator]) -> set[str]:
    seen: set[str] = set()
    for at, item in enumerate(items):
        if item.id in seen:
            refuse(f"{field}[{at}].id", "this id stands twice; give each its own")
        seen.add(item.id)
    return seen
