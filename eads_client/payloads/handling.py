"""How information may be used and how good it is: handling codes, TLP, 4x4 grading.

Handling codes (what may be done with it) and TLP (who may see it) are separate axes. What holds
for the whole notice stands once; a field that differs is named by its JSON pointer.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from eads_client.payloads.codes import HandlingCode, InformationDigit, SourceLetter, TlpLabel
from eads_client.payloads.record import EACH_ONCE, LISTED, Block, Record, refuse

_POINTER_PATTERN = r"^(/([^/~]|~0|~1)+)+$"  # RFC 6901, not the whole document


class SourceGrade(Record):
    """The 4x4 grade: how reliable the source, how sure the information."""

    source: SourceLetter
    information: InformationDigit


class Handling(Record):
    """What a recipient may do, and with whom it may share."""

    codes: Annotated[tuple[HandlingCode, ...], LISTED, EACH_ONCE] = ()
    """Handling codes; none means no limit beyond the law."""
    tlp: TlpLabel | None = None
    restrictions: Block | None = None
    """The restrictions in words; needed with H3."""

    @model_validator(mode="after")
    def _h3_in_words(self) -> Self:
        if "H3" in self.codes and self.restrictions is None:
            refuse("restrictions", "H3 means restrictions in the text: write them here")
        return self


class FieldHandling(Handling):
    """Handling of one field where it differs from the notice's."""

    field: Annotated[str, Field(pattern=_POINTER_PATTERN, max_length=200)]
    """JSON pointer to the field in this payload, such as `/person/documents/0`."""
