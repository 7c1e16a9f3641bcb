"""Numbers about the log, for whoever watches the hub."""

from __future__ import annotations

from django.utils import timezone

from transparency.models import Lease, LogHead
from transparency.sequencer import LEASE, LEASE_LIFE


def lease_age() -> float | None:
    """Seconds since a sequencer last renewed its lease; None if none ever took it."""
    until = Lease.objects.filter(name=LEASE).values_list("until", flat=True).first()
    if until is None:
        return None
    return max(0.0, (timezone.now() - until + LEASE_LIFE).total_seconds())


def log_size() -> int:
    return LogHead.objects.values_list("size", flat=True).first() or 0
