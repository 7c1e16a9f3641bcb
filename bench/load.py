"""The load: a process of its own that sends ready-made requests over kept connections.

One thread and a selector: on two cores a client that costs as much as the hub would measure
itself. Each client sends its next request when the answer to its last one is complete; with a
rate, requests are sent at their times whether or not earlier ones were answered.

The job comes on standard input: one line of JSON, then the requests.
"""

from __future__ import annotations

import itertools
import json
import re
import resource
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked\r\n", re.IGNORECASE)
_POSITION = re.compile(rb'"position": ?(\d+)')
GIVE_UP_SECONDS = 30.0


@dataclass(frozen=True)
class Job:
    """What to send.

    Attributes:
        lengths: sizes of the requests that follow, one after the other.
        repeat: begin again after the last request.
        rate: requests a second; None sends as fast as answers come.
        warm: seconds at the beginning that do not count.
    """

    port: int
    clients: int
    seconds: float
    lengths: list[int]
    repeat: bool
    rate: float | None
    warm: float


@dataclass
class Tally:
    """What came back."""

    times: list[float] = field(default_factory=list)
    begun: dict[int, float] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    received: int = 0
    first: float = 0.0
    last: float = 0.0


class Client:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=GIVE_UP_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.begun = 0.0
        self._parts: list[bytes] = []
        self._size = 0
        self._needed: int | None = None
        self._chunked = False

    def send(self, request: bytes) -> None:
        self._parts, self._size, self._needed, self._chunked = [], 0, None, False
        self.begun = time.monotonic()
        self.socket.sendall(request)

    def read(self) -> bytes | None:
        """Take what has arrived; the answer once it is complete."""
        part = self.socket.recv(1024 * 1024)
        if not part:
            raise ConnectionError("the hub closed a connection in the middle of an answer")
        self._parts.append(part)
        self._size += len(part)
        if self._needed is None and not self._chunked:
            self._read_head()
        if self._chunked:
            done = b"".join(self._parts[-2:]).endswith(b"\r\n0\r\n\r\n")
        else:
            done = self._needed is not None and self._size >= self._needed
        return b"".join(self._parts) if done else None

    def _read_head(self) -> None:
        raw = b"".join(self._parts)
        end = raw.find(b"\r\n\r\n")
        if end < 0:
            return
        head = raw[: end + 2]
        length = _LENGTH.search(head)
        if head[9:12] in (b"304", b"204"):
            self._needed = end + 4
        elif length is not None:
            self._needed = end + 4 + int(length[1])
        elif _CHUNKED.search(head):
            self._chunked = True
        else:
            raise ConnectionError("an answer has neither a length nor chunks")


class Run:
    """One measurement."""

    def __init__(self, job: Job, requests: list[bytes]) -> None:
        self.job = job
        self.tally = Tally()
        self._requests: Iterator[bytes] = (
            itertools.cycle(requests) if job.repeat else iter(requests)
        )
        self._selector = selectors.DefaultSelector()
        self._idle = [Client(job.port) for _ in range(job.clients)]
        for client in self._idle:
            self._selector.register(client.socket, selectors.EVENT_READ, client)
        self._flying = 0
        self._sent = 0

    def run(self) -> Tally:
        begin = time.monotonic()
        self.tally.first = begin + self.job.warm
        end = self.tally.first + self.job.seconds
        more = True
        while more or self._flying:
            now = time.monotonic()
            if now >= end:
                more = False
            if now >= end + GIVE_UP_SECONDS:
                raise TimeoutError("the hub leaves requests without an answer")
            more = more and self._send_due(begin, now)
            for key, _ in self._selector.select(0.001 if self.job.rate else 0.05):
                self._receive(key.data)
        return self.tally

    def _send_due(self, begin: float, now: float) -> bool:
        """Give idle clients their next requests. False once none is left."""
        rate = self.job.rate
        while self._idle and (rate is None or self._sent <= (now - begin) * rate):
            request = next(self._requests, None)
            if request is None:
                return False
            self._idle.pop().send(request)
            self._sent += 1
            self._flying += 1
        return True

    def _receive(self, client: Client) -> None:
        answer = client.read()
        if answer is None:
            return
        now = time.monotonic()
        self._idle.append(client)
        self._flying -= 1
        found = _POSITION.search(answer) if self.job.rate else None
        if found is not None:
            self.tally.begun[int(found[1])] = client.begun
        if client.begun >= self.tally.first:
            self.tally.times.append(now - client.begun)
            self.tally.statuses[int(answer[9:12])] += 1
            self.tally.received += len(answer)
            self.tally.last = now


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> dict[str, Any]:
    job = Job(**json.loads(sys.stdin.buffer.readline()))
    requests = [sys.stdin.buffer.read(length) for length in job.lengths]
    run = Run(job, requests)
    before = _used()
    tally = run.run()
    return {
        "seconds": max(tally.last - tally.first, 0.0),
        "times": tally.times,
        "begun": tally.begun,
        "statuses": tally.statuses,
        "received": tally.received,
        "processor_seconds": _used() - before,
    }


if __name__ == "__main__":
    print(json.dumps(main()))
