from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies.services import publish_region
from eads.problems import ProblemError
from eads_wire.errors import WireError


class Command(BaseCommand):
    help = "Publish the region document: who is a member of this exchange."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["publish"])
        parser.add_argument("file", type=Path, help="The signed document.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            region = publish_region(options["file"].read_bytes())
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from None
        except (ProblemError, WireError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"Region {region.region} version {region.version.number} waits for the log:"
            f" {len(region.members)} members. Roots: {region.roots.fingerprint}"
        )
