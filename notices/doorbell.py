"""The doorbell between the sequencer and the workers."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from notices import tasks

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.05
COMPLAIN_EVERY_SECONDS = 60.0


class Doorbell:
    """Rings from a thread of its own: a broker that is slow or away holds up nobody.

    Many rings in a short time are one. The first is passed on at once.
    """

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._rung = threading.Event()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self._quiet_until = 0.0

    def ring(self) -> None:
        self._rung.set()
        if self._thread is not None and self._thread.is_alive():
            return
        with self._start:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._rung.wait()
            self._rung.clear()
            try:
                self._call()
            except Exception as error:
                self._complain(error)
            time.sleep(PAUSE_SECONDS)

    def _complain(self, error: Exception) -> None:
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + COMPLAIN_EVERY_SECONDS
            logger.warning(
                "The broker cannot be reached (%s); the sweep finds what is owed when it is back",
                type(error).__name__,
            )


_bell = Doorbell(tasks.ring)


def _new_bell() -> None:
    global _bell
    _bell = Doorbell(tasks.ring)


# A child has neither the thread nor the right to its parent's locks.
os.register_at_fork(after_in_child=_new_bell)


def ring() -> None:
    """Let a worker know that something is owed. Never blocks, never raises."""
    try:
        _bell.ring()
    except RuntimeError:
        logger.warning("No thread could be started to ring; the sweep finds what is owed")
