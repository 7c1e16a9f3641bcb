"""From POST to the webhook's arrival, at a hundred notices a second."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from functools import partial

from bench.driving import ask, drive, http_request
from bench.figures import Figure, of_times
from bench.hubs import Hub, embedded, production
from bench.options import Options
from bench.region import OTHERS, SENDER
from tests.services import UnavailableError

RATE = 100.0
CLIENTS = 32
LATE_SECONDS = 15.0


class Arrivals:
    """When each mailbox position was first told of."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.at: dict[int, float] = {}
        self.messages = 0

    def note(self, first: int, last: int, now: float) -> None:
        with self._lock:
            self.messages += 1
            for position in range(first, last + 1):
                self.at.setdefault(position, now)


@contextlib.contextmanager
def receiver() -> Iterator[tuple[int, Arrivals]]:
    """A receiver of webhooks on loopback: its port, and what came."""
    arrivals = Arrivals()

    class Receiver(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            now = time.monotonic()
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrivals.note(body["data"]["first"], body["data"]["last"], now)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing: its output would stand in the table."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], arrivals
    finally:
        server.shutdown()
        server.server_close()


def run(options: Options) -> Iterator[Figure]:
    seconds = max(options.seconds, 5.0)
    envelopes = options.region.envelopes(int(RATE * seconds), 1)
    kinds = {"SQLite": embedded, "PostgreSQL": partial(production, workers=True)}
    for kind in options.hubs:
        options.say(f"webhooks on {kind}")
        try:
            with receiver() as (port, arrivals), kinds[kind](options.region) as hub:
                yield _measure(hub, port, arrivals, envelopes, seconds)
        except UnavailableError as reason:
            options.say(f"not measured: {reason}")


def _measure(
    hub: Hub, port: int, arrivals: Arrivals, envelopes: list[bytes], seconds: float
) -> Figure:
    headers = {
        "Authorization": f"Bearer {hub.token(OTHERS[0], 'admin')}",
        "Content-Type": "application/json",
    }
    target = {"kind": "webhook", "target": f"http://127.0.0.1:{port}/"}
    ask(f"{hub.address}subscriptions", json.dumps(target).encode(), headers)
    token = hub.token(SENDER, "liaison")
    requests = [http_request("POST", "notices", token, envelope) for envelope in envelopes]
    outcome = drive(hub.port, requests, clients=CLIENTS, seconds=seconds + 5, rate=RATE, warm=0)
    # Every notice goes to sender and recipient, so it has one position in both mailboxes.
    late = time.monotonic() + LATE_SECONDS
    while outcome.begun.keys() - arrivals.at.keys() and time.monotonic() < late:
        time.sleep(0.05)
    told = [arrivals.at[p] - begun for p, begun in outcome.begun.items() if p in arrivals.at]
    lost = len(outcome.begun.keys() - arrivals.at.keys())
    note = f"{arrivals.messages} webhooks for {len(outcome.begun)} notices"
    note += f", {lost} not told of within {LATE_SECONDS:.0f} s" if lost else ""
    return Figure(
        "webhook",
        "POST to arrival",
        hub.name,
        value=round(outcome.rate, 1),
        unit="/s posted",
        note=note,
        **of_times(told),
    )
