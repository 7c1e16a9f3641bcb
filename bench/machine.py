"""The machine that figures belong to: without it they say nothing."""

from __future__ import annotations

import os
import platform
import sqlite3
from pathlib import Path
from typing import Any

import cryptography
import django


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe() -> dict[str, Any]:
    """Cores, processor, versions, and how busy the machine was before the measurement began."""
    return {
        "cores": _cores(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "django": django.get_version(),
        "cryptography": cryptography.__version__,
        "sqlite": sqlite3.sqlite_version,
        "load_before": round(os.getloadavg()[0], 2),
    }


def as_text(machine: dict[str, Any]) -> str:
    """The machine in two lines."""
    return (
        f"{machine['cores']} cores, {machine['processor']}, {machine['system']},"
        f" load before {machine['load_before']}\n"
        f"Python {machine['python']}, Django {machine['django']},"
        f" cryptography {machine['cryptography']}, SQLite {machine['sqlite']}"
    )
