"""Import and export over all notices that the form allows."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eads_client.interpol import ForeignNoticeError, read_notice, to_interpol
from eads_client.payloads.codes import COUNTRIES, LANGUAGES
from eads_client.payloads.colours import EYES, HAIR
from tests.eads_client.drafts import spoilt
from tests.eads_client.foreign import RED, YELLOW, assert_round_trip, same


def unknown_or(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, "-", 0, []]) | values


texts = st.text(
    st.characters(codec="utf-8", categories=["L", "M", "N", "Zs", "P"]), max_size=30
).filter(lambda text: not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
names = st.from_regex(r"[A-Z]{2,8}( [A-Z]{2,8}){0,2}", fullmatch=True)
countries = st.sampled_from([*COUNTRIES.entries, "914", "916", "922"])
dates = (
    st.dates(min_value=date(1900, 1, 1),
             max_value=date(2020, 12, 31))
    .map(lambda day: day.strftime("%Y/%m/%d"))
    .flatmap(lambda day: st.sampled_from([day, day[:7], day[:4]]))
)  # fmt: skip
persons = {
    "entity_id": st.from_regex(r"[0-9]{4}/[0-9]{1,6}", fullmatch=True),
    "forename": unknown_or(names),
    "name": names,
    "date_of_birth": unknown_or(dates),
    "place_of_birth": unknown_or(texts),
    "country_of_birth_id": unknown_or(countries),
    "nationalities": unknown_or(st.lists(countries, max_size=3)),
    "sex_id": unknown_or(st.sampled_from("MFU")),
    "height": unknown_or(st.floats(0.2, 2.8) | st.integers(20, 280).map(lambda cm: cm / 100)),
    "weight": unknown_or(st.integers(1, 650) | st.floats(1, 650)),
    "eyes_colors_id": unknown_or(st.lists(st.sampled_from(EYES.interpol_codes), max_size=3)),
    "hairs_id": unknown_or(st.lists(st.sampled_from(HAIR.interpol_codes), max_size=3)),
    "languages_spoken_ids": unknown_or(
        st.lists(st.sampled_from([*map(str.upper, LANGUAGES.entries), "YUE", "MSA"]), max_size=3)
    ),
    "distinguishing_marks": unknown_or(texts),
}
warrants = st.fixed_dictionaries(
    {},
    optional={
        "charge": unknown_or(texts),
        "charge_translation": unknown_or(texts),
        "issuing_country_id": unknown_or(countries),
        "note": texts,
    },
)
optional = {key: value for key, value in persons.items() if key not in ("entity_id", "name")}
mandatory = {key: persons[key] for key in ("entity_id", "name")}
reds = st.fixed_dictionaries(
    mandatory | {"arrest_warrants": unknown_or(st.lists(warrants, max_size=3))},
    optional=optional | {"_links": st.just(RED["_links"]), "extra": texts},
)
yellows = st.fixed_dictionaries(
    mandatory | {"date_of_event": unknown_or(dates)},
    optional=optional
    | {
        "birth_name": unknown_or(names),
        "father_forename": unknown_or(names),
        "mother_name": unknown_or(names),
        "mother_forename": unknown_or(names),
        "place": unknown_or(texts),
        "country": unknown_or(countries),
        "_links": st.just(YELLOW["_links"]),
    },
)


@given(reds | yellows)
def test_import_then_export_gives_the_same_json(document: dict[str, Any]) -> None:
    assert_round_trip(document)


@given(spoilt(RED) | spoilt(YELLOW))
def test_any_spoilt_notice_is_read_whole_or_refused(document: dict[str, Any]) -> None:
    try:
        data = json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    try:
        notice = read_notice(data)
    except ForeignNoticeError:
        return
    assert same(to_interpol(notice.payload), document)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_notice_or_an_error(data: bytes) -> None:
    with suppress(ForeignNoticeError):
        read_notice(data)
