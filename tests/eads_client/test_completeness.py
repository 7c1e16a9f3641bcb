"""What a reviewer would miss, what a list shows, how long a notice may live."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eads_client.payloads import (
    PAYLOADS,
    WantedPerson,
    completeness,
    decode,
    max_lifetime,
    summary,
)
from eads_wire.notice_types import TYPES
from tests.eads_client.drafts import draft, read


def sentences(tree: dict[str, Any]) -> str:
    return "\n".join(completeness(read("wanted-person", tree)))


@pytest.mark.parametrize(
    ("charge", "asked"),
    [
        ({"text": "Penipuan"}, "English translation"),
        ({"english": "Fraud"}, "legal provision"),
        ({"english": "Fraud"}, "maximum penalty"),
        ({"english": "Fraud"}, "number of the warrant"),
        ({"english": "Fraud", "warrant": {"number": "7"}}, "court and the date"),
        ({"english": "Fraud", "proceeding": "sentence"}, "what is left"),
    ],
)
def test_completeness_asks_for_what_reviewers_refuse(charge: dict[str, Any], asked: str) -> None:
    assert asked in sentences(draft("wanted-person", charges=[charge]))


def test_completeness_asks_for_charges_and_photograph() -> None:
    found = sentences(draft("wanted-person"))
    assert "Add the charges" in found
    assert "photograph" in found


def test_completeness_does_not_ask_for_a_translation_of_english() -> None:
    found = sentences(draft("wanted-person", charges=[{"text": "Fraud", "language": "eng"}]))
    assert "translation" not in found


@pytest.mark.parametrize(
    ("charge", "serious"),
    [
        ({"maximum_penalty": {"kind": "imprisonment", "months": 23}}, False),
        ({"maximum_penalty": {"kind": "imprisonment", "months": 24}}, True),
        ({"maximum_penalty": {"kind": "fine"}}, False),
        ({"maximum_penalty": {"kind": "life"}}, True),
        ({"sentence": {"remaining_months": 5}}, False),
        ({"sentence": {"remaining_months": 6}}, True),
    ],
)
def test_completeness_says_when_a_matter_is_not_serious_enough(
    charge: dict[str, Any], serious: bool
) -> None:
    found = sentences(draft("wanted-person", charges=[charge]))
    assert ("Not serious enough" in found) is not serious


def test_completeness_asks_for_assurances_where_the_law_allows_death() -> None:
    charge = {"maximum_penalty": {"kind": "death"}}
    assert "assurances" in sentences(draft("wanted-person", charges=[charge]))


@pytest.mark.parametrize("notice_type", PAYLOADS)
def test_summary_is_one_line_of_eighty_characters(notice_type: str) -> None:
    field = {"trafficking-route": "title", "message": "subject", "wanted-person": "reason"}
    tree = draft(notice_type, **{field.get(notice_type, "reference"): "long " * 50 + "end"})
    line = summary(read(notice_type, tree))
    assert 0 < len(line) <= 80
    assert line.isprintable()


def test_summary_of_a_wanted_person_says_who_and_why() -> None:
    line = summary(read("wanted-person", draft("wanted-person")))
    assert line == "arrest: NYUNDAK, b. 1984-03; Fraud."


def test_every_type_has_a_longest_lifetime() -> None:
    assert all(timedelta(0) < max_lifetime(each) <= timedelta(days=1827) for each in TYPES)
    assert max_lifetime("wanted-person") >= timedelta(days=5 * 365)
    with pytest.raises(KeyError):
        max_lifetime("wanted")


def test_extension_reason_travels_with_the_update() -> None:
    tree = draft("wanted-person", update_reason="The trial has been put off.")
    payload = decode("wanted-person", "update", json.dumps(tree).encode())
    assert isinstance(payload, WantedPerson)
    assert payload.update_reason == "The trial has been put off."


def test_now_is_never_part_of_decoding() -> None:
    far = str(datetime.now(UTC).year + 30)
    assert read("missing-person", draft("missing-person", last_seen={"date": far}))
