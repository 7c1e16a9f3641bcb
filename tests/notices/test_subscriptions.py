from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from agencies.authentication import Principal
from notices import outbox, subscriptions
from notices.models import Subscription
from tests.notices.receiver import enrol, messages, owe
from transparency.tenancy import system

TARGET = "https://9.9.9.9/e-ads"
PATH = "/api/v1/subscriptions"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _agencies():
    enrol("TH-RTP")
    enrol("SG-SPF")


def officer(agency: str = "TH-RTP", role: str = "admin") -> Any:
    return Principal(agency, SimpleNamespace(roles=frozenset({role})), 0)  # type: ignore[arg-type]


def asking(agency: str = "TH-RTP", role: str = "admin") -> APIClient:
    client = APIClient()
    principal = officer(agency, role)
    client.force_authenticate(user=principal, token=principal)
    return client


def post(client: APIClient, target: str = TARGET, kind: str = "webhook") -> Any:
    return client.post(PATH, {"kind": kind, "target": target}, format="json")


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestCreating:
    def test_a_webhook_is_answered_with_a_secret_of_the_conventions(self):
        answer = post(asking())
        body = answer.json()
        assert answer.status_code == 201
        assert answer["Cache-Control"] == "no-store"
        prefix, _, encoded = body["secret"].partition("_")
        assert prefix == "whsec"
        assert 24 <= len(base64.b64decode(encoded, validate=True)) <= 64
        assert (body["kind"], body["target"], body["enabled"]) == ("webhook", TARGET, True)

    def test_the_secret_is_shown_once(self):
        client = asking()
        secret = post(client).json()["secret"]
        listed = client.get(PATH)
        assert len(listed.json()["subscriptions"]) == 1
        assert secret not in listed.content.decode()

    def test_two_secrets_differ(self):
        assert post(asking()).json()["secret"] != post(asking()).json()["secret"]

    @pytest.mark.parametrize(
        "target",
        [
            "https://127.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "http://9.9.9.9/",
            "file:///etc/passwd",
            "https://no-such-name.invalid/",
        ],
    )
    def test_an_address_that_may_not_be_called_is_refused(self, target):
        assert problem(post(asking(), target)) == (422, "refused-address")
        with system():
            assert not Subscription.objects.exists()

    def test_e_mail_is_refused_at_a_hub_that_sends_none(self, settings):
        settings.EADS_EMAIL_ENABLED = False
        answer = post(asking(), "desk@rtp.example", "email")
        assert problem(answer) == (422, "refused-address")

    def test_e_mail_has_no_secret(self, settings):
        settings.EADS_EMAIL_ENABLED = True
        answer = post(asking(), "desk@rtp.example", "email")
        assert answer.status_code == 201
        assert "secret" not in answer.json()

    @pytest.mark.parametrize(
        "target",
        [
            "desk",
            "desk@",
            "a@b.example\nBcc: c@d.example",
            "a@b.example, c@d.example",
            "ü@b.example",
        ],
    )
    def test_what_is_no_e_mail_address_is_refused(self, settings, target):
        settings.EADS_EMAIL_ENABLED = True
        assert problem(post(asking(), target, "email")) == (422, "refused-address")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"kind": "webhook"},
            {"kind": "telex", "target": TARGET},
            {"kind": "webhook", "target": 7},
            {"kind": "webhook", "target": TARGET, "secret": "mine"},
        ],
    )
    def test_another_form_is_malformed(self, body):
        assert problem(asking().post(PATH, body, format="json")) == (400, "malformed")

    def test_a_large_body_is_refused_unread(self):
        answer = post(asking(), "https://9.9.9.9/" + "a" * 5000)
        assert problem(answer) == (413, "too-large")

    def test_the_twenty_first_is_refused_until_one_is_deleted(self):
        client = asking()
        made = [post(client).json()["id"] for _ in range(subscriptions.PER_AGENCY)]
        assert problem(post(client)) == (429, "quota-exceeded")
        assert post(asking("SG-SPF")).status_code == 201
        client.delete(f"{PATH}/{made[0]}")
        assert post(client).status_code == 201


class TestOwnership:
    @pytest.mark.parametrize("role", ["liaison", "approver", "reviewer", "analyst", "service"])
    def test_only_an_admin_may_subscribe(self, role):
        client = asking(role=role)
        assert problem(post(client)) == (403, "forbidden")
        assert problem(client.get(PATH)) == (403, "forbidden")

    def test_without_a_token_nothing_is_answered(self):
        assert problem(APIClient().get(PATH)) == (401, "unauthenticated")

    def test_another_agencys_subscription_does_not_exist(self):
        identifier = post(asking()).json()["id"]
        outsider = asking("SG-SPF")
        assert outsider.get(PATH).json() == {"subscriptions": []}
        assert problem(outsider.delete(f"{PATH}/{identifier}")) == (404, "not-found")
        assert problem(outsider.post(f"{PATH}/{identifier}/enable")) == (404, "not-found")
        assert asking().get(PATH).json()["subscriptions"][0]["enabled"]


class TestDeleting:
    def test_nothing_is_owed_to_a_deleted_subscription(self):
        client = asking()
        identifier = post(client).json()["id"]
        owe(1, 1)
        assert client.delete(f"{PATH}/{identifier}").status_code == 204
        owe(2, 2)
        assert [row.outcome for row in messages()] == ["given up: subscription deleted"]
        assert outbox.claim(10) == []

    def test_a_deleted_subscription_is_not_found_again(self):
        client = asking()
        identifier = post(client).json()["id"]
        client.delete(f"{PATH}/{identifier}")
        assert client.get(PATH).json() == {"subscriptions": []}
        assert problem(client.delete(f"{PATH}/{identifier}")) == (404, "not-found")
        assert problem(client.post(f"{PATH}/{identifier}/enable")) == (404, "not-found")

    def test_its_secret_is_forgotten(self):
        client = asking()
        client.delete(f"{PATH}/{post(client).json()['id']}")
        with system():
            assert Subscription.objects.get().secret == ""


class TestEnabling:
    def _disabled(self, client: APIClient) -> str:
        identifier = post(client).json()["id"]
        owe(1, 1)
        (message,) = outbox.claim(10)
        outbox.settle([(message, outbox.Outcome("HTTP 410", gone=True))])
        return identifier

    def test_a_disabled_subscription_starts_again_with_the_next_mail(self):
        client = asking()
        identifier = self._disabled(client)
        owe(2, 2)
        assert outbox.claim(10) == []
        answer = client.post(f"{PATH}/{identifier}/enable")
        assert answer.status_code == 200
        assert answer.json()["enabled"]
        assert answer.json()["failing_since"] is None
        assert "secret" not in answer.json()
        owe(3, 3)
        assert [row.first for row in outbox.claim(10)] == [3]

    def test_its_address_is_judged_again(self):
        client = asking()
        identifier = self._disabled(client)
        with system():
            Subscription.objects.update(target="https://10.0.0.1/")
        answer = client.post(f"{PATH}/{identifier}/enable")
        assert problem(answer) == (422, "refused-address")
