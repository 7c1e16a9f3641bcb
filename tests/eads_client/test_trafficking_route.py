"""A route is a consistent graph of legs and has no place for a victim's name."""

from __future__ import annotations

from typing import Any

import pytest

from eads_client.payloads import PayloadError, TraffickingRoute, completeness, decode, encode
from eads_client.payloads.schema import schemas
from tests.eads_client.drafts import draft, read


def route(legs: list[tuple[int, str, str]], **changes: Any) -> dict[str, Any]:
    """A route over places a, b, c, ... with legs (sequence, from, to)."""
    names = sorted({place for _, *ends in legs for place in ends})
    return draft(
        "trafficking-route",
        places=[{"id": name, "name": f"Place {name}", "country": "TH"} for name in names],
        legs=[
            {"id": f"leg-{number}", "sequence": sequence, "from": start, "to": end}
            for number, (sequence, start, end) in enumerate(legs)
        ],
        **changes,
    )


def refusal(tree: dict[str, Any]) -> PayloadError:
    with pytest.raises(PayloadError) as caught:
        read("trafficking-route", tree)
    return caught.value


def test_branches_and_joins_are_normal() -> None:
    payload = read(
        "trafficking-route", route([(1, "a", "c"), (1, "b", "c"), (2, "c", "d"), (2, "c", "e")])
    )
    assert isinstance(payload, TraffickingRoute)
    assert payload.branches == ("c",)
    assert payload.joins == ("c",)
    assert [place.id for place in payload.starts] == ["a", "b"]
    assert [place.id for place in payload.ends] == ["d", "e"]


def test_way_back_is_taken() -> None:
    assert read("trafficking-route", route([(1, "a", "b"), (2, "b", "a")]))


def test_two_legs_between_the_same_places_are_alternatives() -> None:
    assert read("trafficking-route", route([(1, "a", "b"), (1, "a", "b")]))


@pytest.mark.parametrize("end", ["from", "to"])
def test_leg_to_a_place_that_is_not_listed_is_refused(end: str) -> None:
    tree = route([(1, "a", "b")])
    tree["legs"][0][end] = "nowhere"
    assert refusal(tree).field == f"legs[0].{end}"


def test_place_that_no_leg_touches_is_refused() -> None:
    tree = route([(1, "a", "b")])
    tree["places"].append({"id": "c", "name": "Place c", "country": "TH"})
    assert refusal(tree).field == "places[2]"


def test_leg_that_goes_nowhere_is_refused() -> None:
    assert refusal(route([(1, "a", "b"), (2, "b", "b")])).field == "legs[1].to"


@pytest.mark.parametrize("field", ["places", "legs"])
def test_id_that_stands_twice_is_refused(field: str) -> None:
    tree = route([(1, "a", "b"), (2, "b", "c")])
    tree[field][1]["id"] = tree[field][0]["id"]
    assert refusal(tree).field == f"{field}[1].id"


@pytest.mark.parametrize("stages", [(2, 3), (1, 3), (0, 1)])
def test_stages_are_numbered_without_a_gap(stages: tuple[int, int]) -> None:
    assert refusal(route([(stages[0], "a", "b"), (stages[1], "b", "c")])).field.startswith("legs")


def test_unknown_facilitator_is_refused() -> None:
    tree = route([(1, "a", "b")])
    tree["legs"][0]["facilitators"] = ["broker"]
    assert refusal(tree).field == "legs[0].facilitators"


def test_leg_last_seen_before_it_was_first_seen_is_refused() -> None:
    tree = route([(1, "a", "b")])
    tree["legs"][0] |= {"first_seen": "2026-02", "last_seen": "2025"}
    assert refusal(tree).field == "legs[0].last_seen"


def test_coordinate_is_in_millionths_of_a_degree_with_a_precision() -> None:
    tree = route([(1, "a", "b")])
    point = {"latitude_udeg": 16713600, "longitude_udeg": 98574700, "precision_m": 5000}
    tree["places"][0]["coordinate"] = point
    payload = read("trafficking-route", tree)
    assert decode("trafficking-route", "issue", encode(payload)) == payload
    for field, value in (("latitude_udeg", 90_000_001), ("longitude_udeg", -180_000_001)):
        tree["places"][0]["coordinate"] = point | {field: value}
        assert refusal(tree).field == f"places[0].coordinate.{field}"
    del point["precision_m"]
    tree["places"][0]["coordinate"] = point
    assert refusal(tree).field == "places[0].coordinate.precision_m"


@pytest.mark.parametrize("element", ["acts", "means", "purposes"])
def test_trafficking_needs_act_means_and_purpose(element: str) -> None:
    assert refusal(route([(1, "a", "b")], **{element: []})).field == element


def test_means_are_not_needed_for_children() -> None:
    children = [{"age_band": "0-8", "count": 2}, {"age_band": "9-17"}]
    assert read("trafficking-route", route([(1, "a", "b")], means=[], victims=children))
    mixed = [*children, {"age_band": "18-23"}]
    assert refusal(route([(1, "a", "b")], means=[], victims=mixed)).field == "means"


def test_smuggling_needs_no_element_of_trafficking() -> None:
    tree = route([(1, "a", "b")], area="people-smuggling", acts=[], means=[], purposes=[])
    assert read("trafficking-route", tree)


def test_area_of_a_route_is_trafficking_or_smuggling() -> None:
    assert refusal(route([(1, "a", "b")], area="cybercrime")).field == "area"


@pytest.mark.parametrize("field", ["name", "names", "person", "remarks", "document"])
def test_victims_have_no_field_for_a_name(field: str) -> None:
    tree = route([(1, "a", "b")], victims=[{"age_band": "9-17", field: "Nyundak"}])
    assert refusal(tree).field == f"victims[0].{field}"


def test_victims_are_described_by_codes_and_counts_only() -> None:
    group = schemas()["trafficking-route"]["$defs"]["VictimGroup"]["properties"]
    assert set(group) == {"age_band", "sex", "count", "origins"}


def test_names_of_persons_stand_under_facilitators_only() -> None:
    definitions = schemas()["trafficking-route"]["$defs"]
    users = {
        name for name, each in definitions.items() if '/Person"' in repr(each).replace("'", '"')
    }
    assert users == {"Facilitator"}


def test_completeness_sees_a_route_that_falls_apart() -> None:
    whole = completeness(read("trafficking-route", route([(1, "a", "b"), (2, "b", "c")])))
    apart = completeness(read("trafficking-route", route([(1, "a", "b"), (2, "c", "d")])))
    assert any("falls apart" in sentence for sentence in apart)
    assert not any("falls apart" in sentence for sentence in whole)
