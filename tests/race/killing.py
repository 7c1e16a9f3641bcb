"""Processes of the hub that a test starts, kills and starts again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from django.utils import timezone

from agencies.authentication import issue_token
from tests import cast
from tests.cast import OUTSIDER, RECIPIENT, SENDER

ROOT = Path(__file__).resolve().parents[2]
MANAGE = str(ROOT / "manage.py")
PATIENCE_SECONDS = 60


class Process:
    """A command of this Python that is there until it is killed, and can come back."""

    def __init__(self, environment: dict[str, str], journal: Path, *arguments: str) -> None:
        self.environment, self.journal, self.arguments = environment, journal, arguments
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.journal.open("ab") as journal:
            self.running = subprocess.Popen(
                [sys.executable, *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=journal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL: no handler, no farewell."""
        if self.running is not None:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()
            self.running = None

    def said(self) -> str:
        return self.journal.read_text("utf-8", "replace")[-3000:]


@contextmanager
def killed_at_the_end(*processes: Process) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            process.kill()


def wait_until(holds: Callable[[], Any], *processes: Process) -> None:
    """Wait, and fail with what the processes said when it does not come or one has ended."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        ended = [p for p in processes if p.running is not None and p.running.poll() is not None]
        if ended or time.monotonic() > end:
            raise AssertionError("\n".join(process.said() for process in processes))
        time.sleep(0.05)


def a_moment(draw: random.Random, longest: float) -> None:
    time.sleep(draw.random() * longest)


def manage(environment: dict[str, str], *command: str) -> str:
    """Run a command of the hub to its end."""
    done = subprocess.run(
        [sys.executable, MANAGE, *command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Exchange:
    """Sender, recipient and outsider as clients of a hub in another process.

    Args:
        address: where the hub listens.
        processes: those that must live while something is waited for.
    """

    def __init__(self, address: str, *processes: Process) -> None:
        self.api, self.processes = f"{address}/api/v1/", processes
        self.forces = {agency: cast.force(agency) for agency in (SENDER, RECIPIENT, OUTSIDER)}
        made = [
            cast.signed(self.forces[SENDER], [self.forces[RECIPIENT], self.forces[OUTSIDER]])
            for _ in range(40)
        ]
        self.notices = {notice.digest: notice.envelope() for notice in made}
        self.accepted: set[str] = set()
        # No connection outlives its request: nobody is left to close one to a hub that was killed.
        self.http = httpx.Client(
            timeout=20, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def ask(self, method: str, path: str, agency: str | None, raw: bytes | None = None) -> Any:
        """The answer, or None when the hub is not there or says that it cannot answer now."""
        headers = {"Content-Type": "application/json"}
        if agency is not None:
            force = self.forces[agency]
            token = issue_token(force.agency, force["liaison"].signing.keyid, timezone.now())
            headers["Authorization"] = f"Bearer {token}"
        try:
            answer = self.http.request(method, self.api + path, content=raw, headers=headers)
        except httpx.TransportError:
            return None
        return None if answer.status_code >= 500 else answer

    def is_up(self) -> bool:
        return self.ask("GET", "mailbox", SENDER) is not None

    def enrol(self, environment: dict[str, str], verifier_key: str, folder: Path) -> None:
        """Publish region and keyrings, and wait until the log has them."""
        root = cast.SigningKey.generate()
        document = folder / "region.json"
        document.write_bytes(cast.region(self.forces.values(), root, verifier_key))
        manage(environment, "region", "publish", str(document))
        wait_until(self.is_up, *self.processes)
        for agency, force in self.forces.items():
            raw = force.keyring()
            wait_until(lambda a=agency, r=raw: self._publish(a, r), *self.processes)

    def _publish(self, agency: str, raw: bytes) -> bool:
        self.ask("PUT", f"keyrings/{agency}", None, raw)
        mailbox = self.ask("GET", "mailbox?after=0", agency)
        return mailbox is not None and mailbox.status_code == 200

    def post(self, digest: str) -> dict[str, Any] | None:
        """One POST; what it answered, or None when it must be sent again."""
        answer = self.ask("POST", "notices", SENDER, self.notices[digest])
        if answer is None:
            return None
        assert answer.status_code in (201, 202), answer.text
        self.accepted.add(digest)
        body: dict[str, Any] = answer.json()
        body.pop("checkpoint", None)
        return body

    def post_all(self, digests: list[str]) -> None:
        """Every notice until it is accepted, however often the hub goes away meanwhile."""
        for digest in digests:
            wait_until(lambda d=digest: self.post(d) is not None)
            time.sleep(0.05)

    @contextmanager
    def posting(self, posters: int) -> Iterator[None]:
        """Posters beside the block; it ends when every notice is accepted."""
        digests, errors = list(self.notices), []

        def run(own: list[str]) -> None:
            try:
                self.post_all(own)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=[digests[n::posters]]) for n in range(posters)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for thread in threads:
                thread.join(PATIENCE_SECONDS * 2)
        if errors:
            raise errors[0]
        assert self.accepted == set(self.notices)

    def is_placed(self, digest: str) -> bool:
        body = self.post(digest)
        return body is not None and body["state"] == "logged"

    def poll(self, agency: str) -> list[str]:
        """Digests in the order of a mailbox, read page by page."""
        found: list[str] = []
        while True:
            answer = self.ask("GET", f"mailbox?after={len(found)}&limit=7", agency)
            page = json.loads(answer.content)
            positions = [entry["position"] for entry in page["entries"]]
            assert positions == list(range(len(found) + 1, len(found) + 1 + len(positions)))
            if not positions:
                assert page["head"] == len(found)
                return found
            found += [entry["digest"] for entry in page["entries"]]
