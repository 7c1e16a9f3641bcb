"""The embedded hub: web, sequencer, Celery worker and beat in one process."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from pathlib import Path
from typing import Any

import uvicorn
from celery.beat import EmbeddedService
from celery.platforms import SecurityWarning
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from eads.celery import app
from transparency.sequencer import Sequencer
from transparency.signer import LogKeyError, create_log_key, read_log_key

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run the whole hub in one process on SQLite."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EADS_EMBEDDED:
            raise CommandError("serve is for the embedded hub; see deploy/runbook.md.")
        call_command("migrate", verbosity=0)
        signer = _signer()
        stop = threading.Event()
        sequencer = threading.Thread(
            target=Sequencer(signer).run, args=[stop], name="sequencer", daemon=True
        )
        sequencer.start()
        _start_celery()
        address = f"http://{options['host']}:{options['port']}/"
        self.stderr.write(f"e-ADS hub {settings.EADS_ORIGIN}: {address}")
        self.stderr.write(f"Log key for the region document: {signer.verifier_key}")
        config = uvicorn.Config(
            "eads.asgi:application",
            host=options["host"],
            port=options["port"],
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=64 * 1024,
        )
        try:
            uvicorn.Server(config).run()
        finally:
            stop.set()
            sequencer.join(timeout=5)
        # Threads of the worker would hold the process; everything that counts is committed.
        os._exit(0)


def _signer() -> Any:
    path = Path(settings.EADS_LOG_KEY_FILE or settings.EADS_DATA_DIR / "log.key")
    if not path.exists():
        create_log_key(path)
    try:
        return read_log_key(path, settings.EADS_ORIGIN)
    except LogKeyError as error:
        raise CommandError(str(error)) from None


def _start_celery() -> None:
    """A worker and beat as threads of this process, over the memory broker."""
    # The tasks are the hub's own and travel as JSON in this process: root changes nothing.
    warnings.simplefilter("ignore", SecurityWarning)
    worker = app.Worker(pool="threads", concurrency=2, quiet=True, without_gossip=True,
                        without_mingle=True, without_heartbeat=True)  # fmt: skip
    threading.Thread(target=worker.start, name="celery-worker", daemon=True).start()
    EmbeddedService(app, thread=True, scheduler_cls=app.conf.beat_scheduler).start()
