"""Drafts that the payload tests start from: smallest valid payloads as plain JSON trees."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

from eads_client.payloads import Payload, decode

ALL_NO = {"may_be_victim": "no", "child": "no", "compelled": "no", "harm_on_return": "no"}

PERSON = {
    "names": [{"value": "NYUNDAK", "script": "Latn", "role": "single"}],
    "date_of_birth": "1984-03",
}
WANTED = {"action": "arrest", "reason": "Fraud.", "person": PERSON}
MISSING = {"action": "locate", "person": PERSON}
ROUTE = {
    "title": "Moei river",
    "acts": ["transportation"],
    "means": ["deception"],
    "purposes": ["forced-criminality"],
    "places": [
        {"id": "mae-sot", "name": "Mae Sot", "country": "TH"},
        {"id": "myawaddy", "name": "Myawaddy", "country": "MM"},
    ],
    "legs": [{"id": "river", "sequence": 1, "from": "mae-sot", "to": "myawaddy"}],
}
HIT = {
    "outcome": "located",
    "found_at": "2026-02-03T04:05:06Z",
    "place": {"name": "Padang Besar", "country": "MY"},
    "matched_on": ["name", "document"],
    "confirmed_by": "Insp. Tiara",
}
FLAG = {"reason": "own-national", "territory": "VN", "text": "Our constitution forbids it."}
MESSAGE = {"subject": "Transfer date", "text": "Which day suits you?"}
CORRECTION = {"kind": "outdated", "text": "He has moved."}
WITHDRAWAL = {"reason": "arrested", "text": "Arrested in Bavet."}

DRAFTS: dict[str, dict[str, Any]] = {
    "wanted-person": WANTED,
    "missing-person": MISSING,
    "trafficking-route": ROUTE,
    "hit": HIT,
    "flag": FLAG,
    "message": MESSAGE,
    "correction": CORRECTION,
}


def draft(notice_type: str, **changes: Any) -> dict[str, Any]:
    """A fresh draft with some top-level fields changed."""
    return copy.deepcopy(DRAFTS[notice_type]) | changes


def with_person(notice_type: str, **changes: Any) -> dict[str, Any]:
    """A fresh draft whose person has some fields changed."""
    tree = draft(notice_type)
    tree["person"] |= changes
    return tree


def read(notice_type: str, tree: Any, act: str = "issue") -> Payload:
    """Decode a tree."""
    return decode(notice_type, act, json.dumps(tree, ensure_ascii=False).encode())


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["yes", "M", "KH", "1984", "Latn", "single", "arrest", "assist"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@st.composite
def spoilt(draw: st.DrawFn, tree: dict[str, Any]) -> dict[str, Any]:
    """A tree in which some places hold something else."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        node: Any = tree
        while node:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = draw(st.sampled_from(keys))
            inner = node[key]
            if isinstance(inner, dict | list) and inner and draw(st.booleans()):
                node = inner
                continue
            node[key] = draw(json_values)
            break
    return tree
