"""Eye and hair colours: our codes, INTERPOL's website codes and ANSI/NIST-ITL's, both ways.

The two foreign lists disagree: INTERPOL tells six browns and blacks of the eye apart where
ANSI/NIST has two, and knows dyed and greying hair; ANSI/NIST knows maroon and pink eyes and sandy
hair. Every row says whether the foreign code still means the same; where it does not, the
mapping is lossy and the way back gives a coarser colour, or none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from typing_extensions import TypeAliasType

from eads_client.payloads.code_table import CodeTable


@dataclass(frozen=True)
class Mapping:
    """A colour in a foreign list.

    Attributes:
        code: the foreign code, or None where the list has no word for the colour.
        lossy: the foreign code says less than ours, or another colour.
    """

    code: str | None
    lossy: bool = False


@dataclass(frozen=True)
class Colour:
    """One colour with its place in both foreign lists."""

    code: str
    label: str
    interpol: Mapping
    nist: Mapping


class ColourList:
    """The colours of one part of the body.

    Args:
        name: what the list is called.
        rows: the colours, at most one exact row for each foreign code.
        nist_unknown: the ANSI/NIST code for a colour that is not known or not in that list.
    """

    def __init__(self, name: str, rows: tuple[Colour, ...], nist_unknown: str) -> None:
        self.table = CodeTable(name, "e-ADS", {row.code: row.label for row in rows})
        self.rows = {row.code: row for row in rows}
        self.nist_unknown = nist_unknown
        self._from_interpol = _reverse(rows, lambda row: row.interpol)
        self._from_nist = _reverse(rows, lambda row: row.nist)

    def to_interpol(self, code: str) -> Mapping:
        """INTERPOL's website code for one of our colours. Raises KeyError for other codes."""
        return self.rows[code].interpol

    def to_nist(self, code: str) -> Mapping:
        """The ANSI/NIST-ITL code for one of our colours. Raises KeyError for other codes."""
        return self.rows[code].nist

    def from_interpol(self, code: str) -> str:
        """Our colour for INTERPOL's website code; always exact. Raises KeyError if unknown."""
        return self._from_interpol[code]

    def from_nist(self, code: str) -> str | None:
        """Our colour for an ANSI/NIST-ITL code; None for its "unknown". Raises KeyError."""
        return None if code == self.nist_unknown else self._from_nist[code]

    @property
    def interpol_codes(self) -> tuple[str, ...]:
        """INTERPOL's codes of this list."""
        return tuple(self._from_interpol)


def _reverse(rows: tuple[Colour, ...], side: Callable[[Colour], Mapping]) -> dict[str, str]:
    exact = [(side(row).code, row.code) for row in rows if not side(row).lossy]
    return {foreign: code for foreign, code in exact if foreign is not None}


def _lossy(code: str | None) -> Mapping:
    return Mapping(code, lossy=True)


EYES = ColourList(
    "eye colours",
    (
        Colour("black", "black", Mapping("BLA"), Mapping("BLK")),
        Colour("brown", "brown", Mapping("BRO"), Mapping("BRO")),
        Colour("dark-brown", "dark brown", Mapping("BROD"), _lossy("BRO")),
        Colour("light-brown", "light brown", Mapping("BROL"), _lossy("BRO")),
        Colour("hazel", "hazel", Mapping("BROH"), Mapping("HAZ")),
        Colour("green", "green", Mapping("GRE"), Mapping("GRN")),
        Colour("blue", "blue", Mapping("BLU"), Mapping("BLU")),
        Colour("light-blue", "light blue", Mapping("BLUL"), _lossy("BLU")),
        Colour("grey", "grey", Mapping("GRY"), Mapping("GRY")),
        Colour("different", "of different colours", Mapping("OTHC"), Mapping("MUL")),
        Colour("dark", "dark, colour not told", Mapping("OTHD"), _lossy("XXX")),
        Colour("light", "light, colour not told", Mapping("OTHL"), _lossy("XXX")),
        Colour("maroon", "maroon", _lossy("BRO"), Mapping("MAR")),
        Colour("pink", "pink", _lossy(None), Mapping("PNK")),
    ),
    nist_unknown="XXX",
)

HAIR = ColourList(
    "hair colours",
    (
        Colour("black", "black", Mapping("BLA"), Mapping("BLK")),
        Colour("brown", "brown", Mapping("BRO"), Mapping("BRO")),
        Colour("fair", "fair", Mapping("BROF"), _lossy("BLN")),
        Colour("blond", "blond", Mapping("YELB"), Mapping("BLN")),
        Colour("sandy", "sandy", _lossy("BROF"), Mapping("SDY")),
        Colour("red", "red", Mapping("RED"), Mapping("RED")),
        Colour("auburn", "auburn", Mapping("REDA"), _lossy("RED")),
        Colour("grey", "grey", Mapping("GRY"), Mapping("GRY")),
        Colour("greying", "greying", Mapping("GRYG"), _lossy("GRY")),
        Colour("white", "white", Mapping("WHI"), Mapping("WHI")),
        Colour("bald", "bald", Mapping("HAIB"), Mapping("BAL")),
        Colour("dyed", "dyed", Mapping("HAID"), _lossy("XXX")),
        Colour("dark", "dark, colour not told", Mapping("OTHD"), _lossy("XXX")),
    ),
    nist_unknown="XXX",
)

EyeColour = TypeAliasType("EyeColour", Annotated[str, EYES.table])
HairColour = TypeAliasType("HairColour", Annotated[str, HAIR.table])
