"""Import and export of INTERPOL's public notice JSON: nothing lost, nonsense refused."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from eads_client.interpol import (
    ForeignNoticeError,
    read_notice,
    to_interpol,
)
from eads_client.payloads import (
    MissingPerson,
    PayloadError,
    WantedPerson,
    encode,
)
from tests.eads_client.drafts import draft, read
from tests.eads_client.foreign import RED, YELLOW, assert_round_trip, imported, same


def wanted(**changes: Any) -> WantedPerson:
    payload = imported(RED, **changes).payload
    assert isinstance(payload, WantedPerson)
    return payload


def refusal(document: dict[str, Any], **changes: Any) -> ForeignNoticeError:
    with pytest.raises(ForeignNoticeError) as caught:
        imported(document, **changes)
    return caught.value


# --- mapping ---------------------------------------------------------------------------------


def test_red_notice_becomes_a_wanted_person() -> None:
    notice = imported(RED)
    person = notice.payload.person
    assert notice.notice_type == "wanted-person"
    assert [(name.value, name.role) for name in person.names] == [
        ("PHONGSIRI", "surname"),
        ("LERTCHAI", "given"),
    ]
    assert str(person.date_of_birth) == "1984-03-17"
    assert (person.place_of_birth, person.country_of_birth) == ("Hat Yai", "TH")
    assert (person.nationalities, person.sex) == (("TH", "MY"), "M")
    assert (person.height_cm, person.weight_kg) == (183, 71)
    assert (person.eyes, person.hair) == (("hazel",), ("greying", "bald"))
    assert person.languages == ("tha", "ger")
    assert [mark.text for mark in person.marks] == ["Scar on the chin"]


def test_red_notice_asks_for_arrest_and_keeps_its_charges() -> None:
    payload = wanted()
    assert payload.action == "arrest"
    assert payload.reason == "Fraud; Theft"
    assert [(charge.text, charge.english) for charge in payload.charges] == [
        ("ฉ้อโกง", "Fraud"),
        ("Theft", None),
    ]
    assert [charge.warrant and charge.warrant.country for charge in payload.charges] == ["TH", "LA"]


def test_yellow_notice_becomes_a_missing_person() -> None:
    notice = imported(YELLOW)
    payload = notice.payload
    assert isinstance(payload, MissingPerson)
    assert (payload.action, payload.kind) == ("locate", "missing")
    assert payload.person.names[-1].role == "birth"
    assert payload.last_seen is not None
    assert payload.last_seen.place is not None
    assert (payload.last_seen.place.name, payload.last_seen.place.country) == ("Padang Besar", "MY")
    assert str(payload.last_seen.date) == "2021-05"
    assert {each.relation: each.names[0].value for each in payload.person.relatives} == {
        "father": "PRASERT",
        "mother": "WONGSA",
    }


@pytest.mark.parametrize(
    ("name", "forename", "role"),
    [
        ("SUKARNI", None, "single"),
        ("SUKARNI", "-", "single"),
        (None, "SUKARNI", "single"),
        ("HAFIZUL BIN MAT AROP", None, "full"),
        ("MA KHIN THAZIN OO", "", "full"),
    ],
)
def test_only_name_is_never_made_a_surname(name: Any, forename: Any, role: str) -> None:
    names = wanted(name=name, forename=forename).person.names
    assert [each.role for each in names] == [role]


def test_name_in_another_script_says_so() -> None:
    names = wanted(name="ปองศิริ", forename="เลิศชัย").person.names
    assert {name.script for name in names} == {"Thai"}


@pytest.mark.parametrize("born", [None, "-", "", 0, []])
def test_unknown_birth_is_said_not_invented(born: Any) -> None:
    person = wanted(date_of_birth=born).person
    assert person.date_of_birth is None
    assert person.date_of_birth_unknown == "not stated in the INTERPOL notice"


def test_reason_is_not_invented_where_there_is_no_charge() -> None:
    assert wanted(arrest_warrants=None).reason == "Reason not stated in the INTERPOL notice"


@pytest.mark.parametrize("nothing", [None, "-", " - ", 0, 0.0, [], ""])
def test_all_spellings_of_unknown_mean_unknown(nothing: Any) -> None:
    fields = [key for key in RED if key not in ("entity_id", "name", "_links")]
    payload = wanted(**dict.fromkeys(fields, nothing))
    person = payload.person.model_dump(exclude_defaults=True)
    assert set(person) == {"names", "date_of_birth_unknown"}
    assert payload.charges == ()
    assert_round_trip(RED | dict.fromkeys(fields, nothing))


def test_sex_unknown_to_interpol_is_unspecified_here() -> None:
    assert wanted(sex_id="U").person.sex == "X"
    assert wanted(sex_id=None).person.sex is None


# --- red or yellow ---------------------------------------------------------------------------


def test_address_decides_before_fields() -> None:
    assert imported(RED, _links=YELLOW["_links"]).notice_type == "missing-person"


@pytest.mark.parametrize(
    ("document", "notice_type"), [(RED, "wanted-person"), (YELLOW, "missing-person")]
)
@pytest.mark.parametrize("links", [None, {}, {"self": None}, {"self": {"href": "-"}}])
def test_fields_decide_where_there_is_no_address(
    document: dict[str, Any], notice_type: str, links: Any
) -> None:
    assert imported(document, _links=links).notice_type == notice_type


def test_empty_fields_still_tell_red_from_yellow() -> None:
    red = {**RED, "arrest_warrants": None}
    yellow = {**YELLOW, "date_of_event": None}
    del red["_links"], yellow["_links"]
    assert imported(red).notice_type == "wanted-person"
    assert imported(yellow).notice_type == "missing-person"


def test_notice_of_no_known_colour_is_refused() -> None:
    document = {key: RED[key] for key in ("entity_id", "name")}
    assert refusal(document).field == "_links.self.href"
    blue = {"self": {"href": "https://notices.example/notices/v1/blue/2020-71"}}
    assert refusal(RED, _links=blue).field == "_links.self.href"


# --- nothing is lost -------------------------------------------------------------------------


def test_special_country_is_kept_and_reported() -> None:
    warrants = copy.deepcopy(RED["arrest_warrants"])
    warrants[1]["issuing_country_id"] = "914"
    notice = imported(RED, arrest_warrants=warrants, nationalities=["TH", "922"])
    reported = {each.field: each.value for each in notice.unmapped}
    assert reported["arrest_warrants[1].issuing_country_id"] == "914"
    assert reported["nationalities[1]"] == "922"
    assert notice.payload.source is not None
    assert '"914"' in notice.payload.source.fields["arrest_warrants"]
    assert notice.payload.person.nationalities == ("TH",)
    assert same(
        to_interpol(notice.payload), RED | {"arrest_warrants": warrants,
                                            "nationalities": ["TH", "922"]}
    )  # fmt: skip


def test_unknown_field_is_kept_and_reported() -> None:
    warrants = [RED["arrest_warrants"][0] | {"court": {"name": "First"}}]
    notice = imported(RED, un_reference=["A", 1.5, None], arrest_warrants=warrants)
    reported = {each.field: each.value for each in notice.unmapped}
    assert reported["un_reference"] == ["A", 1.5, None]
    assert reported["arrest_warrants[0].court"] == {"name": "First"}
    assert to_interpol(notice.payload)["un_reference"] == ["A", 1.5, None]
    assert all(each.why for each in notice.unmapped)


def test_empty_field_is_kept_but_not_reported() -> None:
    notice = imported(RED, weight=0, place_of_birth="-")
    assert {each.field for each in notice.unmapped} == {"_links"}
    assert to_interpol(notice.payload)["weight"] == 0
    assert to_interpol(notice.payload)["place_of_birth"] == "-"


def test_language_outside_the_register_is_kept_and_reported() -> None:
    notice = imported(RED, languages_spoken_ids=["THA", "YUE", "DEU"])
    assert notice.payload.person.languages == ("tha", "ger")
    assert ("languages_spoken_ids[1]", "YUE") in [(e.field, e.value) for e in notice.unmapped]
    assert to_interpol(notice.payload)["languages_spoken_ids"] == ["THA", "YUE", "DEU"]


def test_payload_holds_no_fraction_although_the_original_did() -> None:
    data = encode(imported(RED, height=1.835, other=[0.25]).payload)
    json.loads(data, parse_float=lambda text: pytest.fail(f"fraction {text}"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("height", 1.835),
        ("height", 2),
        ("weight", 71.4),
        ("weight", 71.0),
        ("date_of_birth", "1984/3/7"),
        ("name", "  PHONGSIRI "),
        ("distinguishing_marks", "Scar\r\non the chin"),
        ("nationalities", ["TH", "TH", "-"]),
        ("languages_spoken_ids", ["tha"]),
        ("arrest_warrants", [{}]),
        ("arrest_warrants", [{"charge": "-", "issuing_country_id": None}]),
    ],
)
def test_other_spelling_of_a_value_is_given_back_as_it_was(field: str, value: Any) -> None:
    assert_round_trip(RED | {field: value})


@pytest.mark.parametrize("document", [RED, YELLOW], ids=["red", "yellow"])
def test_missing_fields_stay_missing(document: dict[str, Any]) -> None:
    for field in document:
        if field not in ("entity_id", "name", "_links"):
            assert_round_trip({key: document[key] for key in document if key != field})


def test_corrected_field_is_exported_corrected() -> None:
    notice = imported(RED, height=1.835, weight=0)
    person = notice.payload.person.model_copy(update={"height_cm": 170, "weight_kg": 60})
    export = to_interpol(notice.payload.model_copy(update={"person": person}))
    assert (export["height"], export["weight"]) == (1.7, 60)


def test_corrected_name_does_not_bring_back_half_of_the_old_one() -> None:
    notice = imported(RED, name=None, forename="SUKARNI")
    names = (notice.payload.person.names[0].model_copy(update={"value": "SUKARNO"}),)
    person = notice.payload.person.model_copy(update={"names": names})
    export = to_interpol(notice.payload.model_copy(update={"person": person}))
    assert (export["name"], export["forename"]) == ("SUKARNO", None)


def test_draft_made_here_is_exported_with_all_fields() -> None:
    payload = read("wanted-person", draft("wanted-person"))
    assert isinstance(payload, WantedPerson)
    export = to_interpol(payload)
    assert set(export) == set(RED) - {"_links"}
    assert (export["name"], export["date_of_birth"]) == ("NYUNDAK", "1984/03")


def test_source_that_nobody_can_read_does_not_stop_an_export() -> None:
    tree = draft("wanted-person")
    tree["source"] = {"entity_id": "2020/71", "fields": {"height": '"tall"', "extra": "[1]"}}
    payload = read("wanted-person", tree)
    assert isinstance(payload, WantedPerson)
    export = to_interpol(payload)
    assert export["height"] is None
    assert export["extra"] == [1]


def test_kept_value_must_be_json() -> None:
    tree = draft("wanted-person", source={"entity_id": "2020/71", "fields": {"height": "tall"}})
    with pytest.raises(PayloadError) as caught:
        read("wanted-person", tree)
    assert caught.value.field == "source.fields.height"


# --- nonsense --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("entity_id", None, "entity_id"),
        ("entity_id", 2020, "entity_id"),
        ("entity_id", "2020-71", "entity_id"),
        ("name", 7, "name"),
        ("name", ["PHONGSIRI"], "name"),
        ("name", "12345", "name"),
        ("forename", {"first": "LERTCHAI"}, "forename"),
        ("date_of_birth", "1984/02/30", "date_of_birth"),
        ("date_of_birth", "1984/13", "date_of_birth"),
        ("date_of_birth", "17.03.1984", "date_of_birth"),
        ("date_of_birth", 1984, "date_of_birth"),
        ("date_of_birth", "2190/01/01", "date_of_birth"),
        ("place_of_birth", True, "place_of_birth"),
        ("place_of_birth", "Hat\x00Yai", "place_of_birth"),
        ("country_of_birth_id", "ZZ", "country_of_birth_id"),
        ("country_of_birth_id", "th", "country_of_birth_id"),
        ("country_of_birth_id", 914, "country_of_birth_id"),
        ("nationalities", "TH", "nationalities"),
        ("nationalities", ["TH", "XX"], "nationalities[1]"),
        ("nationalities", ["TH", 5], "nationalities[1]"),
        ("sex_id", "W", "sex_id"),
        ("sex_id", 1, "sex_id"),
        ("height", 40, "height"),
        ("height", -1.7, "height"),
        ("height", "1.83", "height"),
        ("height", True, "height"),
        ("height", 183, "height"),
        ("weight", 7000, "weight"),
        ("weight", "71", "weight"),
        ("eyes_colors_id", ["BLK"], "eyes_colors_id[0]"),
        ("eyes_colors_id", ["HAIB"], "eyes_colors_id[0]"),
        ("hairs_id", ["BLA", "PINK"], "hairs_id[1]"),
        ("hairs_id", "BLA", "hairs_id"),
        ("languages_spoken_ids", ["THAI"], "languages_spoken_ids[0]"),
        ("distinguishing_marks", ["scar"], "distinguishing_marks"),
        ("arrest_warrants", {"charge": "Fraud"}, "arrest_warrants"),
        ("arrest_warrants", ["Fraud"], "arrest_warrants[0]"),
        ("arrest_warrants", [{"charge": 5}], "arrest_warrants[0].charge"),
        (
            "arrest_warrants",
            [{"issuing_country_id": "QQ"}],
            "arrest_warrants[0].issuing_country_id",
        ),
        ("_links", "https://notices.example", "_links"),
        ("_links", {"self": {"href": 5}}, "_links.self.href"),
    ],
)
def test_nonsense_is_refused_with_its_field(field: str, value: Any, named: str) -> None:
    assert refusal(RED, **{field: value}).field == named


@pytest.mark.parametrize(
    ("field", "value"),
    [("date_of_event", "2021/02/29"), ("date_of_event", "2190"), ("country", "XX"), ("place", 4)],
)
def test_nonsense_of_a_yellow_notice_is_refused(field: str, value: Any) -> None:
    assert refusal(YELLOW, **{field: value}).field == field


@pytest.mark.parametrize("nameless", [{"name": None, "forename": "-"}, {"name": "", "forename": 0}])
def test_notice_without_any_name_is_refused(nameless: dict[str, Any]) -> None:
    assert refusal(RED, **nameless).field == "name"


def test_refusal_quotes_no_value() -> None:
    assert "Xanadu" not in str(refusal(RED, country_of_birth_id="Xanadu"))


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b'{"name":1,"name":2}', b'{"height":NaN}', b"\xff", b" " * 300_000]
)
def test_bytes_that_are_no_notice_are_refused(data: bytes) -> None:
    with pytest.raises(ForeignNoticeError) as caught:
        read_notice(data)
    assert caught.value.field == "payload"
