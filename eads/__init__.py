"""The hub's wiring: settings, entry points, problems, checks. No notice logic lives here."""

from __future__ import annotations

# Tasks declared with shared_task bind to this application; without the import they would look
# for a broker on localhost of their own.
from .celery import app as celery_app

__all__ = ["celery_app"]
