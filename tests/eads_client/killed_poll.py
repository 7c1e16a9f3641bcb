"""Polls a profile again and again, and dies each time a little later.

``python -m tests.eads_client.killed_poll PROFILE FIRST STEP`` kills the first poll without any
farewell at statement FIRST to the replica's database, the next STEP statements later, until one
gets through. Run apart from the tests: this process has no threads, so that it may fork.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from eads_client import Client
from eads_client import replica as replica_module
from eads_client.replica_schema import connect
from tests.eads_client.fake_hub import PASSPHRASE


def poll_until(profile: Path, statements: int) -> None:
    """Poll, and die at the given statement."""
    left = [statements]

    def count(_statement: str) -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counting(*arguments: Any) -> sqlite3.Connection:
        connection = connect(*arguments)
        connection.set_trace_callback(count)
        return connection

    replica_module.connect = counting
    with Client.open(profile, PASSPHRASE) as client:
        for _ in client.poll(limit=3):
            pass


def main(profile: Path, first: int, step: int) -> int:
    """How many polls were killed before one got through."""
    kills = 0
    statements = first
    while True:
        child = os.fork()
        if child == 0:
            status = 1
            with contextlib.suppress(BaseException):
                poll_until(profile, statements)
                status = 0
            os._exit(status)
        _, ended = os.waitpid(child, 0)
        if os.WIFEXITED(ended):
            if os.WEXITSTATUS(ended) != 0:
                raise SystemExit("a poll failed by itself")
            print(kills)
            return 0
        kills += 1
        statements += step


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
