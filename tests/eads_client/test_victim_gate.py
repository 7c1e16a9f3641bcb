"""A victim is never entered as a suspect."""

from __future__ import annotations

from typing import Any

import pytest

from eads_client.payloads import PayloadError, WantedPerson, completeness
from tests.eads_client.drafts import ALL_NO, PERSON, draft, read

QUESTIONS = ("may_be_victim", "child", "compelled", "harm_on_return")
TRAFFICKING = "trafficking-in-persons"


def gate_with_yes(question: str) -> dict[str, Any]:
    return ALL_NO | {question: "yes", "grounds": "Found locked in."}


def refusal(notice_type: str, tree: dict[str, Any]) -> PayloadError:
    with pytest.raises(PayloadError) as caught:
        read(notice_type, tree)
    return caught.value


@pytest.mark.parametrize("area", [TRAFFICKING, "people-smuggling"])
@pytest.mark.parametrize("notice_type", ["wanted-person", "missing-person"])
def test_person_in_a_trafficking_matter_passes_the_gate(notice_type: str, area: str) -> None:
    tree = draft(notice_type, areas=["cybercrime", area])
    assert refusal(notice_type, tree).field == "victim_gate"
    assert read(notice_type, tree | {"victim_gate": ALL_NO})


@pytest.mark.parametrize("iccs", ["0204", "02041", "020411", "08051"])
def test_trafficking_charge_asks_for_the_gate_even_without_the_area(iccs: str) -> None:
    tree = draft("wanted-person", charges=[{"iccs": iccs}])
    assert refusal("wanted-person", tree).field == "victim_gate"


def test_other_matters_need_no_gate() -> None:
    tree = draft("wanted-person", areas=["cybercrime"], charges=[{"iccs": "0701"}])
    assert read("wanted-person", tree)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("action", ["arrest", "locate"])
def test_one_yes_forbids_to_seek_the_person(question: str, action: str) -> None:
    tree = draft("wanted-person", areas=[TRAFFICKING], action=action)
    error = refusal("wanted-person", tree | {"victim_gate": gate_with_yes(question)})
    assert error.field == "action"
    assert "missing-person notice with action assist" in error.message


@pytest.mark.parametrize("question", QUESTIONS)
def test_one_yes_turns_arrest_into_assistance(question: str) -> None:
    tree = draft("missing-person", areas=[TRAFFICKING], victim_gate=gate_with_yes(question))
    assert refusal("missing-person", tree).field == "action"
    assert read("missing-person", tree | {"action": "assist"})


def test_yes_counts_outside_trafficking_areas_too() -> None:
    tree = draft("wanted-person", victim_gate=gate_with_yes("compelled"))
    assert refusal("wanted-person", tree).field == "action"


def test_possible_victim_is_assisted() -> None:
    tree = draft("missing-person", kind="possible-victim")
    assert refusal("missing-person", tree).field == "action"


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_answered(question: str) -> None:
    gate = {key: answer for key, answer in ALL_NO.items() if key != question}
    tree = draft("wanted-person", areas=[TRAFFICKING], victim_gate=gate)
    assert refusal("wanted-person", tree).field == f"victim_gate.{question}"


def test_answer_is_one_of_three_words() -> None:
    tree = draft("wanted-person", victim_gate=ALL_NO | {"child": True})
    assert refusal("wanted-person", tree).field == "victim_gate.child"


def test_yes_is_explained() -> None:
    tree = draft("missing-person", victim_gate=ALL_NO | {"child": "yes"}, action="assist")
    assert refusal("missing-person", tree).field == "victim_gate.grounds"


@pytest.mark.parametrize("gate", [None, ALL_NO | {"compelled": "yes", "grounds": "Beaten."}])
def test_named_facilitator_passes_the_gate(gate: dict[str, Any] | None) -> None:
    facilitator: dict[str, Any] = {"id": "broker", "role": "recruiter", "person": PERSON}
    if gate is not None:
        facilitator["victim_gate"] = gate
    error = refusal("trafficking-route", draft("trafficking-route", facilitators=[facilitator]))
    assert error.field == "facilitators[0].victim_gate"


def test_facilitator_without_a_person_needs_no_gate() -> None:
    facilitator = {"id": "firm", "role": "transporter", "organisation": "Boat crew"}
    assert read("trafficking-route", draft("trafficking-route", facilitators=[facilitator]))


@pytest.mark.parametrize(
    "english",
    [
        "TRAFFICKING IN PERSONS",
        "Smuggling of migrants by sea",
        "ATIPSOM Act 2007 (Act 670) s. 12",
        "Human trafficking and sexual exploitation",
        "Recruitment of persons for forced criminality in online fraud compounds",
    ],
)
def test_completeness_asks_for_the_gate_when_a_charge_sounds_like_trafficking(
    english: str,
) -> None:
    payload = read("wanted-person", draft("wanted-person", charges=[{"english": english}]))
    assert isinstance(payload, WantedPerson)
    assert "victim gate" in completeness(payload)[0]


def test_completeness_does_not_ask_for_the_gate_in_a_drug_matter() -> None:
    charge = {"english": "Trafficking in methamphetamine, 340 kg"}
    payload = read("wanted-person", draft("wanted-person", charges=[charge]))
    assert not any("victim gate" in sentence for sentence in completeness(payload))


def test_completeness_asks_for_answers_that_are_not_known() -> None:
    gate = ALL_NO | {"may_be_victim": "not-known"}
    payload = read("wanted-person", draft("wanted-person", victim_gate=gate))
    assert "not known" in completeness(payload)[0]
