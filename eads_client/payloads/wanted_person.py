"""Wanted person: arrest sought with a view to extradition (INTERPOL red, SIS Art. 26).

Mandatory, as in SIS Art. 20(3): surname or only name, date of birth (or why it is not known),
reason, action to take.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import model_validator

from eads_client.payloads.action_codes import WantedAction
from eads_client.payloads.charges import Charge, Extradition
from eads_client.payloads.codes import PersonStatus, PersonWarning
from eads_client.payloads.notice import PersonNotice
from eads_client.payloads.record import EACH_ONCE, LISTED, Block, refuse
from eads_client.payloads.victim_gate import ASSIST_INSTEAD


class WantedPerson(PersonNotice):
    """Wanted person.

    The victim gate is needed when an area or a charge is trafficking in persons or people
    smuggling. With a "yes" in it the notice is refused: the person is entered as missing-person
    with action assist.
    """

    type: Literal["wanted-person"] = "wanted-person"
    """Type of the notice."""
    action: WantedAction
    reason: Block
    """Why the person is sought, in a few sentences."""
    status: PersonStatus | None = None
    warnings: Annotated[tuple[PersonWarning, ...], LISTED, EACH_ONCE] = ()
    """What an officer must know before going near."""
    charges: Annotated[tuple[Charge, ...], LISTED] = ()
    """Charges, each with its warrant."""
    extradition: Extradition | None = None
    """How extradition will be sought."""

    @model_validator(mode="after")
    def _a_victim_is_not_sought(self) -> Self:
        if self.victim_gate is not None and self.victim_gate.has_yes:
            refuse("action", ASSIST_INSTEAD)
        return self

    @property
    def is_trafficking_matter(self) -> bool:
        """Whether an area or a charge is trafficking in persons or people smuggling."""
        return super().is_trafficking_matter or any(each.is_trafficking for each in self.charges)
