"""The hub of the demo: a process of its own on the embedded default, ended with the demo."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx

ROOT: Final = Path(__file__).resolve().parent.parent
HOST: Final = "127.0.0.1"
_PATIENCE: Final = 120.0
_FAREWELL: Final = 20.0
_TAIL: Final = 15


class HubFailed(Exception):
    """The hub did not start, or a command of it failed; the text holds its last lines."""


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class HubProcess:
    """``manage.py serve`` on a data folder.

    Args:
        data: the hub's data folder; made if it is not there.
        port: of loopback; None takes a free one.
    """

    def __init__(self, data: Path, port: int | None = None) -> None:
        self.data = data
        self.port = port or free_port()
        self.journal = data / "hub.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients reach it."""
        return f"http://{HOST}:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until it is ready. Raises HubFailed."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = [*self._manage("serve"), "--host", HOST, "--port", str(self.port)]
        with self.journal.open("ab") as journal:
            # A session of its own: Ctrl-C reaches the demo first, which then ends the hub.
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=journal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + _PATIENCE
        while not self._is_ready():
            if not self.is_running:
                raise HubFailed(f"the hub did not start; its last lines:\n{self._tail()}")
            if time.monotonic() > end:
                raise HubFailed(f"the hub is not ready in time; its last lines:\n{self._tail()}")
            time.sleep(0.1)

    def run(self, *arguments: str) -> str:
        """Run one of the hub's commands on the same data. Raises HubFailed."""
        done = subprocess.run(
            self._manage(*arguments),
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines()[-_TAIL:]
            raise HubFailed(f"manage.py {' '.join(arguments)} failed:\n" + "\n".join(lines))
        return done.stdout

    def stop(self) -> None:
        """End the hub and everything that it started; nothing happens if it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_FAREWELL)
        # Whoever of its group is still there, it had its time.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def wait(self) -> None:
        """Wait until the hub ends by itself."""
        if self._process is not None:
            self._process.wait()

    def __enter__(self) -> HubProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/readyz", timeout=2, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def _manage(self, *arguments: str) -> Sequence[str]:
        return [sys.executable, str(ROOT / "manage.py"), *arguments]

    def _environment(self) -> dict[str, str]:
        # What the caller has set is for another hub.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EADS_")}
        return {**kept, "EADS_DATA_DIR": str(self.data), "PYTHONUNBUFFERED": "1"}

    def _tail(self) -> str:
        lines: Sequence[str] = []
        with contextlib.suppress(OSError):
            lines = self.journal.read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-_TAIL:])
