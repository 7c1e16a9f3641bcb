"""Strategies: any bytes, any JSON, and valid documents with something changed somewhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Json = Any

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(
        [
            *(
                "",
                "*",
                "ID-POLRI",
                "reviewer@",
                "issue",
                "withdraw",
                "liaison",
                "\ud800",
                "\U0001f600",
            ),
            *("0" * 32, "0" * 64, "AAAA", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z"),
        ]
    ),
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def encoded(value: Json) -> bytes:
    """JSON, with lone surrogates written as escapes and not-a-number as Python writes it."""
    return json.dumps(value).encode("ascii")


@st.composite
def changed_bytes(draw: st.DrawFn, valid: bytes) -> bytes:
    """A valid document, cut, or with some bytes replaced, removed or inserted."""
    place = draw(st.integers(0, len(valid)))
    length = draw(st.integers(0, 8))
    return valid[:place] + draw(st.binary(max_size=8)) + valid[place + length :]


@st.composite
def changed_json(draw: st.DrawFn, valid: Json) -> Json:
    """A valid value with one part replaced, left out, repeated or moved in among the others."""
    if isinstance(valid, dict) and valid and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(valid)))
        how = draw(st.sampled_from(["into", "into", "into", "drop", "rename"]))
        rest = {name: value for name, value in valid.items() if name != key}
        if how == "drop":
            return rest
        name = draw(st.text(max_size=6)) if how == "rename" else key
        return {**rest, name: draw(changed_json(valid[key]))}
    if isinstance(valid, list) and valid and draw(st.integers(0, 3)):
        place = draw(st.integers(0, len(valid) - 1))
        how = draw(st.sampled_from(["into", "into", "drop", "repeat", "reverse"]))
        if how == "reverse":
            return valid[::-1]
        inside = {"into": [draw(changed_json(valid[place]))], "drop": [], "repeat": valid[:1] * 2}
        return [*valid[:place], *inside[how], *valid[place + 1 :]]
    return draw(ANY_JSON)


def within(document: bytes, key: str, change: Callable[[bytes], bytes]) -> bytes:
    """A JSON document whose base64 field is decoded, changed and encoded again."""
    value = json.loads(document)
    value[key] = base64.b64encode(change(base64.b64decode(value[key]))).decode()
    return encoded(value)
