"""Figures: what a measurement gives, and how it is printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; times in milliseconds, ``value`` with its own unit.

    ``processor_ms`` is processor time of hub and database for each request.
    """

    bench: str
    what: str
    hub: str = ""
    value: float | None = None
    unit: str = ""
    median_ms: float | None = None
    p99_ms: float | None = None
    processor_ms: float | None = None
    count: int = 0
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the sorted values lie (nearest rank)."""
    return values[min(len(values) - 1, int(share * len(values)))]


def of_times(seconds: Iterable[float]) -> dict[str, Any]:
    """Median, p99 and count of durations, as fields of a figure."""
    ordered = sorted(seconds)
    if not ordered:
        return {"count": 0}
    return {
        "median_ms": round(percentile(ordered, 0.5) * 1000, 3),
        "p99_ms": round(percentile(ordered, 0.99) * 1000, 3),
        "count": len(ordered),
    }


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def show(figures: Iterable[Figure]) -> None:
    """Print the table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("bench")
    table.add_column("what")
    table.add_column("hub")
    for name in ("rate or size", "median ms", "p99 ms", "CPU ms each", "n"):
        table.add_column(name, justify="right")
    table.add_column("note")
    for each in figures:
        table.add_row(
            each.bench,
            each.what,
            each.hub,
            f"{_number(each.value)} {each.unit}".strip(),
            _number(each.median_ms),
            _number(each.p99_ms),
            _number(each.processor_ms),
            str(each.count or ""),
            each.note,
        )
    Console(width=150, soft_wrap=False).print(table)
