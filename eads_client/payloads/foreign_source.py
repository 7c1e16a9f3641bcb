"""Where an imported notice came from, and what of it has no place elsewhere in the payload."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from eads_client.payloads.record import LIST_MAX_ITEMS, Line, Record
from eads_client.payloads.refusal import PayloadError
from eads_client.payloads.strict_json import Json, read_json

ENTITY_ID_PATTERN = r"^[0-9]{4}/[0-9]{1,9}$"


def _json_text(text: str) -> str:
    try:
        read_json(text.encode("utf-8"), fractions=True)
    except PayloadError:
        raise PydanticCustomError("json_text", "keep the original value as JSON text") from None
    return text


class ForeignSource(Record):
    """A notice of another system that this payload was made from.

    `fields` keeps, as JSON text, every field of the original that the payload cannot say as it
    was said there: unmapped ones, empty ones, and other spellings of the same. JSON text, because
    the original may hold fractions and a payload may not.
    """

    form: Literal["interpol-public-notice"] = "interpol-public-notice"
    """The form of the original."""
    entity_id: Annotated[str, Field(pattern=ENTITY_ID_PATTERN)]
    """The original's own number, such as `1993/27493`."""
    fields: Annotated[
        dict[Line, Annotated[str, AfterValidator(_json_text)]],
        Field(max_length=LIST_MAX_ITEMS, default_factory=dict),
    ]
    """Field of the original -> its value as JSON text."""

    def originals(self) -> dict[str, Json]:
        """The kept fields, parsed."""
        return {
            key: read_json(text.encode("utf-8"), fractions=True)
            for key, text in self.fields.items()
        }
