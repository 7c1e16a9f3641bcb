from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from transparency.signer import LogKeyError, create_log_key, read_log_key


class Command(BaseCommand):
    help = "Create the log's signing key, or print its verifier key for the region document."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--create", action="store_true", help="Write a new key file.")
        parser.add_argument("--print", action="store_true", help="Print the verifier key.")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.EADS_LOG_KEY_FILE
        if path is None:
            raise CommandError("Set EADS_LOG_KEY_FILE to the path of the log's key.")
        if options["create"]:
            try:
                create_log_key(path)
            except FileExistsError:
                raise CommandError(f"{path} exists already; it is left as it is.") from None
        try:
            signer = read_log_key(path, settings.EADS_ORIGIN)
        except LogKeyError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(signer.verifier_key)
