"""Charges: what a person is wanted for, by which law, on which warrant."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from eads_client.payloads.codes import (
    ICCS_PATTERN,
    Country,
    ExtraditionBasis,
    Language,
    PenaltyKind,
    Proceeding,
    WarrantKind,
)
from eads_client.payloads.dates import PartialDate
from eads_client.payloads.record import Block, Line, Record, refuse

# ICCS 0204 is trafficking in persons, 08051 smuggling of migrants.
TRAFFICKING_ICCS = ("0204", "08051")
_LONGEST_TERM_MONTHS = 12 * 999


class Penalty(Record):
    """The heaviest penalty the law allows for the charge."""

    kind: PenaltyKind
    months: Annotated[int, Field(ge=1, le=_LONGEST_TERM_MONTHS)] | None = None
    """Length of the term in months; for imprisonment only."""
    text: Line | None = None
    """The penalty in the words of the law."""

    @model_validator(mode="after")
    def _term_of_imprisonment(self) -> Self:
        if (self.kind == "imprisonment") != (self.months is not None):
            refuse("months", "state the months for imprisonment, and for nothing else")
        return self


class Warrant(Record):
    """The warrant or judgment behind a charge."""

    kind: WarrantKind = "warrant"
    court: Line | None = None
    """Court or authority that issued it."""
    number: Line | None = None
    """Its number."""
    date: PartialDate | None = None
    """When it was issued."""
    country: Country | None = None


class Sentence(Record):
    """A sentence to serve."""

    imposed_months: Annotated[int, Field(ge=0, le=_LONGEST_TERM_MONTHS)] | None = None
    """Length imposed, in months."""
    remaining_months: Annotated[int, Field(ge=0, le=_LONGEST_TERM_MONTHS)] | None = None
    """Length still to serve, in months."""
    text: Line | None = None
    """The sentence in words, for life or where there is no length."""


class Charge(Record):
    """One charge, in the issuer's language and in English."""

    text: Block | None = None
    """The charge as the issuer writes it, in its own language."""
    language: Language | None = None
    english: Block | None = None
    """The charge in English."""
    provision: Line | None = None
    """National provision, such as "Law 21/2007 art. 2"."""
    iccs: Annotated[str, Field(pattern=ICCS_PATTERN)] | None = None
    """ICCS code: 2, 4, 5 or 6 digits."""
    maximum_penalty: Penalty | None = None
    """Heaviest penalty the law allows."""
    warrant: Warrant | None = None
    """Warrant or judgment."""
    proceeding: Proceeding | None = None
    sentence: Sentence | None = None
    """The sentence, where one is to be served."""

    @model_validator(mode="after")
    def _sentence_to_serve(self) -> Self:
        if self.sentence is not None and self.proceeding == "prosecution":
            refuse("sentence", "a sentence goes with the proceeding `sentence`")
        return self

    @property
    def is_trafficking(self) -> bool:
        """Whether the ICCS code is trafficking in persons or smuggling of migrants."""
        return self.iccs is not None and self.iccs.startswith(TRAFFICKING_ICCS)


class Extradition(Record):
    """How the issuer will ask for the person."""

    basis: ExtraditionBasis
    instrument: Line | None = None
    """Name of the treaty or agreement."""
    assurances: Line | None = None
    """Assurances given in advance, such as that death will not be imposed."""
