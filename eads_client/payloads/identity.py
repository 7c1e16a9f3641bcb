"""Who a person is: names, birth, description, documents, photographs.

Nothing is invented. A date of birth that nobody knows is stated as unknown, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from eads_client.payloads.attachments import FileIndex
from eads_client.payloads.codes import Country, DocumentKind, Language, MarkKind, Relation, Sex
from eads_client.payloads.colours import EyeColour, HairColour
from eads_client.payloads.dates import PartialDate, in_order
from eads_client.payloads.names import IDENTIFYING_ROLES, Name, shown_name
from eads_client.payloads.record import EACH_ONCE, LISTED, Block, Line, Record, refuse

MIN_HEIGHT_CM = 20
MAX_HEIGHT_CM = 280
MAX_WEIGHT_KG = 650
_MRZ_LINES_PATTERN = r"^[A-Z0-9<]{28,44}(\n[A-Z0-9<]{28,44}){0,2}$"


class Mark(Record):
    """A distinguishing mark."""

    text: Block
    """What it looks like and where it is."""
    kind: MarkKind | None = None
    files: Annotated[tuple[FileIndex, ...], LISTED, EACH_ONCE] = ()
    """Photographs that show it, by index."""


class IdentityDocument(Record):
    """A document that the person holds or has used."""

    kind: DocumentKind
    number: Line | None = None
    """Its number, as printed."""
    country: Country | None = None
    issued: PartialDate | None = None
    """When it was issued."""
    expires: PartialDate | None = None
    """When it ends."""
    mrz: Annotated[str, Field(pattern=_MRZ_LINES_PATTERN)] | None = None
    """Machine-readable zone, lines divided by a line feed (ICAO 9303)."""
    forged: bool = False
    """Whether it is forged, altered or obtained by fraud."""
    files: Annotated[tuple[FileIndex, ...], LISTED, EACH_ONCE] = ()
    """Scans of it, by index."""

    @model_validator(mode="after")
    def _issued_before_it_expires(self) -> Self:
        if self.number is None and self.mrz is None:
            refuse("number", "give the number or the machine-readable zone")
        if not in_order(self.issued, self.expires):
            refuse("expires", "give a date after the one it was issued on")
        return self


class Photograph(Record):
    """A photograph of the person."""

    file: FileIndex
    """Its file, by index."""
    taken: PartialDate | None = None
    """When it was taken."""


class Relative(Record):
    """Somebody near the person, by name only."""

    relation: Relation
    names: Annotated[tuple[Name, ...], LISTED, Field(min_length=1)]
    """The names known."""


class MisusedIdentity(Record):
    """Says that this identity belongs to a victim of its theft, not to the person sought."""

    statement: Block
    """What an officer must know who meets the rightful bearer."""
    reference: Line | None = None
    """Paper or number that the rightful bearer can show."""


class Person(Record):
    """A person, as far as known."""

    names: Annotated[tuple[Name, ...], LISTED, EACH_ONCE, Field(min_length=1)]
    """All names. One must be the surname or the only name."""
    date_of_birth: PartialDate | None = None
    """Date of birth, to the year, month or day."""
    date_of_birth_unknown: Line | None = None
    """Why there is no date of birth; only when it is not known at all."""
    sex: Sex | None = None
    nationalities: Annotated[tuple[Country, ...], LISTED, EACH_ONCE] = ()
    """Nationalities held or claimed."""
    place_of_birth: Line | None = None
    """Town or district of birth."""
    country_of_birth: Country | None = None
    height_cm: Annotated[int, Field(ge=MIN_HEIGHT_CM, le=MAX_HEIGHT_CM)] | None = None
    """Height in centimetres."""
    weight_kg: Annotated[int, Field(ge=1, le=MAX_WEIGHT_KG)] | None = None
    """Weight in kilograms."""
    eyes: Annotated[tuple[EyeColour, ...], LISTED, EACH_ONCE] = ()
    """Eye colours."""
    hair: Annotated[tuple[HairColour, ...], LISTED, EACH_ONCE] = ()
    """Hair colours."""
    languages: Annotated[tuple[Language, ...], LISTED, EACH_ONCE] = ()
    """Languages spoken."""
    marks: Annotated[tuple[Mark, ...], LISTED] = ()
    """Distinguishing marks."""
    documents: Annotated[tuple[IdentityDocument, ...], LISTED] = ()
    """Identity documents."""
    photographs: Annotated[tuple[Photograph, ...], LISTED, EACH_ONCE] = ()
    """Photographs of the person."""
    relatives: Annotated[tuple[Relative, ...], LISTED] = ()
    """Parents and others near the person."""
    misused_identity: MisusedIdentity | None = None
    """Set when the identity is stolen and its rightful bearer must be protected."""

    @model_validator(mode="after")
    def _enough_to_enter(self) -> Self:
        if not IDENTIFYING_ROLES & {name.role for name in self.names}:
            refuse("names", "give the surname, or the only name with the role `single`")
        if (self.date_of_birth is None) == (self.date_of_birth_unknown is None):
            refuse(
                "date_of_birth",
                "give the date of birth, a year is enough; "
                "or say in date_of_birth_unknown why it is not known",
            )
        return self

    @property
    def shown_name(self) -> str:
        """One readable name for lists and sheets."""
        return shown_name(self.names)

    def file_references(self) -> Iterator[tuple[str, int]]:
        """Where the person refers to files: (path below the person, file index)."""
        for place, photograph in enumerate(self.photographs):
            yield f"photographs[{place}].file", photograph.file
        for place, mark in enumerate(self.marks):
            for index in mark.files:
                yield f"marks[{place}].files", index
        for place, document in enumerate(self.documents):
            for index in document.files:
                yield f"documents[{place}].files", index
