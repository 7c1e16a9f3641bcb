"""Numbered system checks: what ``manage.py check`` refuses to start with.

E001  the secret key can be guessed
E002  the database role passes by row level security
E003  the log's signing key is open to others
E004  SQLite is shared by several processes
W001  PostgreSQL without Redis: only ``serve``, in one process, will notify anybody
W002  webhooks may reach private or unencrypted addresses
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

SECRET_KEY_LENGTH = 50
SECRET_KEY_LETTERS = 10


@register(Tags.security)
def secret_key_is_strong(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    if len(key) >= SECRET_KEY_LENGTH and len(set(key)) >= SECRET_KEY_LETTERS:
        return []
    return [
        Error(
            "EADS_SECRET_KEY is short or repetitive: whoever guesses it can write bearer tokens.",
            hint=f"At least {SECRET_KEY_LENGTH} random characters: openssl rand -base64 48",
            id="eads.E001",
        )
    ]


@register(Tags.database)
def database_role_is_fenced(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Row level security does not bind a superuser or a role with BYPASSRLS."""
    return [
        Error(
            f"The role {role} of database {alias!r} passes by row level security.",
            hint="Connect as a role made by deploy/postgres/roles.sql.",
            id="eads.E002",
        )
        for alias in databases or ()
        for role in _unfenced_role(alias)
    ]


def _unfenced_role(alias: str) -> list[str]:
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles"
            " WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"
        )
        return [row[0] for row in cursor.fetchall()]


@register(Tags.security)
def log_key_is_private(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    file: Path | None = settings.EADS_LOG_KEY_FILE
    try:
        mode = 0 if file is None else file.stat().st_mode
    except OSError:
        # Missing or out of reach: right for every process but the sequencer, which says so itself.
        return []
    if not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [
        Error(
            f"The log's signing key {file} is open to other users of this machine.",
            hint=f"chmod 600 {file}",
            id="eads.E003",
        )
    ]


@register(Tags.compatibility)
def processes_fit_the_database(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    broker_is_shared = not settings.CELERY_BROKER_URL.startswith("memory:")
    if settings.EADS_EMBEDDED and broker_is_shared:
        return [
            Error(
                "EADS_REDIS_URL is set but the database is SQLite, which one process owns.",
                hint="Set EADS_DATABASE_URL to PostgreSQL, or unset EADS_REDIS_URL.",
                id="eads.E004",
            )
        ]
    if not settings.EADS_EMBEDDED and not broker_is_shared:
        return [
            Warning(
                "PostgreSQL is used without EADS_REDIS_URL: tasks stay inside their process.",
                hint="Right for `./run serve`; separate workers need EADS_REDIS_URL.",
                id="eads.W001",
            )
        ]
    return []


@register(Tags.security)
def webhooks_leave_safely(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    loose = [
        name
        for name in ("EADS_WEBHOOK_ALLOW_PRIVATE", "EADS_WEBHOOK_ALLOW_HTTP")
        if getattr(settings, name)
    ]
    if settings.EADS_EMBEDDED or not loose:
        return []
    return [
        Warning(
            f"{' and '.join(loose)}: a subscriber can aim the hub at addresses inside its network.",
            id="eads.W002",
        )
    ]
