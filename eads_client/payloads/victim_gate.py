"""The victim gate: four questions before a person appears in a trafficking matter.

Palermo Protocol and ACTIP: a victim is not punished for what he or she was made to do
(non-punishment), and nobody is sent back into harm (non-refoulement). The answers are sealed in
the notice, and the second officer sees them. A single "yes" turns arrest into assistance: the
person may only be entered as `missing-person` with `action: assist`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pydantic import model_validator

from eads_client.payloads.action_codes import GateAnswer
from eads_client.payloads.record import Block, Record, refuse

# Areas in which every person passes the gate.
GATED_AREAS = frozenset({"trafficking-in-persons", "people-smuggling"})

ASSIST_INSTEAD = (
    "the victim gate has a yes: do not seek this person's arrest, "
    "issue a missing-person notice with action assist"
)
ANSWER_FIRST = (
    "answer the four questions of the victim gate: the matter is trafficking or smuggling"
)


class VictimGate(Record):
    """The four answers; every question is answered, "not-known" is an answer."""

    may_be_victim: GateAnswer
    """May the person be a victim of trafficking in persons?"""
    child: GateAnswer
    """Was the person under 18 at any time of the acts?"""
    compelled: GateAnswer
    """Did the person act under threat, force, debt or other compulsion?"""
    harm_on_return: GateAnswer
    """Does the person face harm when sent back?"""
    grounds: Block | None = None
    """On what the answers rest; needed where one is "yes"."""

    @model_validator(mode="after")
    def _yes_is_explained(self) -> Self:
        if self.has_yes and self.grounds is None:
            refuse("grounds", "say on what the yes rests, so that the person can be helped")
        return self

    @property
    def has_yes(self) -> bool:
        """Whether any question was answered with "yes"."""
        return "yes" in (self.may_be_victim, self.child, self.compelled, self.harm_on_return)

    @property
    def has_not_known(self) -> bool:
        """Whether any question could not be answered."""
        answers = (self.may_be_victim, self.child, self.compelled, self.harm_on_return)
        return "not-known" in answers


def is_gated(areas: Iterable[str]) -> bool:
    """Whether a matter in these crime areas is a trafficking matter."""
    return not GATED_AREAS.isdisjoint(areas)
