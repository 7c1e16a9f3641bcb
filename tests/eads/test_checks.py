"""Each numbered check, in the state that it warns of and in the one that it lets pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from eads import checks

STRONG = "0123456789abcdefghijklmnopqrstuvwxyz" * 2


def ids(messages) -> list[str]:
    return [message.id for message in messages]


def test_a_strong_secret_key_passes(settings):
    settings.SECRET_KEY = STRONG
    assert checks.secret_key_is_strong(None) == []


@pytest.mark.parametrize("key", ["short but varied 123", "ab" * 60])
def test_a_secret_key_that_can_be_guessed_is_an_error(settings, key):
    settings.SECRET_KEY = key
    assert ids(checks.secret_key_is_strong(None)) == ["eads.E001"]


@pytest.mark.django_db
def test_the_database_role_of_this_run_is_fenced():
    assert checks.database_role_is_fenced(None, databases=["default"]) == []


def test_no_database_is_asked_unless_it_is_named(monkeypatch):
    monkeypatch.setattr(checks, "_unfenced_role", lambda alias: pytest.fail("asked"))
    assert checks.database_role_is_fenced(None, databases=None) == []


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_superuser_or_bypassrls_role_is_an_error(monkeypatch, admin_connection):
    assert connection.vendor == "postgresql"
    # The check asks the connection it is given; here it is the superuser's.
    monkeypatch.setattr(checks, "connections", {"default": admin_connection})
    found = checks.database_role_is_fenced(None, databases=["default"])
    assert ids(found) == ["eads.E002"]


def test_a_private_log_key_passes(settings, tmp_path: Path):
    key = tmp_path / "log.key"
    key.touch(mode=0o600)
    settings.EADS_LOG_KEY_FILE = key
    assert checks.log_key_is_private(None) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_log_key_open_to_others_is_an_error(settings, tmp_path: Path, mode):
    key = tmp_path / "log.key"
    key.touch()
    key.chmod(mode)
    settings.EADS_LOG_KEY_FILE = key
    assert ids(checks.log_key_is_private(None)) == ["eads.E003"]


@pytest.mark.parametrize("file", [None, Path("/nowhere/log.key")])
def test_a_process_without_the_log_key_passes(settings, file):
    settings.EADS_LOG_KEY_FILE = file
    assert checks.log_key_is_private(None) == []


@pytest.mark.parametrize(
    ("embedded", "broker", "found"),
    [
        (True, "memory://", []),
        (True, "redis://127.0.0.1:6379/0", ["eads.E004"]),
        (False, "memory://", ["eads.W001"]),
        (False, "redis://127.0.0.1:6379/0", []),
    ],
)
def test_processes_fit_the_database(settings, embedded, broker, found):
    settings.EADS_EMBEDDED = embedded
    settings.CELERY_BROKER_URL = broker
    assert ids(checks.processes_fit_the_database(None)) == found


@pytest.mark.parametrize(
    ("embedded", "private", "http", "found"),
    [
        (False, False, False, []),
        (False, True, False, ["eads.W002"]),
        (False, False, True, ["eads.W002"]),
        (True, True, True, []),
    ],
)
def test_loose_webhooks_are_warned_of_in_production(settings, embedded, private, http, found):
    settings.EADS_EMBEDDED = embedded
    settings.EADS_WEBHOOK_ALLOW_PRIVATE = private
    settings.EADS_WEBHOOK_ALLOW_HTTP = http
    assert ids(checks.webhooks_leave_safely(None)) == found
