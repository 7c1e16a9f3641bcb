"""Decoding and encoding of payloads: strict, closed, and silent about content."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eads_client.payloads import (
    PAYLOADS,
    PayloadError,
    completeness,
    decode,
    encode,
    summary,
)
from eads_client.payloads.dates import PartialDate
from eads_client.payloads.identity import Person
from eads_client.payloads.names import Name
from eads_client.payloads.strict_json import MAX_BYTES
from tests.eads_client.drafts import (
    DRAFTS,
    PERSON,
    WITHDRAWAL,
    draft,
    json_values,
    read,
    spoilt,
    with_person,
)

FILE = {"index": 1, "name": "face.png", "media_type": "image/png", "role": "photograph"}


def refusal(notice_type: str, tree: Any) -> PayloadError:
    with pytest.raises(PayloadError) as caught:
        read(notice_type, tree)
    return caught.value


def refused_bytes(data: bytes) -> PayloadError:
    with pytest.raises(PayloadError) as caught:
        decode("message", "issue", data)
    return caught.value


@pytest.mark.parametrize("notice_type", PAYLOADS)
def test_smallest_payload_of_each_type_survives_encoding(notice_type: str) -> None:
    payload = read(notice_type, draft(notice_type))
    assert decode(notice_type, "update", encode(payload)) == payload


@pytest.mark.parametrize("notice_type", PAYLOADS)
def test_payload_states_its_own_type(notice_type: str) -> None:
    assert json.loads(encode(read(notice_type, draft(notice_type))))["type"] == notice_type


@pytest.mark.parametrize("notice_type", [*PAYLOADS, "person-information"])
def test_withdrawal_has_one_form_for_every_type(notice_type: str) -> None:
    payload = read(notice_type, WITHDRAWAL, act="withdraw")
    assert decode(notice_type, "withdraw", encode(payload)) == payload


def test_payload_of_another_type_is_refused() -> None:
    assert refusal("flag", draft("flag", type="hit")).field == "type"


def test_type_without_payload_form_is_refused() -> None:
    assert refusal("stolen-vehicle", {}).field == "type"


def test_unknown_act_is_refused() -> None:
    with pytest.raises(PayloadError, match="act"):
        decode("message", "delete", b"{}")


# --- bytes -----------------------------------------------------------------------------------


def test_duplicate_key_is_refused() -> None:
    assert "twice" in refused_bytes(b'{"subject":"a","subject":"b","text":"c"}').message


def test_duplicate_key_deep_inside_is_refused() -> None:
    data = b'{"subject":"a","text":"c","contact":{"unit":"x","unit":"y"}}'
    assert "twice" in refused_bytes(data).message


@pytest.mark.parametrize("number", [b"1.0", b"1e3", b"-0.5", b"1E400", b"NaN", b"-Infinity"])
def test_fraction_and_non_number_are_refused_anywhere(number: bytes) -> None:
    refused_bytes(b'{"subject":"a","text":"c","answer_wanted":' + number + b"}")


@pytest.mark.parametrize("number", [b"9007199254740992", b"-9007199254740992", b"9" * 5000])
def test_integer_that_browsers_round_is_refused(number: bytes) -> None:
    refused_bytes(b'{"subject":"a","text":"c","answer_wanted":' + number + b"}")


def test_lone_surrogate_is_refused_with_its_field() -> None:
    assert refused_bytes(b'{"subject":"a\\ud83d","text":"c"}').field == "subject"


def test_lone_surrogate_in_a_key_is_refused() -> None:
    refused_bytes(b'{"\\udc00":1}')


@pytest.mark.parametrize("data", [b"\xff", b"\xef\xbb\xbf{}", b"", b"[]", b"null", b"{", b'"a"'])
def test_bytes_that_are_no_json_object_are_refused(data: bytes) -> None:
    assert refused_bytes(data).field == "payload"


def test_deep_nesting_is_refused() -> None:
    refused_bytes(b'{"a":' * 100_000)
    refused_bytes(b'{"a":' * 60 + b"1" + b"}" * 60)


def test_size_limit_is_one_mebibyte() -> None:
    room = b" " * (MAX_BYTES - len(json.dumps(draft("message"))))
    assert decode("message", "issue", json.dumps(draft("message")).encode() + room)
    assert "1 MiB" in refused_bytes(b" " * (MAX_BYTES + 1)).message


@given(st.binary(max_size=200), st.sampled_from([*PAYLOADS, "x"]))
def test_any_bytes_give_a_payload_or_a_payload_error(data: bytes, notice_type: str) -> None:
    with suppress(PayloadError):
        decode(notice_type, "issue", data)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(sorted(DRAFTS)))
def test_any_spoilt_payload_gives_a_payload_or_a_payload_error(
    data: st.DataObject, notice_type: str
) -> None:
    tree = data.draw(spoilt(DRAFTS[notice_type]))
    try:
        payload = read(notice_type, tree)
    except (PayloadError, UnicodeEncodeError):
        return
    assert decode(notice_type, "issue", encode(payload)) == payload
    assert len(summary(payload)) <= 80
    assert all(sentence.endswith(".") for sentence in completeness(payload))


@given(st.dictionaries(st.sampled_from(["subject", "text", "type", "files"]), json_values))
def test_any_object_gives_a_message_or_a_payload_error(tree: dict[str, Any]) -> None:
    with suppress(PayloadError, UnicodeEncodeError):
        read("message", tree)


# --- errors ----------------------------------------------------------------------------------


def test_unknown_field_is_refused_by_name() -> None:
    assert refusal("wanted-person", with_person("wanted-person", shoe_size=44)).field == (
        "person.shoe_size"
    )


def test_python_name_of_a_field_is_no_field() -> None:
    tree = draft("trafficking-route")
    tree["legs"][0]["from_"] = tree["legs"][0].pop("from")
    assert refusal("trafficking-route", tree).field.startswith("legs[0].from")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"names": []}, "person.names"),
        ({"names": [{"value": "X", "script": "Latn", "role": "boss"}]}, "person.names[0].role"),
        ({"height_cm": "171"}, "person.height_cm"),
        ({"height_cm": True}, "person.height_cm"),
        ({"height_cm": 4000}, "person.height_cm"),
        ({"sex": "U"}, "person.sex"),
        ({"nationalities": "KH"}, "person.nationalities"),
        ({"nationalities": ["KH", "XQ"]}, "person.nationalities[1]"),
        ({"nationalities": ["KH", "KH"]}, "person.nationalities"),
        ({"eyes": ["BLA"]}, "person.eyes[0]"),
        ({"languages": ["deu"]}, "person.languages[0]"),
        ({"date_of_birth": "1984-02-30"}, "person.date_of_birth"),
        ({"place_of_birth": "Poipet\u202e"}, "person.place_of_birth"),
        ({"place_of_birth": "Poi\x1b[31mpet"}, "person.place_of_birth"),
        ({"documents": [{"kind": "passport"}]}, "person.documents[0].number"),
        ({"photographs": [{"file": 1}]}, "person.photographs[0].file"),
    ],
)
def test_error_names_the_field(changes: dict[str, Any], field: str) -> None:
    assert refusal("wanted-person", with_person("wanted-person", **changes)).field == field


def test_error_never_quotes_content() -> None:
    secret = "Ziaurrahmanov"
    tree = with_person("wanted-person", place_of_birth=secret, sex=secret, eyes=[secret])
    tree["reason"] = {secret: secret}
    for field in ("action", "person", "reason"):
        assert secret not in str(refusal("wanted-person", {**tree, field: [secret]}))


def test_field_path_is_safe_to_print() -> None:
    error = refusal("message", draft("message") | {"\x1b[2J\u202e" + "x" * 900: 1})
    assert error.field.isprintable()
    assert len(error.field) <= 200


# --- persons ---------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["action", "reason", "person"])
def test_wanted_person_needs_its_mandatory_fields(missing: str) -> None:
    tree = draft("wanted-person")
    del tree[missing]
    assert refusal("wanted-person", tree).field == missing


@pytest.mark.parametrize("role", ["surname", "single", "full", "patronymic", "clan"])
def test_one_identifying_name_is_enough(role: str) -> None:
    name = {"value": "Nyundak", "script": "Latn", "role": role}
    assert read("wanted-person", with_person("wanted-person", names=[name]))


@pytest.mark.parametrize("role", ["given", "alias", "nickname", "birth"])
def test_person_without_surname_or_only_name_is_refused(role: str) -> None:
    name = {"value": "Nyundak", "script": "Latn", "role": role}
    error = refusal("wanted-person", with_person("wanted-person", names=[name]))
    assert error.field == "person.names"


def test_unknown_date_of_birth_needs_its_reason() -> None:
    tree = with_person("wanted-person")
    del tree["person"]["date_of_birth"]
    assert refusal("wanted-person", tree).field == "person.date_of_birth"
    tree["person"]["date_of_birth_unknown"] = "Orphan, no register."
    assert read("wanted-person", tree)


def test_date_of_birth_cannot_be_known_and_unknown() -> None:
    tree = with_person("wanted-person", date_of_birth_unknown="No register.")
    assert refusal("wanted-person", tree).field == "person.date_of_birth"


@pytest.mark.parametrize(
    ("value", "script"),
    [
        ("สมปอง", "Thai"),
        ("ສົມປອງ", "Laoo"),
        ("សំបុង", "Khmr"),
        ("စံပုံ", "Mymr"),
        ("沈邦", "Hani"),
        ("沈邦", "Hans"),
        ("سومڤوڠ", "Arab"),
        ("Sômpông-Đỗ", "Latn"),
        ("சொம்பொங்", "Taml"),
    ],
)
def test_name_in_its_own_script_is_taken(value: str, script: str) -> None:
    name = {"value": value, "script": script, "role": "full"}
    payload = read("wanted-person", with_person("wanted-person", names=[name]))
    assert decode("wanted-person", "issue", encode(payload)) == payload


def test_name_that_claims_another_script_is_refused() -> None:
    name = {"value": "สมปอง", "script": "Latn", "role": "full"}
    error = refusal("wanted-person", with_person("wanted-person", names=[name]))
    assert error.field == "person.names[0].script"


@pytest.mark.parametrize("value", ["-", "123", "   ", "..."])
def test_name_without_letters_is_refused(value: str) -> None:
    name = {"value": value, "script": "Latn", "role": "full"}
    refusal("wanted-person", with_person("wanted-person", names=[name]))


def test_shown_name_puts_the_surname_first_and_prefers_latin_letters() -> None:
    names = (
        Name(value="สมปอง", script="Thai", role="given", romanised="Sompong"),
        Name(value="Chanthara", script="Latn", role="surname"),
    )
    person = Person(names=names, date_of_birth=PartialDate("1990"))
    assert person.shown_name == "Chanthara Sompong"


# --- dates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "precision", "earliest", "latest"),
    [
        ("1984", "year", "1984-01-01", "1984-12-31"),
        ("1984-02", "month", "1984-02-01", "1984-02-29"),
        ("1984-03-17", "day", "1984-03-17", "1984-03-17"),
    ],
)
def test_partial_date_keeps_its_precision(
    text: str, precision: str, earliest: str, latest: str
) -> None:
    date = PartialDate(text)
    found = (str(date), date.precision, str(date.earliest), str(date.latest))
    assert found == (text, precision, earliest, latest)


@pytest.mark.parametrize(
    "text",
    ["", "84", "1984-13", "1984-00", "1983-02-29", "1984-1", "1984/03", "1984-03-17 ", "1849",
     "๑๙๘๔", "1984-03-17T00:00:00Z", "1984\n"],
)  # fmt: skip
def test_impossible_date_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        PartialDate(text)


@pytest.mark.parametrize("text", ["2026-02-30T00:00:00Z", "2026-02-03T24:00:00Z", "2026-02-03"])
def test_impossible_time_is_refused(text: str) -> None:
    assert refusal("hit", draft("hit", found_at=text)).field == "found_at"


# --- files, handling -------------------------------------------------------------------------


def test_photograph_refers_to_a_file_by_its_index() -> None:
    tree = with_person("wanted-person", photographs=[{"file": 1}]) | {"files": [FILE]}
    assert read("wanted-person", tree)


def test_photograph_must_be_a_photograph() -> None:
    tree = with_person("wanted-person", photographs=[{"file": 1}])
    tree["files"] = [FILE | {"role": "evidence"}]
    assert refusal("wanted-person", tree).field == "person.photographs[0].file"


@pytest.mark.parametrize("indexes", [[2], [1, 1], [2, 1], [1, 3], [0]])
def test_files_are_numbered_like_the_blobs(indexes: list[int]) -> None:
    tree = draft("message", files=[FILE | {"index": index} for index in indexes])
    assert refusal("message", tree).field.startswith("files")


@pytest.mark.parametrize("name", ["../face.png", "a/b.png", ".profile", "C:face.png", "a\\b"])
def test_file_name_never_leads_out_of_a_folder(name: str) -> None:
    tree = draft("message", files=[FILE | {"name": name}])
    assert refusal("message", tree).field == "files[0].name"


def test_h3_needs_its_restrictions_in_words() -> None:
    tree = draft("wanted-person", handling={"codes": ["H3"]})
    assert refusal("wanted-person", tree).field == "handling.restrictions"


def test_field_handling_points_to_a_field_that_exists() -> None:
    entry = {"field": "/person/names/0", "tlp": "RED"}
    assert read("wanted-person", draft("wanted-person", field_handling=[entry]))
    wrong = draft("wanted-person", field_handling=[entry | {"field": "/person/names/1"}])
    assert refusal("wanted-person", wrong).field == "field_handling[0].field"


# --- models in Python ------------------------------------------------------------------------


def test_list_is_taken_where_a_tuple_is_meant() -> None:
    tree = PERSON | {"names": [Name(value="Nyundak", script="Latn", role="single")]}
    person = Person(
        names=tree["names"],  # type: ignore[arg-type]
        date_of_birth=PartialDate("1984"),
    )
    assert isinstance(person.names, tuple)


def test_payload_cannot_be_changed_in_place() -> None:
    payload = read("message", draft("message"))
    with pytest.raises(ValidationError):
        payload.text = "other"  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["", 1.5, float("nan"), "\ud83d", object(), {"a": 1}, "x" * 2**21])
def test_payload_changed_past_its_checks_is_not_encoded(text: object) -> None:
    payload = read("message", draft("message"))
    with pytest.raises(PayloadError):
        encode(payload.model_copy(update={"text": text}))
