"""Tokens: a signed assertion once, both halves, by an officer in force, for this hub."""

from __future__ import annotations

import base64
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from agencies.authentication import TOKEN_SECONDS, issue_token
from agencies.models import Agency, UsedAssertion
from agencies.views import JWT_BEARER
from eads_client.bearer import Identity, make_assertion
from eads_client.keys import SigningKey
from eads_wire.encoding import AgencyId, OfficerId, to_base64
from tests.cast import ORIGIN, RECIPIENT, SENDER
from tests.notices.forging import revoke
from tests.stage import Stage, code_of

FORM = "application/x-www-form-urlencoded"


def assertion(stage: Stage, issued: float | None = None, **fields: Any) -> tuple[str, str]:
    """A right assertion of the sender's liaison, or one with a field of another value."""
    person = stage[SENDER]["liaison"]
    identity = {
        "agency": AgencyId(SENDER),
        "officer": OfficerId(person.id),
        "audience": ORIGIN,
        "key": person.signing,
    }
    return make_assertion(Identity(**(identity | fields)), int(issued or time.time()))


def ask(stage: Stage, made: tuple[str, str | None], **fields: str) -> Any:
    form = {"grant_type": JWT_BEARER, "assertion": made[0]}
    form |= {} if made[1] is None else {"assertion_pq": made[1]}
    return stage.ask("POST", "token", body=urlencode(form | fields).encode(), content_type=FORM)


def refused(answer: Any, stage_name: str) -> None:
    assert (answer.status_code, code_of(answer)) == (401, "bad-assertion"), answer.content
    assert answer.json()["detail"].startswith(stage_name)
    assert not UsedAssertion.objects.exists()


def test_an_assertion_is_exchanged_for_a_token_that_works(stage: Stage) -> None:
    answer = ask(stage, assertion(stage))
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 600)
    assert answer.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert stage.ask("GET", "mailbox", headers=headers).json()["agency"] == SENDER


def test_a_replayed_assertion_is_refused(stage: Stage) -> None:
    made = assertion(stage)
    assert ask(stage, made).status_code == 200
    answer = ask(stage, made)
    assert (answer.status_code, code_of(answer)) == (401, "replayed-assertion")


def test_an_assertion_for_another_hub_is_refused(stage: Stage) -> None:
    refused(ask(stage, assertion(stage, audience="hub.elsewhere")), "unknown-key")


def test_an_expired_assertion_is_refused(stage: Stage) -> None:
    refused(ask(stage, assertion(stage, time.time() - 121)), "stale")


def test_an_assertion_dated_ahead_is_refused(stage: Stage) -> None:
    refused(ask(stage, assertion(stage, time.time() + 120)), "stale")


def test_an_assertion_without_its_second_half_is_refused(stage: Stage) -> None:
    refused(ask(stage, (assertion(stage)[0], None)), "bad-signature")


def test_an_operator_may_let_the_second_half_be_left_out(stage: Stage, settings: Any) -> None:
    settings.EADS_TOKEN_PQ = "optional"
    assert ask(stage, (assertion(stage)[0], None)).status_code == 200


def test_a_wrong_second_half_is_refused_even_where_it_is_optional(
    stage: Stage, settings: Any
) -> None:
    settings.EADS_TOKEN_PQ = "optional"
    refused(ask(stage, (assertion(stage)[0], assertion(stage)[1])), "bad-signature")


def test_a_wrong_first_half_is_refused(stage: Stage) -> None:
    made, other = assertion(stage), assertion(stage)
    mixed = made[0].rpartition(".")[0] + "." + other[0].rpartition(".")[2]
    refused(ask(stage, (mixed, made[1])), "bad-signature")


def test_a_strangers_key_is_refused(stage: Stage) -> None:
    refused(ask(stage, assertion(stage, key=SigningKey.generate())), "unknown-key")


def test_an_officer_cannot_speak_for_another_agency_or_officer(stage: Stage) -> None:
    refused(ask(stage, assertion(stage, agency=AgencyId(RECIPIENT))), "unknown-key")
    refused(ask(stage, assertion(stage, agency=AgencyId("XX-NONE"))), "unknown-key")
    officer = OfficerId(stage[SENDER]["admin"].id)
    refused(ask(stage, assertion(stage, officer=officer)), "unknown-key")


def test_a_revoked_officer_gets_no_token(stage: Stage) -> None:
    revoke(stage, SENDER, "liaison")
    refused(ask(stage, assertion(stage)), "revoked-key")


@pytest.mark.parametrize("alg", ["none", "HS256", "ES256"])
def test_another_algorithm_in_the_header_is_refused(stage: Stage, alg: str) -> None:
    made, pq = assertion(stage)
    head, rest = made.split(".", 1)
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    other = base64.urlsafe_b64encode(json.dumps(header | {"alg": alg}).encode())
    refused(ask(stage, (f"{other.rstrip(b'=').decode()}.{rest}", pq)), "malformed")


@pytest.mark.parametrize("made", ["", "x", "a.b", "a.b.c.d", "\u0000.a.b", "e30.e30.e30"])
def test_an_assertion_that_is_none_is_refused(stage: Stage, made: str) -> None:
    refused(ask(stage, (made, to_base64(bytes(3309)))), "malformed")


@pytest.mark.parametrize("fields", [{"active": False}, {"suspended": True}])
def test_a_suspended_agency_gets_no_token_and_its_tokens_die(
    stage: Stage, fields: dict[str, bool]
) -> None:
    headers = stage.bearer(SENDER)
    Agency.objects.filter(id=SENDER).update(**fields)
    answer = ask(stage, assertion(stage))
    assert (answer.status_code, code_of(answer)) == (403, "suspended")
    answer = stage.ask("GET", "mailbox", headers=headers)
    assert (answer.status_code, code_of(answer)) == (403, "suspended")


def test_a_token_runs_out(stage: Stage) -> None:
    keyid = stage[SENDER]["liaison"].signing.keyid
    for early, status in ((TOKEN_SECONDS - 30, 200), (TOKEN_SECONDS, 401)):
        token = issue_token(AgencyId(SENDER), keyid, timezone.now() - timedelta(seconds=early))
        answer = stage.ask("GET", "mailbox", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status


def test_a_token_that_was_changed_is_refused(stage: Stage) -> None:
    token = stage.bearer(SENDER)["Authorization"]
    other = stage.bearer(RECIPIENT)["Authorization"].removeprefix("Bearer ")
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), token + "A"):
        assert stage.ask("GET", "mailbox", headers={"Authorization": wrong}).status_code == 401
    mixed = ":".join([other.split(":")[0], *token.removeprefix("Bearer ").split(":")[1:]])
    assert (
        stage.ask("GET", "mailbox", headers={"Authorization": f"Bearer {mixed}"}).status_code == 401
    )


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"", FORM, "bad-request"),
        (b"grant_type=password&assertion=x", FORM, "bad-request"),
        (b"{}", "application/json", "unsupported-media-type"),
        (b"a&" * 4000, FORM, "bad-request"),
        (b"a" * 16385, FORM, "too-large"),
        (b"assertion=x", f"{FORM}; charset=utf-16", "bad-request"),
    ],
)
def test_a_form_that_is_none_is_refused(stage: Stage, body: bytes, kind: str, code: str) -> None:
    assert code_of(stage.ask("POST", "token", body=body, content_type=kind)) == code
