"""Driving the load generator: requests in, what came back out."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import of_times

ROOT = Path(__file__).resolve().parent.parent
WARM_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of the load generator brought.

    Attributes:
        times: seconds from sending to the whole answer, one a request.
        begun: when the request was sent whose answer named this mailbox position; with a rate only.
        received: bytes of all answers.
    """

    seconds: float
    times: list[float]
    begun: dict[int, float]
    statuses: dict[str, int]
    received: int
    processor_seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def fields(self, expected: Sequence[str]) -> dict[str, Any]:
        """Fields of a figure; any other status than the expected ones is told."""
        others = {s: n for s, n in self.statuses.items() if s not in expected}
        note = ", ".join(f"{n} answers {status}" for status, n in sorted(others.items()))
        return {"value": round(self.rate, 1), "unit": "/s", "note": note, **of_times(self.times)}


def http_request(
    method: str, path: str, token: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """A whole HTTP/1.1 request, ready to be sent."""
    lines = [f"{method} /api/v1/{path} HTTP/1.1", "Host: 127.0.0.1"]
    lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def drive(
    port: int,
    requests: Sequence[bytes],
    *,
    clients: int,
    seconds: float,
    repeat: bool = False,
    rate: float | None = None,
    warm: float = WARM_SECONDS,
) -> Outcome:
    """Send requests for so many seconds, after a warming time that does not count."""
    job = {
        "port": port,
        "clients": clients,
        "seconds": seconds,
        "lengths": [len(request) for request in requests],
        "repeat": repeat,
        "rate": rate,
        "warm": warm,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        cwd=ROOT,
        input=json.dumps(job).encode() + b"\n" + b"".join(requests),
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(done.stdout)
    found["begun"] = {int(position): at for position, at in found["begun"].items()}
    return Outcome(**found)


def ask(url: str, data: bytes | None = None, headers: dict[str, str] | None = None,
        method: str | None = None) -> tuple[bytes, Any]:  # fmt: skip
    """One request outside the measurement: body and headers of the answer."""
    request = urllib.request.Request(url, data, headers or {}, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{url}: {error.code} {error.read()[:300]!r}") from None
