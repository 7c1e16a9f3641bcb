"""Missing person: missing, abducted, or a possible victim to be assisted (INTERPOL yellow)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import model_validator

from eads_client.payloads.action_codes import MissingAction, MissingKind
from eads_client.payloads.codes import PersonWarning
from eads_client.payloads.dates import PartialDate
from eads_client.payloads.notice import PersonNotice
from eads_client.payloads.places import Place
from eads_client.payloads.record import EACH_ONCE, LISTED, Block, Record, refuse


class LastSeen(Record):
    """Where and when the person was last seen."""

    date: PartialDate | None = None
    """Day, month or year."""
    place: Place | None = None
    """Town and country."""
    circumstances: Block | None = None
    """What is known of how the person went missing."""


class MissingPerson(PersonNotice):
    """Missing person.

    With `action: assist` it is also the notice for a person whom the victim gate has found to be
    a possible victim: assist and refer, never arrest.
    """

    type: Literal["missing-person"] = "missing-person"
    """Type of the notice."""
    action: MissingAction
    kind: MissingKind = "missing"
    reason: Block | None = None
    """Why the notice is issued."""
    last_seen: LastSeen | None = None
    """Where and when last seen."""
    warnings: Annotated[tuple[PersonWarning, ...], LISTED, EACH_ONCE] = ()
    """What an officer must know before going near."""

    @model_validator(mode="after")
    def _action_fits(self) -> Self:
        gate_has_yes = self.victim_gate is not None and self.victim_gate.has_yes
        if (gate_has_yes or self.kind == "possible-victim") and self.action != "assist":
            refuse("action", "the person may be a victim: the action is `assist`")
        if self.kind == "abducted" and self.action not in ("recover", "assist"):
            refuse("action", "the person is abducted: the action is `recover` or `assist`")
        return self
