"""What must not be found at the hub: the names and numbers of notices, in every form in which
a program might have written them down.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

SHORTEST: Final = 4
"""Characters; shorter texts are codes of countries, languages and colours."""
_NAME_FIELDS: Final = frozenset(
    {"forename", "name", "birth_name", "father_forename", "mother_name", "mother_forename"}
)
# The hub's own times are full of years; a year alone names nobody.
_YEAR: Final = re.compile(r"[0-9]{4}")
_ENCODED: Final = 8
"""Characters that a stretch of base64 needs to be no accident."""
_HEX: Final = 6
"""Bytes whose hex digits are no accident."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a text: its bytes, and whether they may stand there by accident."""

    text: str
    encoding: str
    raw: bytes

    @property
    def is_short(self) -> bool:
        """Letters and digits so few that base64 of random bytes may spell them."""
        return self.encoding == "UTF-8" and len(self.raw) < 9 and self.raw.isalnum()


def texts_of(documents: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every text of the documents, and every word of a name, that is worth searching for.

    Args:
        documents: notices as parsed JSON.

    Returns:
        Sorted, none twice.
    """
    found: set[str] = set()
    for document in documents:
        for field, text in _strings("", document):
            found.add(text.strip())
            if field in _NAME_FIELDS:
                found.update(text.split())
            if field in ("date_of_birth", "date_of_event", "entity_id"):
                found.add(text.replace("/", "-"))
    return tuple(
        sorted(text for text in found if len(text) >= SHORTEST and _YEAR.fullmatch(text) is None)
    )


def _strings(field: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _strings(key, item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(field, item)


def forms_of(text: str) -> Iterator[Form]:
    """A text in UTF-8, UTF-16, base64, hex and as JSON escapes."""
    raw = text.encode("utf-8")
    yield Form(text, "UTF-8", raw)
    for order in ("little", "big"):
        encoded = text.encode(f"utf-16-{order[0]}e")
        yield Form(text, f"UTF-16 ({order}-endian)", encoded)
    for skipped in range(3):
        inner = _base64_inside(raw, skipped)
        if len(inner) >= _ENCODED:
            yield Form(text, "base64", inner)
    if len(raw) >= _HEX:
        yield Form(text, "hex", raw.hex().encode())
        yield Form(text, "hex", raw.hex().upper().encode())
    escaped = text.encode("ascii", "backslashreplace")
    if escaped != raw:
        yield Form(text, "JSON escapes", re.sub(rb"\\x(..)", rb"\\u00\1", escaped))


def _base64_inside(raw: bytes, skipped: int) -> bytes:
    """The characters that ``raw`` always gives in base64 when it begins at this remainder."""
    encoded = base64.b64encode(bytes(skipped) + raw).rstrip(b"=")
    first = (skipped * 8 + 5) // 6
    last = (skipped + len(raw)) * 8 // 6
    return encoded[first:last]
