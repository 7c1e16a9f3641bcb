"""The containers' own commands, run here against PostgreSQL and Redis: they start, answer, notice
each other, and end when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql

from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
    "services"
]
STANDING = ("web", "live", "sequencer", "worker", "beat")
START_SECONDS = 60

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def words(service: str, ports: dict[str, int]) -> list[str]:
    """The container's command with this machine's paths and ports."""
    program, *rest = [str(word) for word in SERVICES[service]["command"]]
    local = {"0.0.0.0": "127.0.0.1"} | {name: str(port) for name, port in ports.items()}
    return [str(BIN / program), *(local.get(word, word) for word in rest)]


@pytest.fixture
def environment(tmp_path: Path, redis_url: str) -> dict[str, str]:
    """What docker-compose.yml gives the processes, secrets as files included."""
    application = os.environ["EADS_DATABASE_URL"]
    database = f"test_{application.rsplit('/', 1)[1]}_processes_{os.getpid()}"
    with psycopg.connect(os.environ["EADS_TEST_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER eads_test").format(sql.Identifier(database))
        )
    (tmp_path / "secret_key").write_text("processes of a test " + "0123456789abcdef" * 4)
    (tmp_path / "log_key").write_text(os.urandom(32).hex() + "\n")
    (tmp_path / "log_key").chmod(0o600)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("EADS_")}
    return kept | {
        "EADS_ORIGIN": "hub.example",
        "EADS_ALLOWED_HOSTS": "127.0.0.1",
        "EADS_BEHIND_PROXY": "true",
        "EADS_DATA_DIR": str(tmp_path / "data"),
        "EADS_DATABASE_URL": f"{application.rsplit('/', 1)[0]}/{database}",
        "EADS_REDIS_URL": redis_url,
        "EADS_SECRET_KEY_FILE": str(tmp_path / "secret_key"),
    }


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen]]:
    started: list[subprocess.Popen] = []

    def run(service: str, ports: dict[str, int]) -> subprocess.Popen:
        own = {"EADS_LOG_KEY_FILE": str(tmp_path / "log_key")} if service == "sequencer" else {}
        with (tmp_path / f"{service}.log").open("wb") as output:
            process = subprocess.Popen(
                words(service, ports),
                cwd=ROOT,
                env=environment | own,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def until(what: str, holds: Callable[[], bool], processes: dict[str, Any], logs: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        dead = [name for name, process in processes.items() if process.poll() is not None]
        if dead or time.monotonic() > deadline:
            told = "\n".join(
                f"--- {log.stem}\n{log.read_text()[-2000:]}" for log in sorted(logs.glob("*.log"))
            )
            pytest.fail(f"{what}: not reached; ended: {dead}\n{told}")
        time.sleep(0.2)


def worker_answers(environment: dict[str, str]) -> bool:
    done = subprocess.run(
        [BIN / "celery", "--app", "eads", "inspect", "ping", "--timeout", "5"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return "pong" in done.stdout


def test_the_containers_commands_run_together_and_end_when_told(
    tmp_path: Path, environment: dict[str, str], start: Callable[..., subprocess.Popen]
):
    web, live = free_port(), free_port()
    ports = {"8000": web, "8001": live}
    done = subprocess.run(
        words("migrate", ports),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr

    processes = {name: start(name, ports) for name in STANDING}
    until("web lives", lambda: answers(f"http://127.0.0.1:{web}/livez"), processes, tmp_path)
    until("live lives", lambda: answers(f"http://127.0.0.1:{live}/livez"), processes, tmp_path)
    until("web is ready", lambda: answers(f"http://127.0.0.1:{web}/readyz"), processes, tmp_path)
    until("worker answers", lambda: worker_answers(environment), processes, tmp_path)

    for name, process in processes.items():
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        # Some answer the signal with an exit of their own, some are ended by it.
        assert code in (0, -signal.SIGTERM, 128 + signal.SIGTERM), f"{name} ended with {code}"
