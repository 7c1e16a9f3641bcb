"""Names: each with its value, its script and its role.

A person may have one name only; it is never split and never made a surname. Parts keep the role
they have at home (patronymic, clan), because a given name with `bin` is no family name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, model_validator

from eads_client.payloads.codes import NameRole, Script
from eads_client.payloads.record import Line, Record, refuse

# First word of a letter's Unicode name -> ISO 15924.
_SCRIPT_WORDS = {
    "LATIN": "Latn",
    "THAI": "Thai",
    "LAO": "Laoo",
    "KHMER": "Khmr",
    "MYANMAR": "Mymr",
    "CJK": "Hani",
    "ARABIC": "Arab",
    "TAMIL": "Taml",
    "DEVANAGARI": "Deva",
    "CYRILLIC": "Cyrl",
    "GREEK": "Grek",
    "HANGUL": "Hang",
    "HIRAGANA": "Hira",
    "KATAKANA": "Kana",
    "JAVANESE": "Java",
    "BALINESE": "Bali",
    "CHAM": "Cham",
}
# Codes that stand for several scripts together, or for a variant of one.
_WRITTEN_WITH = {
    "Hans": {"Hani"},
    "Hant": {"Hani"},
    "Jpan": {"Hani", "Hira", "Kana"},
    "Kore": {"Hang", "Hani"},
    "Aran": {"Arab"},
}
_MRZ_PATTERN = r"^[A-Z<]{1,39}$"

# A name in one of these roles is enough to enter a person.
IDENTIFYING_ROLES = frozenset({"surname", "full", "single", "patronymic", "clan"})


class Name(Record):
    """One name of a person, in one script and one role."""

    value: Line
    """The name as it is written, in its own script."""
    script: Script
    role: NameRole
    romanised: Line | None = None
    """The same name in Latin letters, as the issuer romanises it."""
    mrz: Annotated[str, Field(pattern=_MRZ_PATTERN)] | None = None
    """The name as it stands in a machine-readable zone (ICAO 9303): A-Z and `<`."""

    @model_validator(mode="after")
    def _letters_of_the_script(self) -> Self:
        found = scripts_of(self.value)
        if found is None:
            refuse("value", "write the name in letters; leave the name out if it is not known")
        known = set(_SCRIPT_WORDS.values()) | set(_WRITTEN_WITH)
        if self.script in known and not found <= _WRITTEN_WITH.get(self.script, {self.script}):
            refuse("script", "the letters of the name belong to another script")
        if self.romanised is not None and scripts_of(self.romanised) != {"Latn"}:
            refuse("romanised", "write the romanised name in Latin letters")
        return self

    @property
    def latin(self) -> str:
        """The name in Latin letters where there is such a form, else as it is written."""
        return self.value if self.script == "Latn" else self.romanised or self.value


def scripts_of(text: str) -> set[str] | None:
    """Find the scripts of the letters of a text.

    Args:
        text: any text.

    Returns:
        ISO 15924 codes, `Zyyy` for letters of scripts that are not in the table here; None when
        the text has no letter at all.
    """
    letters = [letter for letter in text if unicodedata.category(letter) in ("Ll", "Lu", "Lo")]
    if not letters:
        return None
    words = (unicodedata.name(letter, "").split(" ")[0] for letter in letters)
    return {_SCRIPT_WORDS.get(word, "Zyyy") for word in words}


def script_of(text: str) -> str:
    """The one ISO 15924 code to state for a text; `Zyyy` where it is mixed or not known."""
    found = scripts_of(text) or {"Zyyy"}
    return found.pop() if len(found) == 1 else "Zyyy"


def shown_name(names: Iterable[Name]) -> str:
    """One readable name for lists and sheets, in Latin letters where there are any.

    Args:
        names: the names of one person, in the issuer's order.

    Returns:
        The whole name, or surname in front of the other parts; empty when there is no name.
    """
    by_role: dict[str, str] = {}
    for name in sorted(names, key=lambda each: each.script != "Latn"):
        by_role.setdefault(name.role, name.latin)
    parts = [
        by_role[role] for role in ("surname", "given", "patronymic", "clan") if role in by_role
    ]
    whole = by_role.get("full") or by_role.get("single")
    rest = next(iter(by_role.values()), "")
    return whole or " ".join(parts) or rest
