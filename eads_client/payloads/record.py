"""What every part of a payload has in common: strict, frozen, closed models and safe text.

Strict means that nothing is converted silently; closed means that an unknown key is an error;
frozen means that what was verified stays what was verified. Lists are tuples in Python for the
same reason; a list is accepted where a tuple is meant.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

LINE_MAX_CHARACTERS = 300
BLOCK_MAX_CHARACTERS = 20_000
LIST_MAX_ITEMS = 200
FILES_MAX = 32  # blobs that one envelope may carry

# Overrides and isolates turn displayed text around: a name could read as another name.
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Record(BaseModel):
    """Base of all payload models."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        serialize_by_alias=True,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )


def refuse(field: str, message: str) -> NoReturn:
    """Refuse a record for a rule that spans several fields.

    Args:
        field: path of the offending field below the record, such as `legs[2].from`.
        message: one sentence that tells what to do; no content of any field.

    Raises:
        PydanticCustomError: always; `decode` turns it into a `PayloadError` at `field`.
    """
    raise PydanticCustomError("rule", "{message}", {"message": message, "field": field})


def _no_controls(text: str, allowed: str) -> str:
    for character in text:
        if character in _BIDI_OVERRIDES:
            raise PydanticCustomError("bidi", "remove the characters that turn text around")
        if unicodedata.category(character) in ("Cc", "Zl", "Zp") and character not in allowed:
            raise PydanticCustomError("control", "remove the control characters")
    if text != text.strip():
        raise PydanticCustomError("blank", "remove the blanks at the beginning and the end")
    return text


def _line(text: str) -> str:
    return _no_controls(text, "")


def _block(text: str) -> str:
    return _no_controls(text, "\n\t")


def _unique(items: tuple[object, ...]) -> tuple[object, ...]:
    if any(item in items[:place] for place, item in enumerate(items)):
        raise PydanticCustomError("repeated", "state each entry once")
    return items


Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LINE_MAX_CHARACTERS),
    AfterValidator(_line),
]
"""One line of text, at most 300 characters."""

Block = Annotated[
    str,
    StringConstraints(min_length=1, max_length=BLOCK_MAX_CHARACTERS),
    AfterValidator(_block),
]
"""Text that may have several lines, at most 20,000 characters."""

# Metadata for every list: a Python list is accepted, repeated entries are not.
LISTED = Field(strict=False, max_length=LIST_MAX_ITEMS)
EACH_ONCE = AfterValidator(_unique)
