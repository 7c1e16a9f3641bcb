"""What a run was asked for, and what its measurements share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bench.region import MeasuredRegion


@dataclass(frozen=True)
class Options:
    """Seconds for each measurement; ``say`` tells what is going on or cannot be had."""

    seconds: float
    say: Callable[[str], None]
    hubs: tuple[str, ...] = ("SQLite", "PostgreSQL")
    region: MeasuredRegion = field(default_factory=MeasuredRegion)
