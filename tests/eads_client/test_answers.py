"""Hits, flags, messages and corrections, and until when a hit must be answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from eads_client.payloads import PayloadError, answer_due, completeness
from eads_wire.notice_types import PRIORITIES
from tests.eads_client.drafts import draft, read

RECEIVED = datetime(2026, 2, 3, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("notice_type", "action"),
    [("wanted-person", "arrest"), ("missing-person", "recover")],
)
def test_answer_to_an_arrest_or_abduction_is_due_at_once(notice_type: str, action: str) -> None:
    assert answer_due(notice_type, action, "routine", RECEIVED) == RECEIVED


@pytest.mark.parametrize(
    ("notice_type", "action"),
    [
        ("wanted-person", "locate"),
        ("missing-person", "locate"),
        ("missing-person", "assist"),
        ("trafficking-route", ""),
        ("stolen-document", ""),
        ("trafficking-route", "arrest"),
    ],
)
def test_other_answers_are_due_in_twelve_hours(notice_type: str, action: str) -> None:
    assert answer_due(notice_type, action, "routine", RECEIVED) == RECEIVED + timedelta(hours=12)


def test_immediate_priority_makes_every_answer_due_at_once() -> None:
    assert "immediate" in PRIORITIES
    assert answer_due("missing-person", "assist", "immediate", RECEIVED) == RECEIVED


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        answer_due("wanted-person", "arrest", "routine", RECEIVED.replace(tzinfo=None))


@pytest.mark.parametrize("missing", ["outcome", "found_at", "place", "matched_on", "confirmed_by"])
def test_hit_says_what_where_when_why_and_who_confirmed(missing: str) -> None:
    tree = draft("hit")
    del tree[missing]
    with pytest.raises(PayloadError) as caught:
        read("hit", tree)
    assert caught.value.field == missing


def test_completeness_of_a_hit_asks_for_contact_and_end_of_detention() -> None:
    found = "\n".join(completeness(read("hit", draft("hit", outcome="arrested"))))
    assert "contact" in found
    assert "hold the person" in found


@pytest.mark.parametrize("missing", ["reason", "territory", "text"])
def test_flag_says_why_and_where(missing: str) -> None:
    tree = draft("flag")
    del tree[missing]
    with pytest.raises(PayloadError) as caught:
        read("flag", tree)
    assert caught.value.field == missing


def test_correction_points_into_the_notice() -> None:
    field = {"field": "/person/date_of_birth", "proposed": "1985-03", "evidence": "Register"}
    assert read("correction", draft("correction", fields=[field]))
    with pytest.raises(PayloadError) as caught:
        read("correction", draft("correction", fields=[field | {"field": "person"}]))
    assert caught.value.field == "fields[0].field"


def test_withdrawal_has_a_reason_code_and_a_text() -> None:
    for tree, field in (({"reason": "arrested"}, "text"), ({"text": "x", "reason": "x"}, "reason")):
        with pytest.raises(PayloadError) as caught:
            read("wanted-person", tree, act="withdraw")
        assert caught.value.field == field


def test_place_without_name_country_and_point_is_no_place() -> None:
    with pytest.raises(PayloadError) as caught:
        read("hit", draft("hit", place={}))
    assert caught.value.field == "place.name"
