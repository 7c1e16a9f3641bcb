"""Types of notice and the tables of the header (specs/envelope.md, "Header")."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

ANSWERS: Final = frozenset({"hit", "flag", "message", "correction"})
"""Types that answer a notice, by ``re``."""

SERIOUS: Final = frozenset({"wanted-person", "person-information", "trafficking-route"})
"""Types that never go out on one signature, whatever a keyring says."""

LONGEST_LIFE: Final = {
    "wanted-person": timedelta(days=1827),
    "person-information": timedelta(days=366),
    "missing-person": timedelta(days=1827),
    "unidentified-body": timedelta(days=1096),
    "warning": timedelta(days=366),
    "modus-operandi": timedelta(days=366),
    "trafficking-route": timedelta(days=1096),
    "stolen-document": timedelta(days=1096),
    "stolen-vehicle": timedelta(days=1096),
    "hit": timedelta(days=366),
    "flag": timedelta(days=366),
    "message": timedelta(days=366),
    "correction": timedelta(days=366),
}
"""Every type, with the longest time from ``issued`` to ``expires``."""

TYPES: Final = tuple(LONGEST_LIFE)
ACTS: Final = ("issue", "update", "withdraw")
HANDLING: Final = ("H0", "H1", "H2", "H3")
TLP: Final = ("RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR")
PRIORITIES: Final = ("routine", "urgent", "immediate")
AREAS: Final = (
    "terrorism",
    "illicit-drugs",
    "trafficking-in-persons",
    "arms-smuggling",
    "sea-piracy",
    "money-laundering",
    "international-economic-crime",
    "cybercrime",
    "people-smuggling",
    "wildlife-and-timber",
)
