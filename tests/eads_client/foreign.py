"""Notices in INTERPOL's form that the import tests start from; every person is invented."""

from __future__ import annotations

import json
from typing import Any

from eads_client.interpol import ImportedNotice, read_notice, to_interpol
from eads_client.payloads import MissingPerson, WantedPerson, decode, encode

RED: dict[str, Any] = {
    "entity_id": "2020/71",
    "forename": "LERTCHAI",
    "name": "PHONGSIRI",
    "date_of_birth": "1984/03/17",
    "place_of_birth": "Hat Yai",
    "country_of_birth_id": "TH",
    "nationalities": ["TH", "MY"],
    "sex_id": "M",
    "height": 1.83,
    "weight": 71,
    "eyes_colors_id": ["BROH"],
    "hairs_id": ["GRYG", "HAIB"],
    "languages_spoken_ids": ["THA", "GER"],
    "distinguishing_marks": "Scar on the chin",
    "arrest_warrants": [
        {"charge": "ฉ้อโกง", "charge_translation": "Fraud", "issuing_country_id": "TH"},
        {"charge": "Theft", "charge_translation": None, "issuing_country_id": "LA"},
    ],
    "_links": {"self": {"href": "https://notices.example/notices/v1/red/2020-71"}},
}
YELLOW: dict[str, Any] = {
    **{key: value for key, value in RED.items() if key != "arrest_warrants"},
    "birth_name": "SUWAN",
    "father_forename": "PRASERT",
    "mother_name": "WONGSA",
    "mother_forename": "MALEE",
    "place": "Padang Besar",
    "country": "MY",
    "date_of_event": "2021/05",
    "_links": {"self": {"href": "https://notices.example/notices/v1/yellow/2020-71"}},
}


def imported(document: dict[str, Any], **changes: Any) -> ImportedNotice:
    return read_notice(json.dumps(document | changes, ensure_ascii=False).encode())


def same(one: Any, other: Any) -> bool:
    """Equal as JSON text, so that 1 and 1.0 differ; the order of keys does not count."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def assert_round_trip(document: dict[str, Any]) -> None:
    notice = imported(document)
    sealed = decode(notice.notice_type, "issue", encode(notice.payload))
    assert isinstance(sealed, WantedPerson | MissingPerson)
    assert same(to_interpol(sealed), document)
