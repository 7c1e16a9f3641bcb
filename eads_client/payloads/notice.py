"""What all notices share, and what all notices about one person share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import model_validator

from eads_client.payloads.attachments import Files
from eads_client.payloads.codes import CrimeArea
from eads_client.payloads.foreign_source import ForeignSource
from eads_client.payloads.handling import FieldHandling, Handling, SourceGrade
from eads_client.payloads.identity import Person
from eads_client.payloads.record import EACH_ONCE, LISTED, Block, Line, Record, refuse
from eads_client.payloads.strict_json import Json
from eads_client.payloads.victim_gate import ANSWER_FIRST, VictimGate, is_gated


class Notice(Record):
    """A notice that may be issued, updated and withdrawn.

    `update_reason` belongs to `act: update`: an update that moves the expiry must carry it, any
    other update may. The client that extends a notice checks that it is there; the payload alone
    cannot, since the expiry stands in the envelope's header.
    """

    reference: Line | None = None
    """The issuer's case number."""
    legal_basis: Line | None = None
    """The law that lets the issuer enter this notice."""
    source_grade: SourceGrade | None = None
    handling: Handling | None = None
    """Handling of the whole notice; the header repeats its codes."""
    field_handling: Annotated[tuple[FieldHandling, ...], LISTED] = ()
    """Fields that are handled differently."""
    remarks: Block | None = None
    """Anything else a recipient needs. Never a victim's name."""
    files: Files = ()
    """The files that travel with the notice, in the order of the blobs."""
    update_reason: Block | None = None
    """Why the notice is updated or its expiry extended, in writing."""

    @model_validator(mode="after")
    def _references_lead_somewhere(self) -> Self:
        roles = {file.index: file.role for file in self.files}
        for path, index in self.file_references():
            if index not in roles:
                refuse(path, "no file has this index; add it to `files`")
            if path.endswith(".file") and roles[index] != "photograph":
                refuse(path, "this file is no photograph; set its role to `photograph`")
        if self.field_handling:
            tree: Json = self.model_dump(mode="json", exclude_defaults=True)
            for place, entry in enumerate(self.field_handling):
                if not _leads_somewhere(entry.field, tree):
                    refuse(f"field_handling[{place}].field", "no such field in this payload")
        return self

    def file_references(self) -> Iterator[tuple[str, int]]:
        """Where the payload refers to files: (path, file index)."""
        yield from ()


class PersonNotice(Notice):
    """A notice about one person."""

    person: Person
    areas: Annotated[tuple[CrimeArea, ...], LISTED, EACH_ONCE] = ()
    """Crime areas of the matter."""
    victim_gate: VictimGate | None = None
    """Needed when the matter is trafficking in persons or people smuggling."""
    source: ForeignSource | None = None
    """Where an imported notice came from."""

    @model_validator(mode="after")
    def _gate_is_answered(self) -> Self:
        if self.victim_gate is None and self.is_trafficking_matter:
            refuse("victim_gate", ANSWER_FIRST)
        return self

    @property
    def is_trafficking_matter(self) -> bool:
        """Whether the person appears in a trafficking matter, so that the gate is needed."""
        return is_gated(self.areas)

    def file_references(self) -> Iterator[tuple[str, int]]:
        """Where the payload refers to files: (path, file index)."""
        for path, index in self.person.file_references():
            yield f"person.{path}", index


def _leads_somewhere(pointer: str, tree: Json) -> bool:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(tree, dict) and key in tree:
            tree = tree[key]
        elif isinstance(tree, list) and key.isdecimal() and int(key) < len(tree):
            tree = tree[int(key)]
        else:
            return False
    return True
