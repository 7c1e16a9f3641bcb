"""What reviewers elsewhere refuse, told before a second officer has to.

A payload may be valid and still be sent back: most refused notices are incomplete or not serious
enough. The thresholds are INTERPOL's for red notices (RPD Art. 83): the law allows at least two
years, or at least six months are left to serve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eads_client.payloads.answers import Hit
from eads_client.payloads.charges import Charge
from eads_client.payloads.codec import Payload
from eads_client.payloads.identity import Person
from eads_client.payloads.missing_person import MissingPerson
from eads_client.payloads.notice import PersonNotice
from eads_client.payloads.trafficking_route import TraffickingRoute
from eads_client.payloads.wanted_person import WantedPerson

MIN_MAXIMUM_PENALTY_MONTHS = 24
MIN_REMAINING_SENTENCE_MONTHS = 6

# English words of a charge that make it a trafficking matter although no area says so.
_TRAFFICKING_WORDS = re.compile(
    r"traffick\w*\W+(in|of)\W+(persons|human|women|children|people)|(human|people)\W+traffick"
    r"|smuggling\W+of\W+(migrants|persons|people|aliens)|(people|migrant|human)\W+smuggl"
    r"|anti-?trafficking|ATIPSOM|forced\W+(labour|labor|criminality|prostitution)"
    r"|illegal\W+recruitment|Law\W+21/2007",
    re.IGNORECASE,
)


def completeness(payload: Payload) -> list[str]:
    """Say what a reviewer would miss.

    Args:
        payload: any payload.

    Returns:
        Sentences that each tell what to add, most serious first; empty when nothing is missing.
        They name fields by number and never quote content.
    """
    if isinstance(payload, WantedPerson):
        return [*_gate(payload), *_wanted(payload), *_person(payload.person), *_entry(payload)]
    if isinstance(payload, MissingPerson):
        return [*_gate(payload), *_missing(payload), *_person(payload.person), *_entry(payload)]
    if isinstance(payload, TraffickingRoute):
        return list(_route(payload))
    if isinstance(payload, Hit):
        return list(_hit(payload))
    return []


def _gate(notice: PersonNotice) -> Iterator[str]:
    gate = notice.victim_gate
    if gate is None and isinstance(notice, WantedPerson) and _sounds_like_trafficking(notice):
        yield (
            "A charge sounds like trafficking or smuggling of persons: "
            "set the crime area and answer the victim gate."
        )
    if gate is not None and gate.has_not_known:
        yield "The victim gate has an answer that is not known: find it out before issuing."


def _sounds_like_trafficking(notice: WantedPerson) -> bool:
    texts = [text for charge in notice.charges for text in (charge.text, charge.english)]
    return any(_TRAFFICKING_WORDS.search(text) for text in [*texts, notice.reason] if text)


def _wanted(notice: WantedPerson) -> Iterator[str]:
    if not notice.charges:
        yield "Add the charges, each with its text, its law and its warrant."
    for number, charge in enumerate(notice.charges, start=1):
        for what in _charge(charge):
            yield f"Charge {number}: {what}"
    if notice.charges and not any(_serious(charge) for charge in notice.charges):
        yield (
            "Not serious enough as it stands: add a charge that allows two years or more, "
            "or a sentence with six months or more to serve."
        )
    if notice.action == "arrest" and notice.extradition is None:
        yield "Say through which treaty extradition will be sought, or that there is none yet."
    deadly = any(c.maximum_penalty and c.maximum_penalty.kind == "death" for c in notice.charges)
    if deadly and not (notice.extradition and notice.extradition.assurances):
        yield "The law allows death: state the assurances that will be given."
    if notice.status is None:
        yield "State whether the person is a suspect, accused, convicted or escaped."


def _charge(charge: Charge) -> Iterator[str]:
    if charge.text is None:
        yield "add the text in the issuer's language."
    if charge.english is None and charge.language != "eng":
        yield "add the English translation, or say that its language is English (eng)."
    if charge.provision is None:
        yield "add the legal provision, law and article."
    if charge.maximum_penalty is None:
        yield "add the maximum penalty."
    if charge.warrant is None or charge.warrant.number is None:
        yield "add the number of the warrant or judgment."
    if charge.warrant is None or charge.warrant.court is None or charge.warrant.date is None:
        yield "add the court and the date of the warrant or judgment."
    if charge.proceeding is None:
        yield "say whether it is for prosecution or to serve a sentence."
    if charge.proceeding == "sentence" and charge.sentence is None:
        yield "add the sentence and what is left of it."


def _serious(charge: Charge) -> bool:
    """Whether a charge reaches the thresholds, or cannot be told not to."""
    if charge.sentence is not None and charge.sentence.remaining_months is not None:
        return charge.sentence.remaining_months >= MIN_REMAINING_SENTENCE_MONTHS
    penalty = charge.maximum_penalty
    if penalty is None or penalty.kind in ("life", "death", "other"):
        return True
    return (penalty.months or 0) >= MIN_MAXIMUM_PENALTY_MONTHS


def _missing(notice: MissingPerson) -> Iterator[str]:
    seen = notice.last_seen
    if seen is None or seen.date is None or seen.place is None:
        yield "Add when and where the person was last seen."
    if seen is None or seen.circumstances is None:
        yield "Add the circumstances in which the person went missing."
    if notice.action == "assist" and notice.victim_gate is None:
        yield "Answer the victim gate, so that recipients know why to assist."
    if notice.kind == "abducted" and notice.action == "assist":
        yield "The person is abducted: send with priority immediate, so answers are due at once."


def _person(person: Person) -> Iterator[str]:
    if not person.photographs:
        yield "Add a photograph."
    if person.date_of_birth is None:
        yield "Add the date of birth; a year is enough."
    elif person.date_of_birth.precision != "day":
        yield "Add the day and month of birth if they can be found."
    if person.sex is None:
        yield "Add the sex."
    if not person.nationalities:
        yield "Add the nationality."
    if not person.documents:
        yield "Add an identity document, passport or identity card, with its number."
    if any(name.script != "Latn" and name.romanised is None for name in person.names):
        yield "Add the romanised form of every name in another script."


def _entry(notice: PersonNotice) -> Iterator[str]:
    if notice.legal_basis is None:
        yield "Add the legal basis for entering the notice."
    if notice.reference is None:
        yield "Add your case number."


def _route(route: TraffickingRoute) -> Iterator[str]:
    if route.source_grade is None:
        yield "Grade the source and the information."
    if not route.victims:
        yield "Add how many victims, by age band and origin."
    if any(place.coordinate is None for place in route.places):
        yield "Add a coordinate with its precision to every place, so that the map can show it."
    for number, leg in enumerate(route.legs, start=1):
        if leg.confidence is None:
            yield f"Leg {number}: say how sure it is."
        if not leg.transport:
            yield f"Leg {number}: add the transport."
        if leg.last_seen is None:
            yield f"Leg {number}: add when it was last seen in use."
    if not _connected(route):
        yield "The route falls apart: add the legs between its parts, or make two routes of it."


def _connected(route: TraffickingRoute) -> bool:
    reached = {route.places[0].id}
    for _ in route.legs:  # a chain of n legs needs at most n rounds
        for leg in route.legs:
            if leg.from_ in reached or leg.to in reached:
                reached |= {leg.from_, leg.to}
    return len(reached) == len(route.places)


def _hit(hit: Hit) -> Iterator[str]:
    if hit.contact is None:
        yield "Add a contact whom the issuer can call."
    if hit.outcome == "arrested" and hit.held_until is None:
        yield "Add until when the law allows to hold the person."
