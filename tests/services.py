"""PostgreSQL and Redis for the tests: those that are there, or private ones for this run.

Looked for in this order: the address in ``EADS_TEST_DATABASE_URL`` or ``EADS_TEST_REDIS_URL``;
a server on its usual local port; installed programs, started on a free port with their files in
a temporary folder. What cannot be had is said in one line and never guessed.

The application connects as ``eads_test``, which is neither superuser nor has BYPASSRLS: row level
security is a fence of the product, and those two would walk through it unseen.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import redis
from psycopg import sql

ROLE = "eads_test"
FOUND_POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
FOUND_REDIS = "redis://127.0.0.1:6379/15"
POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
START_SECONDS = 30


class UnavailableError(Exception):
    """The service cannot be had; the text says why, in one line."""


# ---------------------------------------------------------------- PostgreSQL


@contextlib.contextmanager
def postgres(run: str) -> Iterator[tuple[str, str]]:
    """A server for this run: the administrator's URL and the application's.

    Databases that the run leaves behind (their names begin ``test_eads_RUN``) are dropped.

    Raises:
        UnavailableError: there is no server and none can be started.
    """
    with contextlib.ExitStack() as stack:
        admin = os.environ.get("EADS_TEST_DATABASE_URL")
        if admin is None and _answers(FOUND_POSTGRES):
            admin = FOUND_POSTGRES
        if admin is None:
            admin = stack.enter_context(_private_postgres())
        ensure_role(admin)
        stack.callback(_drop_databases, admin, f"test_eads_{run}")
        yield admin, _as_role(admin, f"eads_{run}")


def ensure_role(admin: str) -> None:
    """Create the application's role unless it is there, and see that the fence binds it."""
    try:
        with psycopg.connect(admin, autocommit=True, connect_timeout=5) as connection:
            create = sql.SQL("CREATE ROLE {} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS").format(
                sql.Identifier(ROLE)
            )
            if password := urlsplit(admin).password:
                create += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
            # Two runs may start at once: whoever comes second finds the role made.
            with contextlib.suppress(
                psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation
            ):
                connection.execute(create)
            fit = connection.execute(
                "SELECT rolcanlogin AND rolcreatedb AND NOT rolsuper AND NOT rolbypassrls"
                " FROM pg_roles WHERE rolname = %s",
                [ROLE],
            ).fetchone()
    except psycopg.Error as error:
        raise UnavailableError(f"PostgreSQL: {_first_line(error)}") from error
    if fit != (True,):
        raise UnavailableError(
            f"PostgreSQL: role {ROLE} exists but is not LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS"
        )


def _as_role(admin: str, database: str) -> str:
    parts = urlsplit(admin)
    secret = f":{quote(parts.password, safe='')}" if parts.password else ""
    return f"postgres://{ROLE}{secret}@{parts.hostname}:{parts.port or 5432}/{database}"


def _drop_databases(admin: str, prefix: str) -> None:
    with psycopg.connect(admin, autocommit=True, connect_timeout=5) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]
        ).fetchall()
        for (name,) in rows:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


@contextlib.contextmanager
def _private_postgres() -> Iterator[str]:
    initdb, server = _postgres_programs()
    # PostgreSQL refuses to run as root: an account without rights takes its place.
    account = _unprivileged_account() if os.geteuid() == 0 else None
    identity = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid}
    if account is not None:
        identity["extra_groups"] = []
    folder = Path(tempfile.mkdtemp(prefix="eads-postgres-"))
    try:
        password = secrets.token_hex(16)
        (folder / "password").write_text(password)
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
            os.chown(folder / "password", account.pw_uid, account.pw_gid)
        data = folder / "data"
        options = ["--pgdata", data, "--username=postgres", "--auth=scram-sha-256"]
        options += ["--pwfile", folder / "password", "--encoding=UTF8", "--no-locale", "--no-sync"]
        _run([initdb, *options], folder, identity)
        with _private_postgres_server(server, data, folder, identity, password) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _private_postgres_server(
    server: Path, data: Path, folder: Path, identity: dict, password: str
) -> Iterator[str]:
    port = free_port()
    settings = [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "full_page_writes=off",
        "max_connections=200",
    ]
    command = [server, "-D", data, "-p", str(port)]
    for setting in settings:
        command += ["-c", setting]
    url = f"postgres://postgres:{password}@127.0.0.1:{port}/postgres"
    with _process(command, folder, identity) as process:
        _wait("PostgreSQL", process, folder, lambda: _answers(url))
        yield url


def _postgres_programs() -> tuple[Path, Path]:
    folders = [Path(found).parent for found in [shutil.which("initdb")] if found]
    for pattern in POSTGRES_FOLDERS:
        folders += sorted(Path("/").glob(pattern.lstrip("/")), key=_version, reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder / "initdb", folder / "postgres"
    raise UnavailableError(
        "PostgreSQL: no server at 127.0.0.1:5432 and no installed initdb and postgres"
    )


def _version(folder: Path) -> int:
    digits = "".join(character for character in folder.parent.name if character.isdigit())
    return int(digits or 0)


def _unprivileged_account() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise UnavailableError("PostgreSQL: run as root, and no account postgres or nobody to lend")


# ---------------------------------------------------------------- Redis


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """The URL of a Redis for this run.

    Raises:
        UnavailableError: there is no server and none can be started.
    """
    given = os.environ.get("EADS_TEST_REDIS_URL")
    if given is not None and not _redis_answers(given):
        raise UnavailableError("Redis: EADS_TEST_REDIS_URL does not answer")
    if given is not None or _redis_answers(FOUND_REDIS):
        yield given or FOUND_REDIS
        return
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise UnavailableError("Redis: no server at 127.0.0.1:6379 and no installed redis-server")
    folder = Path(tempfile.mkdtemp(prefix="eads-redis-"))
    try:
        port = free_port()
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        command += ["--save", "", "--appendonly", "no"]
        url = f"redis://127.0.0.1:{port}/0"
        with _process(command, folder, {}) as process:
            _wait("Redis", process, folder, lambda: _redis_answers(url))
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _redis_answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


# ---------------------------------------------------------------- processes


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list, folder: Path, identity: dict) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, **identity
    )
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise UnavailableError(f"{Path(command[0]).name} failed: {reason[-1]}")


@contextlib.contextmanager
def _process(command: list, folder: Path, identity: dict) -> Iterator[subprocess.Popen]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # An interrupt at the keyboard is the runner's to act on, after the tests.
            start_new_session=True,
            **identity,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(name: str, process: subprocess.Popen, folder: Path, ready) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            last = (folder / "output").read_text(errors="replace").strip().splitlines()[-1:]
            raise UnavailableError(f"{name}: the private server did not start: {''.join(last)}")
        time.sleep(0.1)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
