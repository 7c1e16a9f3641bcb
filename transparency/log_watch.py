"""Waiting for the log: how a request learns that what it stored has been placed.

One thread a process asks the database for all who wait together; in the embedded hub the
sequencer, being in the same process, wakes it at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from django.db import Error, close_old_connections, connection

from transparency.sequencer import after_batch

POLL_SECONDS = 0.01
IDLE_SECONDS = 0.5


class LogWatch:
    """Tells waiters when a subject has left the queue."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._waiting: dict[str, int] = {}
        self._queued: set[str] = set()
        self._thread: threading.Thread | None = None
        self._nudge = threading.Event()

    def wait(self, subject: str, timeout: float) -> bool:
        """Block until the subject has left the queue or ``timeout`` seconds have passed."""
        if timeout <= 0:
            return False
        deadline = time.monotonic() + timeout
        with self._lock:
            self._waiting[subject] = self._waiting.get(subject, 0) + 1
            self._queued.add(subject)
            self._ensure_thread()
            self._lock.notify_all()
            try:
                while subject in self._queued:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        return False
                    self._lock.wait(left)
                return True
            finally:
                self._waiting[subject] -= 1
                if not self._waiting[subject]:
                    del self._waiting[subject]
                    self._queued.discard(subject)

    def nudge(self) -> None:
        """Look now: a batch was committed in this process."""
        self._nudge.set()

    def _ensure_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="log-watch", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._lock:
                while not self._queued:
                    # Nobody waits: after a moment the database has its connection back.
                    if not self._lock.wait(IDLE_SECONDS):
                        connection.close()
                        self._lock.wait_for(lambda: bool(self._queued))
                subjects = list(self._queued)
            try:
                self._settle(subjects, _still_queued(subjects))
            except Error:
                # Whoever waits gives up by its own clock and answers "accepted".
                close_old_connections()
            self._nudge.wait(POLL_SECONDS)
            self._nudge.clear()

    def _settle(self, asked: Iterable[str], queued: set[str]) -> None:
        with self._lock:
            done = set(asked) - queued
            if done:
                self._queued -= done
                self._lock.notify_all()


def _still_queued(subjects: list[str]) -> set[str]:
    # Asked a hundred times a second while anybody waits, so it is written out.
    marks = ", ".join(["%s"] * len(subjects))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT subject FROM transparency_submission WHERE subject IN ({marks})",  # noqa: S608
            subjects,
        )
        return {row[0] for row in cursor.fetchall()}


watch = LogWatch()
after_batch(watch.nudge)
