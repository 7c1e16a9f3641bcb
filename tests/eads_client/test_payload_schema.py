"""The JSON Schemas in specs/schemas: current, valid, and in agreement with the decoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from eads_client.payloads import PAYLOADS, PayloadError, encode
from eads_client.payloads.schema import differing, main, schemas, write
from tests.eads_client.drafts import DRAFTS, WITHDRAWAL, draft, read, with_person

FOLDER = Path(__file__).parents[2] / "specs" / "schemas"


def properties(schema: Any) -> list[tuple[str, dict[str, Any]]]:
    nodes = [schema, *schema.get("$defs", {}).values()]
    return [pair for node in nodes for pair in node.get("properties", {}).items()]


def test_files_agree_with_the_models() -> None:
    assert differing(FOLDER) == []


def test_check_fails_when_a_file_differs(tmp_path: Path) -> None:
    write(tmp_path)
    assert main(["--check", str(tmp_path)]) == 0
    (tmp_path / "hit.json").write_text("{}\n")
    (tmp_path / "other.json").write_text("{}\n")
    (tmp_path / "flag.json").unlink()
    assert differing(tmp_path) == ["flag.json", "hit.json", "other.json"]
    assert main(["--check", str(tmp_path)]) == 1


@pytest.mark.parametrize("name", [*PAYLOADS, "withdrawal"])
def test_schema_is_valid_and_named(name: str) -> None:
    schema = schemas()[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:e-ads:schema:{name}:1"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("name", [*PAYLOADS, "withdrawal"])
def test_every_field_is_described(name: str) -> None:
    schema = schemas()[name]
    for field, node in properties(schema):
        references = json.dumps(node).count('"$ref"')
        assert node.get("description") or references, f"{name}: {field}"
    for definition, node in schema.get("$defs", {}).items():
        assert node.get("description"), f"{name}: {definition}"


@pytest.mark.parametrize("name", PAYLOADS)
def test_schema_has_no_fractions(name: str) -> None:
    assert '"number"' not in json.dumps([node for _, node in properties(schemas()[name])]).replace(
        '"number":', ""
    )


@pytest.mark.parametrize("notice_type", sorted(DRAFTS))
def test_encoded_payload_fits_its_schema(notice_type: str) -> None:
    payload = read(notice_type, draft(notice_type))
    Draft202012Validator(schemas()[notice_type]).validate(json.loads(encode(payload)))


def test_encoded_withdrawal_fits_its_schema() -> None:
    payload = read("flag", WITHDRAWAL, act="withdraw")
    Draft202012Validator(schemas()["withdrawal"]).validate(json.loads(encode(payload)))


@pytest.mark.parametrize(
    "changes", [{"sex": "U"}, {"height_cm": 171.5}, {"shoes": 44}, {"eyes": ["BLA"]}, {"names": 1}]
)
def test_schema_and_decoder_refuse_the_same(changes: dict[str, Any]) -> None:
    tree = with_person("wanted-person", **changes)
    assert not Draft202012Validator(schemas()["wanted-person"]).is_valid(tree)
    with pytest.raises(PayloadError):
        read("wanted-person", tree)


@pytest.mark.parametrize("notice_type", ["wanted-person", "missing-person"])
def test_null_means_the_same_to_schema_and_decoder(notice_type: str) -> None:
    tree = with_person(notice_type, sex=None, place_of_birth=None)
    assert Draft202012Validator(schemas()[notice_type]).is_valid(tree)
    assert read(notice_type, tree) == read(notice_type, draft(notice_type))
