from __future__ import annotations

from django.apps import AppConfig


class EadsConfig(AppConfig):
    name = "eads"
    verbose_name = "Hub"

    def ready(self) -> None:
        from eads import checks  # noqa: F401  (registers them)
