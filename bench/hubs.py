"""Hubs to measure: the embedded one, and the production processes of docker-compose.yml.

Each has its own database and folder, listens on loopback ports that were free, and leaves nothing.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import redis
import yaml
from psycopg import sql

from bench.driving import ROOT, Outcome, ask, drive
from bench.processor import seconds_of
from bench.region import MeasuredRegion
from tests import services

START_SECONDS = 60.0
STOP_SECONDS = 15.0
BIN = Path(sys.executable).parent


class HubFailed(Exception):
    """A hub did not start; the text holds its last lines."""


@dataclass
class Hub:
    """A running hub with the region enrolled."""

    name: str
    port: int
    region: MeasuredRegion
    folder: Path
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1/"

    def start(self, name: str, command: Sequence[str], **added: str) -> None:
        """Start one of the hub's processes."""
        with (self.folder / f"{name}.log").open("wb") as journal:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment | added,
                stdin=subprocess.DEVNULL,
                stdout=journal,
                stderr=subprocess.STDOUT,
                # Ctrl-C is the bench's to act on, which then ends the hub.
                start_new_session=True,
            )

    def manage(self, *words: str) -> None:
        """Run one of the hub's commands. Raises HubFailed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise HubFailed(f"manage.py {words[0]}: {(done.stderr or done.stdout)[-2000:]}")

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait for something. Raises HubFailed when it does not come or a process ended."""
        deadline = time.monotonic() + START_SECONDS
        while not holds():
            ended = [n for n, process in self.processes.items() if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                logs = [self.folder / f"{name}.log" for name in ended or self.processes]
                told = "\n".join(f"{log.stem}: {log.read_text()[-1500:]}" for log in logs)
                raise HubFailed(f"{self.name}: {what} was not reached\n{told}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End every process, and whatever it started."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def processor_seconds(self) -> float | None:
        """What the hub's processes and its database have spent so far."""
        database = self.environment.get("EADS_DATABASE_URL", "").rpartition("/")[2]
        return seconds_of({process.pid for process in self.processes.values()}, database)

    def measure(self, requests: Sequence[bytes], **options: Any) -> tuple[Outcome, float | None]:
        """Drive the hub: what came back, and milliseconds of processor time for each answer."""
        before = self.processor_seconds()
        outcome = drive(self.port, requests, warm=0, **options)
        after = self.processor_seconds()
        if before is None or after is None or not outcome.times:
            return outcome, None
        return outcome, (after - before) * 1000 / len(outcome.times)

    def token(self, agency: str, role: str) -> str:
        """A bearer token, bought as every client does."""
        form = urlencode(self.region.assertion(agency, role, int(time.time()))).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        body, _ = ask(f"{self.address}token", form, kind)
        return str(yaml.safe_load(body)["access_token"])

    def enrol(self) -> None:
        """Publish the region and every keyring, and wait until they are in the log."""
        file = self.folder / "region.json"
        file.write_bytes(self.region.document)
        self.manage("region", "publish", str(file))
        self.until("the region", lambda: self._reads("region"))
        for agency, document in self.region.keyrings.items():
            kind = {"Content-Type": "application/json"}
            ask(f"{self.address}keyrings/{agency}", document, kind, "PUT")
        self.until("the keyrings", self._all_enrolled)

    def is_ready(self) -> bool:
        return self._reads("../../readyz")

    def _reads(self, path: str) -> bool:
        try:
            ask(f"http://127.0.0.1:{self.port}/readyz" if path.endswith("readyz")
                else self.address + path)  # fmt: skip
        except (OSError, RuntimeError):
            return False
        return True

    def _all_enrolled(self) -> bool:
        try:
            for agency in self.region.forces:
                self.token(agency, "liaison")
        except RuntimeError:
            return False
        return True


def _environment(folder: Path) -> dict[str, str]:
    # What the caller has set is for another hub.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EADS_")}
    return kept | {
        "EADS_DATA_DIR": str(folder / "data"),
        "EADS_LOG_LEVEL": "WARNING",
        "EADS_WEBHOOK_ALLOW_PRIVATE": "true",
        "EADS_WEBHOOK_ALLOW_HTTP": "true",
    }


@contextlib.contextmanager
def _hub(name: str, region: MeasuredRegion) -> Iterator[Hub]:
    folder = Path(tempfile.mkdtemp(prefix="eads-bench-"))
    hub = Hub(name, services.free_port(), region, folder, _environment(folder))
    try:
        key = folder / "data" / "log.key"
        key.parent.mkdir(mode=0o700)
        key.write_text(region.log_seed.hex() + "\n")
        key.chmod(0o600)
        yield hub
    finally:
        hub.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def embedded(region: MeasuredRegion) -> Iterator[Hub]:
    """``manage.py serve``: one process on SQLite."""
    with _hub("SQLite", region) as hub:
        command = [sys.executable, "manage.py", "serve", "--port", str(hub.port)]
        hub.start("serve", command)
        hub.until("a ready hub", hub.is_ready)
        hub.enrol()
        yield hub


@contextlib.contextmanager
def production(region: MeasuredRegion, workers: bool = False) -> Iterator[Hub]:
    """The commands of docker-compose.yml on PostgreSQL: web and sequencer, with ``workers`` also
    the Celery worker and beat.

    Raises:
        UnavailableError: there is no PostgreSQL or no Redis.
    """
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(_database())
        broker = stack.enter_context(_broker())
        hub = stack.enter_context(_hub("PostgreSQL", region))
        hub.environment |= {
            "EADS_DATABASE_URL": database,
            "EADS_REDIS_URL": broker,
            "EADS_SECRET_KEY": secrets.token_urlsafe(48),
            "EADS_ALLOWED_HOSTS": "127.0.0.1",
            "EADS_ORIGIN": "localhost",
            "EADS_HTTPS": "false",
        }
        hub.manage("migrate", "--noinput")
        names = ("web", "sequencer", *(("worker", "beat") if workers else ()))
        for name in names:
            only = {"EADS_LOG_KEY_FILE": str(hub.folder / "data/log.key")}
            hub.start(name, _composed(name, hub.port), **(only if name == "sequencer" else {}))
        hub.until("a ready hub", hub.is_ready)
        hub.enrol()
        yield hub


def _composed(service: str, port: int) -> list[str]:
    """A container's command with this machine's paths, address and port."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    program, *rest = [str(word) for word in compose["services"][service]["command"]]
    own = {"0.0.0.0": "127.0.0.1", "8000": str(port)}  # noqa: S104
    return [str(BIN / program), *(own.get(word, word) for word in rest)]


@contextlib.contextmanager
def _database() -> Iterator[str]:
    """A new database, owned by the role without superuser, dropped at the end."""
    run = f"bench{os.getpid()}"
    with services.postgres(run) as (admin, application):
        name = f"test_eads_{run}_{secrets.token_hex(4)}"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(name), sql.Identifier(services.ROLE)
                )
            )
        yield f"{application.rsplit('/', 1)[0]}/{name}"


@contextlib.contextmanager
def _broker() -> Iterator[str]:
    """An empty database of a Redis: a worker of somebody else must not take the rings."""
    with services.redis_server() as url:
        base = url.rsplit("/", 1)[0]
        for number in range(14, -1, -1):
            client = redis.Redis.from_url(f"{base}/{number}")
            if client.dbsize() == 0:
                break
            client.close()
        else:
            raise services.UnavailableError("Redis: no database of the server is empty")
        try:
            yield f"{base}/{number}"
        finally:
            client.flushdb()
            client.close()


KINDS: dict[str, Callable[[MeasuredRegion], contextlib.AbstractContextManager[Hub]]] = {
    "SQLite": embedded,
    "PostgreSQL": production,
}
