from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from transparency.sequencer import Sequencer
from transparency.signer import LogKeyError, read_log_key


class Command(BaseCommand):
    help = "Run the sequencer: one writer to the log. Start as many as you like; one works."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.EADS_LOG_KEY_FILE is None:
            raise CommandError("Set EADS_LOG_KEY_FILE to the path of the log's key.")
        try:
            signer = read_log_key(settings.EADS_LOG_KEY_FILE, settings.EADS_ORIGIN)
        except LogKeyError as error:
            raise CommandError(str(error)) from None
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stderr.write(f"Sequencing {settings.EADS_ORIGIN}")
        Sequencer(signer).run(stop)
