"""Grants: an epoch's seed sealed to an officer, kept for that officer alone."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest

from agencies.models import Grant
from eads_wire.limits import GRANT_BYTES
from tests.cast import RECIPIENT, SENDER
from tests.notices.forging import revoke
from tests.stage import Stage, code_of
from transparency.tenancy import system


def sealed_seed() -> str:
    return base64.b64encode(os.urandom(GRANT_BYTES)).decode()


def body_for(stage: Stage, *roles: str, agency: str = SENDER) -> dict[str, Any]:
    officers = [stage[agency][role].encryption.kid for role in roles]
    return {"kid": stage[agency].epoch.kid, "grants": {kid: sealed_seed() for kid in officers}}


def put(stage: Stage, body: Any, agency: str = SENDER) -> Any:
    return stage.ask("PUT", "grants", agency, "admin", body)


def own(stage: Stage, role: str, agency: str = SENDER) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = stage.ask("GET", "grants", agency, role).json()["grants"]
    return rows


def refusal(stage: Stage, body: Any, agency: str = SENDER) -> str:
    answer = put(stage, body, agency)
    with system():
        assert not Grant.objects.exists()
    return code_of(answer)


def test_an_officer_gets_its_own_grant_and_no_other(stage: Stage) -> None:
    body = body_for(stage, "liaison", "approver")
    assert put(stage, body).status_code == 204
    kid = stage[SENDER]["liaison"].encryption.kid
    assert own(stage, "liaison") == [
        {"kid": body["kid"], "officer_kid": kid, "grant": body["grants"][kid]}
    ]
    assert own(stage, "admin") == []
    assert own(stage, "liaison", RECIPIENT) == []


def test_a_grant_put_again_replaces_the_one_before(stage: Stage) -> None:
    put(stage, body_for(stage, "liaison"))
    body = body_for(stage, "liaison")
    assert put(stage, body).status_code == 204
    assert [row["grant"] for row in own(stage, "liaison")] == list(body["grants"].values())


def test_only_keys_of_the_agencys_own_keyring_are_taken(stage: Stage) -> None:
    theirs = body_for(stage, "liaison", agency=RECIPIENT)
    assert refusal(stage, theirs) == "unknown-key"
    assert refusal(stage, body_for(stage, "liaison") | {"kid": theirs["kid"]}) == "unknown-key"
    mixed = body_for(stage, "liaison") | {"grants": theirs["grants"]}
    assert refusal(stage, mixed) == "unknown-key"


def test_a_revoked_officer_is_granted_nothing(stage: Stage) -> None:
    revoke(stage, SENDER, "approver")
    assert refusal(stage, body_for(stage, "liaison", "approver")) == "unknown-key"


@pytest.mark.parametrize(
    "change",
    [{"kid": "x"}, {"grants": {}}, {"grants": []}, {"note": 1}, {"kid": None}],
)
def test_a_malformed_body_is_refused(stage: Stage, change: dict[str, Any]) -> None:
    assert refusal(stage, body_for(stage, "liaison") | change) == "malformed"


def test_a_grant_of_another_length_is_refused(stage: Stage) -> None:
    body = body_for(stage, "liaison")
    for wrong in ("", base64.b64encode(bytes(GRANT_BYTES - 1)).decode(), 7):
        grants = dict.fromkeys(body["grants"], wrong)
        assert refusal(stage, body | {"grants": grants}) == "malformed"
