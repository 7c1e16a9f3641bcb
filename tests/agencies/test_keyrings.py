"""Keyrings: each version follows from the one before, and the log keeps them all."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from agencies.models import Agency
from eads_client.keys import SigningKey
from eads_wire.encoding import format_time
from eads_wire.keyring import PAYLOAD_TYPE
from tests import cast
from tests.cast import NOW, OUTSIDER, RECIPIENT, SENDER, Person
from tests.stage import Stage, code_of
from transparency.models import KeyringDocument, Leaf, Submission


def put(stage: Stage, raw: bytes, agency: str = SENDER) -> Any:
    """Without a token: the signatures of a keyring speak."""
    return stage.ask("PUT", f"keyrings/{agency}", body=raw)


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (KeyringDocument, Submission, Leaf))


def refusal(stage: Stage, raw: bytes, agency: str = SENDER) -> str:
    before = counts()
    answer = put(stage, raw, agency)
    assert answer.status_code >= 400, answer.content
    assert counts() == before
    return code_of(answer)


def changed(stage: Stage, signer: SigningKey | None = None, **fields: Any) -> bytes:
    """The sender's next keyring with some fields of another value."""
    payload = stage[SENDER].keyring_payload() | fields
    return cast.document(PAYLOAD_TYPE, payload, [signer or stage[SENDER].root])


def test_the_next_version_is_published_and_becomes_current(stage: Stage) -> None:
    raw = stage[SENDER].keyring()
    answer = put(stage, raw)
    assert (answer.status_code, answer.json()["index"]) == (202, None)
    assert stage.ask("GET", f"keyrings/{SENDER}", RECIPIENT).json()["version"] == 1
    stage.sequence()
    shown = stage.ask("GET", f"keyrings/{SENDER}", RECIPIENT).json()
    assert (shown["agency"], shown["version"], shown["document"]) == (SENDER, 2, json.loads(raw))
    row = Agency.objects.get(id=SENDER)
    assert (row.keyring_version, row.keyring_digest) == (2, answer.json()["digest"])


def test_the_same_bytes_again_answer_the_same(stage: Stage) -> None:
    raw = stage[SENDER].keyring()
    put(stage, raw)
    stage.sequence()
    before = counts()
    again = put(stage, raw)
    assert (again.status_code, again.json()["index"] is not None) == (200, True)
    assert counts() == before


def test_every_version_can_still_be_read(stage: Stage) -> None:
    first = stage.ask("GET", f"keyrings/{SENDER}", RECIPIENT).json()
    put(stage, stage[SENDER].keyring())
    stage.sequence()
    for version in (1, 2):
        shown = stage.ask("GET", f"keyrings/{SENDER}/{version}", RECIPIENT).json()
        assert shown["version"] == version
    assert stage.ask("GET", f"keyrings/{SENDER}/1", RECIPIENT).json() == first
    assert stage.ask("GET", f"keyrings/{SENDER}/3", RECIPIENT).status_code == 404


def test_a_version_that_waits_is_not_shown(stage: Stage) -> None:
    put(stage, stage[SENDER].keyring())
    assert stage.ask("GET", f"keyrings/{SENDER}/2", RECIPIENT).status_code == 404


def test_the_list_names_the_newest_of_each_member(stage: Stage) -> None:
    put(stage, stage[SENDER].keyring())
    stage.sequence()
    rows = stage.ask("GET", "keyrings", RECIPIENT).json()["keyrings"]
    assert {row["agency"]: row["version"] for row in rows} == {
        agency: 2 if agency == SENDER else 1 for agency in stage.forces
    }
    assert rows == sorted(rows, key=lambda row: row["agency"])


def test_another_document_under_the_same_version_is_a_conflict(stage: Stage) -> None:
    first, second = changed(stage), changed(stage, issued=format_time(NOW - timedelta(hours=1)))
    assert put(stage, first).status_code == 202
    assert refusal(stage, second) == "version-conflict"
    stage.sequence()
    assert refusal(stage, second) == "version-conflict"


def test_a_rollback_is_refused(stage: Stage) -> None:
    earlier = format_time(NOW - timedelta(days=1))
    payload = stage[SENDER].keyring_payload() | {"version": 1, "issued": earlier}
    del payload["prev"]
    raw = cast.document(PAYLOAD_TYPE, payload, [stage[SENDER].root])
    assert refusal(stage, raw) == "version-conflict"


def test_a_version_may_not_be_skipped(stage: Stage) -> None:
    assert refusal(stage, changed(stage, version=4)) == "stale"


def test_a_version_must_name_the_one_before(stage: Stage) -> None:
    assert refusal(stage, changed(stage, prev="0" * 64)) == "stale"


def test_a_keyring_that_has_run_out_is_refused(stage: Stage) -> None:
    raw = changed(
        stage,
        issued=format_time(NOW - timedelta(days=9)),
        expires=format_time(NOW - timedelta(days=1)),
    )
    assert refusal(stage, raw) == "stale"


def test_a_keyring_for_another_address_is_refused(stage: Stage) -> None:
    assert refusal(stage, changed(stage), RECIPIENT) == "wrong-agency"


def test_a_keyring_by_another_agencys_root_is_refused(stage: Stage) -> None:
    stolen = changed(stage, signer=stage[OUTSIDER].root)
    assert refusal(stage, stolen) == "unknown-key"


def test_an_officer_cannot_sign_a_keyring(stage: Stage) -> None:
    assert refusal(stage, changed(stage, signer=stage[SENDER]["admin"].signing)) == "unknown-key"


def test_a_changed_keyring_does_not_verify(stage: Stage) -> None:
    right = json.loads(changed(stage))
    right["payload"] = json.loads(changed(stage, issued=format_time(NOW - timedelta(hours=1))))[
        "payload"
    ]
    assert refusal(stage, json.dumps(right).encode()) == "bad-signature"


def test_a_revoked_officer_cannot_come_back(stage: Stage) -> None:
    person = stage[SENDER]["analyst"]
    revoked = Person(person.id, person.roles, person.signing, person.encryption, NOW)
    stage[SENDER].people["analyst"] = revoked
    put(stage, stage[SENDER].keyring())
    stage.sequence()
    stage[SENDER].people["analyst"] = person
    assert refusal(stage, changed(stage)) == "revoked-key"
    del stage[SENDER].people["analyst"]
    assert refusal(stage, changed(stage)) == "revoked-key"


def test_a_stranger_has_no_keyring_here(stage: Stage) -> None:
    stranger = cast.Force(cast.AgencyId("XX-NONE"), "XX")
    assert refusal(stage, stranger.keyring(), "XX-NONE") == "not-found"
    assert stage.ask("GET", "keyrings/XX-NONE", SENDER).status_code == 404


@pytest.mark.parametrize("raw", [b"[]", b"{}", b"nonsense", b'{"payload":"","payload":""}'])
def test_what_is_no_keyring_is_malformed(stage: Stage, raw: bytes) -> None:
    assert refusal(stage, raw) in ("malformed", "unsupported")


def test_a_keyring_that_is_too_large_is_refused(stage: Stage) -> None:
    answer = stage.ask("PUT", f"keyrings/{SENDER}", CONTENT_LENGTH=str(4 * 2**20 + 1))
    assert (answer.status_code, code_of(answer)) == (413, "too-large")
