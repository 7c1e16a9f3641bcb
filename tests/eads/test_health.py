"""livez, readyz and metrics: what they ask, and whom they tell."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from agencies.models import Agency
from eads import health
from eads.env import SettingError, networks
from notices.models import Notice, OutboxMessage, Subscription
from transparency.models import Lease, LogHead, Submission
from transparency.sequencer import LEASE, LEASE_LIFE
from transparency.tenancy import system


@pytest.fixture(autouse=True)
def log_key(settings, tmp_path, monkeypatch):
    settings.EADS_LOG_KEY_FILE = tmp_path / "log.key"
    settings.EADS_LOG_KEY_FILE.write_text("00" * 32)
    # Test databases may be made without migrations; the question has a test of its own.
    monkeypatch.setattr(health, "_confirm_migrated", lambda: None)


def hold_lease(until: timedelta = LEASE_LIFE) -> None:
    Lease.objects.update_or_create(
        name=LEASE, defaults={"holder": "one", "until": timezone.now() + until}
    )


def refused(answer) -> str:
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["code"] == "busy"
    return answer.json()["detail"]


def test_livez_answers_without_asking_the_database():
    answer = Client().get("/livez")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_nothing_can_be_posted_to_them(path):
    answer = Client().post(path)
    assert answer.status_code == 405
    assert answer.json()["code"] == "method-not-allowed"


@pytest.mark.django_db
def test_ready_while_a_sequencer_holds_its_lease():
    hold_lease()
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.content.startswith(b"ok\nsequencer seen 0.")
    assert Client().head("/readyz").status_code == 200


@pytest.mark.django_db
def test_not_ready_before_any_sequencer_came():
    assert "sequencer" in refused(Client().get("/readyz"))


@pytest.mark.django_db
def test_not_ready_when_nobody_has_held_the_lease_for_fifteen_seconds():
    hold_lease(-timedelta(seconds=16))
    assert "sequencer" in refused(Client().get("/readyz"))


@pytest.mark.django_db
def test_ready_while_a_successor_is_still_within_its_time():
    hold_lease(-timedelta(seconds=13))
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db
def test_not_ready_when_this_process_was_given_a_key_that_it_cannot_read(settings):
    hold_lease()
    settings.EADS_LOG_KEY_FILE.unlink()
    assert "key" in refused(Client().get("/readyz"))


@pytest.mark.django_db
def test_a_process_without_the_key_is_not_asked_for_it(settings):
    hold_lease()
    settings.EADS_LOG_KEY_FILE = None
    assert Client().get("/readyz").status_code == 200


def test_not_ready_without_the_database(monkeypatch):
    def fail():
        raise OperationalError("password authentication failed for user eads")

    monkeypatch.setattr(health, "lease_age", fail)
    detail = refused(Client().get("/readyz"))
    assert detail == "The database does not answer."


@pytest.mark.django_db
def test_not_ready_before_migrations_are_applied(monkeypatch):
    hold_lease()
    monkeypatch.undo()
    health._confirm_migrated.cache_clear()
    monkeypatch.setattr(
        "django.db.migrations.executor.MigrationExecutor.migration_plan",
        lambda self, targets: [("notices", "0002")],
    )
    assert "Migrations" in refused(Client().get("/readyz"))
    monkeypatch.setattr(
        "django.db.migrations.executor.MigrationExecutor.migration_plan", lambda self, targets: []
    )
    # The refusal was not remembered.
    health._confirm_migrated()
    health._confirm_migrated.cache_clear()


def lines(answer) -> dict[str, float]:
    assert answer.status_code == 200
    rows = [row.rsplit(" ", 1) for row in answer.text.splitlines() if not row.startswith("#")]
    return {name: float(value) for name, value in rows}


@pytest.fixture
def filled(db) -> None:
    now = timezone.now()
    Agency.objects.create(id="TH-RTP", country="TH", name="Force A", mailbox_head=40)
    Agency.objects.create(id="MY-PDRM", country="MY", name="Force B", mailbox_head=2)
    LogHead.objects.create(origin="localhost", size=1043)
    Submission.objects.create(kind="keyring", subject="a" * 64, leaf="leaf")
    hold_lease()
    with system():
        Notice.objects.create(
            digest="b" * 64,
            issuer="TH-RTP",
            rev=1,
            state="logged",
            notice_id="01997b1e-8c00-7a31-9d2f-3b5c7d9e1f20",
            type="hit",
            act="issue",
            expires=now,
            received=now,
            manifest=b"",
            route=b"",
            signatures=b"",
        )
        target = Subscription.objects.create(agency="TH-RTP", kind="email", target="a@b.example")
        for due in (now, now + timedelta(hours=1)):
            OutboxMessage.objects.create(
                agency="TH-RTP", subscription=target, first=1, last=2, created=now, due=due
            )


def test_metrics_count_rows(filled):
    found = lines(Client().get("/metrics"))
    assert found['eads_notices{state="logged"}'] == 1
    assert found['eads_notices{state="pending"}'] == 0
    assert found["eads_log_queue"] == 1
    assert found["eads_log_size"] == 1043
    assert found["eads_mailbox_positions"] == 42
    assert found["eads_outbox_open"] == 2
    assert found["eads_outbox_due"] == 1
    assert found["eads_sequencer_lease_age_seconds"] < 15


def test_requests_are_counted_by_route_and_status_and_never_by_path(filled):
    digest = "c" * 64
    name = 'eads_requests_total{method="GET",route="api/v1/notices/<digest:digest>",status="401"}'
    before = lines(Client().get("/metrics")).get(name, 0)
    assert Client().get(f"/api/v1/notices/{digest}").status_code == 401
    Client().get(f"/api/v1/no-such-place/{digest}")
    Client().generic("INVENTED", "/livez")
    answer = Client().get("/metrics")
    assert lines(answer)[name] == before + 1
    assert digest not in answer.text
    assert "INVENTED" not in answer.text


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_metrics_are_for_loopback(filled, address):
    assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 200


@pytest.mark.parametrize("address", ["203.0.113.7", "10.0.0.1", "::ffff:203.0.113.7", "", "unix:"])
def test_metrics_do_not_exist_for_others(address):
    answer = Client(REMOTE_ADDR=address).get("/metrics")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


def test_metrics_for_an_allowed_network(filled, settings):
    settings.EADS_METRICS_ALLOW = [ip_network("10.0.0.0/8")]
    assert Client(REMOTE_ADDR="10.1.2.3").get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="11.1.2.3").get("/metrics").status_code == 404
    assert Client(REMOTE_ADDR="fd00::1").get("/metrics").status_code == 404


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"])
def test_a_stranger_behind_the_proxy_on_this_machine_is_not_loopback(header):
    client = Client(REMOTE_ADDR="127.0.0.1", **{header: "127.0.0.1"})
    assert client.get("/metrics").status_code == 404


def test_networks_of_the_environment(monkeypatch):
    monkeypatch.setenv("EADS_METRICS_ALLOW", "10.0.0.0/8, fd00::/8")
    assert networks("EADS_METRICS_ALLOW") == [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    monkeypatch.setenv("EADS_METRICS_ALLOW", "10.0.0.1/8")
    with pytest.raises(SettingError, match="EADS_METRICS_ALLOW"):
        networks("EADS_METRICS_ALLOW")
    monkeypatch.delenv("EADS_METRICS_ALLOW")
    assert networks("EADS_METRICS_ALLOW") == []
