"""Processor time: what a hub and its database spend, which a busy machine distorts less than rates.

Read from /proc; where there is none, nothing is told.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of(sessions: Collection[int], database: str) -> float | None:
    """Processor seconds of all processes of some sessions, and of PostgreSQL's for a database.

    Args:
        sessions: ids of the processes that each began a session.
        database: its name, as PostgreSQL writes it into its processes' titles; may be empty.
    """
    if not Path("/proc/self/stat").exists():
        return None
    total = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            title = (folder / "cmdline").read_bytes() if database else b""
        except OSError:
            continue  # it ended meanwhile
        serves = title.startswith(b"postgres:") and database.encode() in title
        if int(fields[3]) in sessions or serves:
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS
