"""Workers that race, die and lose their broker: nothing lost, nothing that is not recognised."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.db import connection
from django.utils import timezone

from notices import outbox
from notices.models import OutboxMessage
from notices.outbox import Outcome
from tests.notices.receiver import (
    Receiver,
    change,
    listening,
    messages,
    owe,
    reread,
    subscribe,
)
from tests.services import free_port
from transparency.store import writing
from transparency.tenancy import system

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 60

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(number: int, work: Callable[[], Any]) -> list[Any]:
    """The same work from several threads that start together, each with its own connection."""
    barrier = threading.Barrier(number)

    def run() -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as threads:
        return [each.result() for each in [threads.submit(run) for _ in range(number)]]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


class TestClaimsAtOnce:
    def test_no_message_is_claimed_twice(self):
        for number in range(200):
            subscribe(f"https://desk.example/{number}")
        owe(1, 1)

        def drain() -> list[Any]:
            mine: list[Any] = []
            while taken := outbox.claim(7):
                mine += [message.id for message in taken]
            return mine

        claimed = [identifier for mine in at_once(4, drain) for identifier in mine]
        # One that found everything locked may have stopped early; what is left is still due.
        claimed += drain()
        assert len(claimed) == 200
        assert set(claimed) == {row.id for row in messages()}

    def test_messages_that_become_one_are_told_once(self):
        subscribe("https://desk.example/")
        for position in range(1, 101):
            owe(position, position)
        taken = [m for each in at_once(4, lambda: outbox.claim(5)) for m in each]
        taken += outbox.claim(5)
        told = sorted((m.first, m.last) for m in taken)
        assert told[0][0] == 1
        assert max(last for _, last in told) == 100
        assert len({row.id for row in taken}) == len(taken)
        assert all(row.done or row.lease for row in messages())

    def test_two_that_settle_the_same_targets_do_not_wait_in_a_circle(self):
        for number in range(20):
            subscribe(f"https://desk.example/{number}")
        for position in range(1, 9):
            with writing(), system():
                OutboxMessage.objects.update(attempts=1)
            owe(position, position)
        parts = iter([outbox.claim(80), list(reversed(outbox.claim(80)))])
        take = threading.Lock()

        def settle() -> None:
            with take:
                part = next(parts)
            for n in range(0, len(part), 10):
                outbox.settle([(message, Outcome("HTTP 503")) for message in part[n : n + 10]])

        at_once(2, settle)
        assert all(row.outcome == "HTTP 503" for row in messages())

    def test_mail_owed_while_its_target_is_disabled_is_not_left_open(self):
        subscription = subscribe("https://desk.example/")
        owed, disabled = threading.Event(), threading.Event()

        def sequence() -> None:
            with writing(), system():
                outbox.owe({"TH-RTP": (2, 2)})
                owed.set()
                disabled.wait(30)

        def disable() -> None:
            owed.wait(30)
            with writing(), system():
                outbox.disable(reread(subscription), "HTTP 410", timezone.now())
            disabled.set()

        jobs = iter([sequence, disable])
        at_once(2, lambda: next(jobs)())
        assert outbox.claim(10) == []
        assert all(row.done for row in messages())


@pytest.fixture
def broker_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A Redis of the test's own where the program is installed: a worker of another test that runs
    meanwhile would answer this one's doorbell, and a flush would empty its queue."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        yield request.getfixturevalue("redis_url")
        return
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", ""]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as server:
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


@pytest.fixture
def environment(broker_url: str, tmp_path: Path) -> dict[str, str]:
    own = connection.settings_dict
    secret = f":{quote(own['PASSWORD'], safe='')}" if own["PASSWORD"] else ""
    address = f"{own['USER']}{secret}@{own['HOST']}:{own['PORT']}/{own['NAME']}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("EADS_")}
    return kept | {
        "EADS_DATA_DIR": str(tmp_path / "data"),
        "EADS_DATABASE_URL": f"postgres://{address}",
        "EADS_REDIS_URL": broker_url,
        "EADS_SECRET_KEY": "workers of a test " + "0123456789abcdef" * 4,
        "EADS_WEBHOOK_ALLOW_PRIVATE": "true",
        "EADS_WEBHOOK_ALLOW_HTTP": "true",
    }


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Any]]:
    started: list[subprocess.Popen[bytes]] = []

    def run(*words: str) -> subprocess.Popen[bytes]:
        log = tmp_path / f"{words[0]}-{len(started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--app", "eads", *words],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield run
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of a worker and the processes that it forked."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def broker(broker_url: str) -> Iterator[Any]:
    client = redis.Redis.from_url(broker_url)
    until(lambda: _answers(client))
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


def _answers(client: Any) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


WORKER = ("worker", "--concurrency", "2", "--without-gossip", "--without-mingle")
BEAT = ("beat", "--pidfile", "")


def ring(environment: dict[str, str]) -> None:
    """From a process with the hub's settings: this one speaks to the broker in memory."""
    subprocess.run(
        [sys.executable, "-m", "celery", "--app", "eads", "call", "notices.tasks.deliver"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        timeout=WAIT_SECONDS,
    )


@pytest.mark.slow
class TestWorkers:
    @pytest.fixture
    def receiver(self) -> Iterator[Receiver]:
        with listening() as each:
            yield each

    def test_killed_after_sending_and_before_settling_the_same_id_comes_again(
        self, receiver, broker, start, environment
    ):
        release = threading.Event()

        def hold(handler: Any) -> None:
            release.wait(WAIT_SECONDS)
            handler.close_connection = True

        receiver.answer = hold
        subscribe(receiver.url)
        owe(41, 42)
        worker = start(*WORKER)
        ring(environment)
        (first,) = receiver.wait_for(1, WAIT_SECONDS)
        kill(worker)
        release.set()
        receiver.answer = None
        (row,) = messages()
        assert row.done is None
        assert row.lease
        broker.flushdb()  # so that only the lease, not the broker's own repeat, brings it back
        owe(43, 43)
        change(row, leased_until=timezone.now() - timedelta(seconds=1))
        start(*WORKER)
        ring(environment)
        until(lambda: all(each.done for each in messages()))
        again = [request for request in receiver.requests[1:] if request.id == first.id]
        assert [request.body for request in again] == [first.body]
        assert len({request.id for request in receiver.requests}) == 2

    def test_a_flushed_broker_loses_nothing_because_the_sweep_finds_it(
        self, receiver, broker, start, environment
    ):
        subscribe(receiver.url)
        owe(1, 3)
        ring(environment)
        assert broker.llen("celery") == 1
        broker.flushdb()
        start(*WORKER)
        start(*BEAT)
        (request,) = receiver.wait_for(1, WAIT_SECONDS)
        until(lambda: all(each.done for each in messages()))
        assert request.id == str(messages()[0].id)
        assert len(receiver.requests) == 1

    def test_two_workers_send_each_message_once(self, receiver, broker, start, environment):
        for number in range(100):
            subscribe(f"{receiver.url}/{number}")
        owe(1, 1)
        start(*WORKER)
        start(*WORKER, "--hostname", "second@%h")
        for _ in range(2):
            ring(environment)
        until(lambda: all(each.done for each in messages()))
        identifiers = [request.id for request in receiver.requests]
        assert len(identifiers) == 100
        assert set(identifiers) == {str(row.id) for row in messages()}
