"""kill -9 of the hub's processes at any moment: nothing accepted is lost, no place is given twice
or skipped, and a POST sent again answers the same."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.cast import ORIGIN, OUTSIDER, RECIPIENT, SENDER
from tests.race.invariants import (
    Ask,
    assert_log_whole,
    assert_mailboxes_gap_free,
    assert_nothing_lost,
)
from tests.race.killing import (
    MANAGE,
    Exchange,
    Process,
    a_moment,
    killed_at_the_end,
    manage,
    wait_until,
)
from tests.services import free_port
from transparency.signer import LogSigner

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SEED = bytes(range(32))


def base_environment(folder: Path) -> dict[str, str]:
    """A hub of its own, whose bearer tokens the test can make."""
    (folder / "log.key").write_text(SEED.hex() + "\n")
    (folder / "log.key").chmod(0o600)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("EADS_")}
    return kept | {
        "EADS_ORIGIN": ORIGIN,
        "EADS_ALLOWED_HOSTS": "127.0.0.1",
        "EADS_DATA_DIR": str(folder / "data"),
        "EADS_LOG_KEY_FILE": str(folder / "log.key"),
        "EADS_LOG_WAIT": "0",
        "EADS_SECRET_KEY": os.environ["EADS_SECRET_KEY"],
        "PYTHONUNBUFFERED": "1",
    }


def assert_all_there(exchange: Exchange, ask: Ask) -> None:
    for digest in exchange.notices:
        wait_until(lambda d=digest: exchange.is_placed(d), *exchange.processes)
    leaves = assert_log_whole(ask)
    assert len(leaves) == 1 + len(exchange.forces) + len(exchange.notices)
    assert_nothing_lost(exchange.accepted, ask)
    assert set(assert_mailboxes_gap_free(ask).values()) == {len(exchange.notices)}
    for agency in (SENDER, RECIPIENT, OUTSIDER):
        assert set(exchange.poll(agency)) == exchange.accepted
    answers = {digest: exchange.post(digest) for digest in exchange.notices}
    assert answers == {digest: exchange.post(digest) for digest in exchange.notices}
    assert len(assert_log_whole(ask)) == len(leaves)


# ---------------------------------------------------------------- PostgreSQL


@pytest.fixture
def database() -> Iterator[tuple[str, Ask]]:
    """A database that is nobody else's: the application's URL, and the administrator's eyes."""
    application, admin = os.environ["EADS_DATABASE_URL"], os.environ["EADS_TEST_DATABASE_URL"]
    name = f"test_{application.rsplit('/', 1)[1]}_kill_{os.getpid()}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER eads_test").format(sql.Identifier(name))
        )
    with psycopg.connect(admin, dbname=name, autocommit=True) as connection:
        yield (
            f"{application.rsplit('/', 1)[0]}/{name}",
            lambda question: connection.execute(question).fetchall(),  # type: ignore[call-overload]
        )


@pytest.mark.postgres
def test_sequencers_and_web_killed_again_and_again_lose_nothing(
    tmp_path: Path, database: tuple[str, Ask]
) -> None:
    url, ask = database
    environment = base_environment(tmp_path) | {"EADS_DATABASE_URL": url, "EADS_HTTPS": "false"}
    manage(environment, "migrate", "--verbosity", "0")
    port = free_port()
    web = Process(
        environment, tmp_path / "web.log", *("-m", "uvicorn", "eads.asgi:application"),
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"),
    )  # fmt: skip
    sequencers = [
        Process(environment, tmp_path / f"sequencer-{n}.log", MANAGE, "sequence") for n in range(2)
    ]
    exchange = Exchange(f"http://127.0.0.1:{port}", web, *sequencers)
    draw = random.Random()
    with killed_at_the_end(web, *sequencers):
        for process in (web, *sequencers):
            process.start()
        exchange.enrol(environment, LogSigner(ORIGIN, SEED).verifier_key, tmp_path)
        with exchange.posting(4):
            for number in range(5):
                a_moment(draw, 0.6)
                victim = web if number == 2 else working(sequencers, ask)
                victim.kill()
                a_moment(draw, 0.3)
                victim.start()
        # The one that works dies for good; the other takes over.
        working(sequencers, ask).kill()
        assert_all_there(exchange, ask)


def working(sequencers: list[Process], ask: Ask) -> Process:
    """The process whose lease it is; the first one where that one is already gone."""
    ((holder,),) = ask("SELECT holder FROM transparency_lease")
    running = {s.running.pid: s for s in sequencers if s.running is not None}
    return running.get(int(holder.split(":")[1]), next(iter(running.values())))


# ---------------------------------------------------------------- embedded


def embedded_rows(file: Path) -> Ask:
    def ask(question: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(file, timeout=20)
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()

    return ask


@pytest.mark.skipif("EADS_DATABASE_URL" in os.environ, reason="has a SQLite of its own: first pass")
def test_the_embedded_hub_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    environment = base_environment(tmp_path)
    port = free_port()
    hub = Process(environment, tmp_path / "hub.log", MANAGE, "serve", "--port", str(port))
    exchange = Exchange(f"http://127.0.0.1:{port}", hub)
    draw = random.Random()
    with killed_at_the_end(hub):
        hub.start()
        wait_until(exchange.is_up, hub)
        exchange.enrol(environment, LogSigner(ORIGIN, SEED).verifier_key, tmp_path)
        with exchange.posting(4):
            for _ in range(3):
                already = len(exchange.accepted)
                wait_until(lambda n=already: len(exchange.accepted) > n + 2, hub)
                a_moment(draw, 0.2)
                hub.kill()
                hub.start()
        assert_all_there(exchange, embedded_rows(tmp_path / "data" / "hub.sqlite3"))
