"""Memory of the embedded hub: resident set after start and after a thousand notices."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.driving import drive, http_request
from bench.figures import Figure
from bench.hubs import Hub, embedded
from bench.options import Options
from bench.region import SENDER

NOTICES = 1000
CLIENTS = 8


def resident_megabytes(process: int) -> float:
    """The resident set of a process, in megabytes of 10^6 bytes."""
    status = Path(f"/proc/{process}/status")
    if status.exists():
        lines = status.read_text("utf-8").splitlines()
        kibibytes = int(next(line for line in lines if line.startswith("VmRSS")).split()[1])
    else:
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True
        )
        kibibytes = int(told.stdout)
    return round(kibibytes * 1024 / 1e6, 1)


def _resident(hub: Hub) -> float:
    return resident_megabytes(hub.processes["serve"].pid)


def run(options: Options) -> Iterator[Figure]:
    if "SQLite" not in options.hubs:
        return
    envelopes = options.region.envelopes(NOTICES, 1)
    with embedded(options.region) as hub:
        yield Figure("memory", "after start", hub.name, _resident(hub), "MB")
        options.say(f"memory: posting {NOTICES} notices")
        token = hub.token(SENDER, "liaison")
        posts = [http_request("POST", "notices", token, envelope) for envelope in envelopes]
        outcome = drive(hub.port, posts, clients=CLIENTS, seconds=120, warm=0)
        posted = outcome.statuses.get("201", 0)
        yield Figure(
            "memory", f"after {posted:,} notices", hub.name, _resident(hub), "MB", count=posted
        )
