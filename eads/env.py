"""Typed readers for the process environment; each fails loudly, naming the variable.

A value that is set but wrong stops the start: a typing error never turns into a default.
Secrets may be given as a file (``NAME_FILE``), so that they stay out of ``ps`` and ``env``.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE: Final = frozenset({"1", "true", "yes", "on"})
FALSE: Final = frozenset({"0", "false", "no", "off"})
UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}

SECRET_FILE_BYTES: Final = 64 * 1024

# What libpq may be told in the query part of a database URL; anything else is a typing error.
POSTGRES_OPTIONS: Final = frozenset(
    {
        "application_name",
        "channel_binding",
        "connect_timeout",
        "passfile",
        "sslcert",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
    }
)


class SettingError(ImproperlyConfigured):
    """A variable is missing or wrong; the message names it and says what would be right."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem


def text(name: str, default: str | None = None, *, choices: Sequence[str] = ()) -> str:
    """The variable as text; without a default it must be set, and never to nothing."""
    value = os.environ.get(name, default)
    if value is None:
        raise SettingError(name, "must be set")
    value = value.strip()
    if not value and value != default:
        raise SettingError(name, "is set but empty; unset it or give it a value")
    if choices and value not in choices:
        raise SettingError(name, f"must be one of {', '.join(choices)}, not {value!r}")
    return value


def flag(name: str, default: bool) -> bool:
    value = text(name, "true" if default else "false").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise SettingError(name, f"must be true or false, not {value!r}")


def integer(
    name: str, default: int, *, minimum: int | None = None, maximum: int | None = None
) -> int:
    value = text(name, str(default))
    if not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise SettingError(name, f"must be a whole number, not {value!r}")
    number = int(value)
    if minimum is not None and number < minimum:
        raise SettingError(name, f"must be at least {minimum}, not {number}")
    if maximum is not None and number > maximum:
        raise SettingError(name, f"must be at most {maximum}, not {number}")
    return number


def duration(name: str, default: timedelta) -> timedelta:
    """A span of time: ``30`` or ``30s`` are seconds, ``5m`` minutes, ``2h`` hours, ``7d`` days."""
    value = text(name, f"{int(default.total_seconds())}s")
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", value)
    if match is None:
        raise SettingError(name, f"must be a duration such as 30s, 5m, 2h or 7d, not {value!r}")
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def path(name: str, default: Path | None = None) -> Path | None:
    """A path; one that is not absolute counts from the working directory."""
    if default is None and name not in os.environ:
        return None
    return Path(text(name, str(default))).expanduser().absolute()


def items(name: str, default: Sequence[str] = ()) -> list[str]:
    """A list, separated by commas."""
    value = text(name, ",".join(default))
    parts = [part.strip() for part in value.split(",")] if value else []
    if "" in parts:
        raise SettingError(name, f"has an empty entry: {value!r}")
    return parts


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """A list of networks, separated by commas: ``10.0.0.0/8,fd00::/8``."""
    try:
        return [ip_network(item) for item in items(name)]
    except ValueError as error:
        raise SettingError(name, f"has an entry that is no network: {error}") from None


def secret(name: str, default: str | None = None) -> str | None:
    """A secret from ``name`` or from the file that ``name_FILE`` names; never from both."""
    file_name = f"{name}_FILE"
    if file_name not in os.environ:
        return text(name) if name in os.environ else default
    if name in os.environ:
        raise SettingError(name, f"and {file_name} are both set; keep one")
    return read_secret(Path(text(file_name)), file_name)


def read_secret(file: Path, name: str) -> str:
    """The content of a secret's file, without the line end that editors add."""
    try:
        with file.open("rb") as opened:
            content = opened.read(SECRET_FILE_BYTES + 1)
    except OSError as error:
        raise SettingError(name, f"cannot read {file}: {error.strerror}") from error
    if len(content) > SECRET_FILE_BYTES:
        raise SettingError(name, f"{file} is larger than {SECRET_FILE_BYTES} bytes")
    try:
        value = content.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise SettingError(name, f"{file} is not UTF-8 text") from error
    if not value:
        raise SettingError(name, f"{file} is empty")
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """A database URL as Django's setting: ``sqlite:///PATH`` or ``postgres://USER@HOST/NAME``.

    The password may stand in the URL or, better, in ``EADS_DATABASE_PASSWORD_FILE``.
    """
    url = secret(name) or default
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        # The URL may hold a password: the message repeats none of it.
        raise SettingError(name, f"is not a URL: {error}") from None
    if parts.scheme == "sqlite":
        return _sqlite(name, parts.netloc, unquote(parts.path), parts.query)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingError(name, "must begin with postgres:// or sqlite:///")
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name or "/" in database_name:
        raise SettingError(name, "must end in the database's name: postgres://USER@HOST/NAME")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(set(options) - POSTGRES_OPTIONS):
        raise SettingError(name, f"has an unknown option {unknown[0]!r}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": dict(options),
    }


def _sqlite(name: str, host: str, file: str, query: str) -> dict[str, Any]:
    if host or query or len(file) < 2:
        raise SettingError(name, "must be sqlite:///PATH (four slashes for an absolute path)")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(Path(file.removeprefix("/")).absolute()),
        "OPTIONS": {},
    }


def kept_secret(file: Path) -> str:
    """The secret kept in ``file``, made on first use and readable by its owner only."""
    if not file.exists():
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secrets.token_urlsafe(48) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        # A link appears whole or not at all, and never replaces what another process kept first.
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingError("EADS_DATA_DIR", f"{file} is open to others; chmod 600 {file}")
    return read_secret(file, "EADS_DATA_DIR")
