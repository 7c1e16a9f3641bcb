"""A webhook's receiver on the loopback address, and rows to send it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from agencies.models import Agency
from notices import outbox, webhooks
from notices.models import OutboxMessage, Subscription
from transparency.store import writing
from transparency.tenancy import system

SECRET = "whsec_" + "b25seSBmb3IgdGVzdHM6IGEgc2hhcmVkIHNlY3JldCE="
AGENCY = "TH-RTP"


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes
    port: int

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver:
    """What arrived, and what is answered to it."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.body = b""
        self.answer: Callable[[Any], None] | None = None
        self.url = ""
        self.port = 0
        self._news = threading.Condition()

    def add(self, request: Received) -> None:
        with self._news:
            self.requests.append(request)
            self._news.notify_all()

    def wait_for(self, number: int, seconds: float = 30) -> list[Received]:
        with self._news:
            arrived = self._news.wait_for(lambda: len(self.requests) >= number, seconds)
        assert arrived, f"{len(self.requests)} of {number} requests arrived"
        return self.requests


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.add(Received(headers, body, self.client_address[1]))
            if receiver.answer is not None:
                receiver.answer(self)
                return
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if receiver.status != 204:
                self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *words: Any) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Thirty-two lanes connect at once; a caller turned away would come back only with the sweep.
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that a caller keeps alive, so that their threads end too."""
        for request in list(self.open):
            with suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a hub that hangs up is part of some tests


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()
    server = _Server(("127.0.0.1", 0), _handler(receiver))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    receiver.url = f"http://127.0.0.1:{receiver.port}/e-ads"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()


@contextmanager
def own_connections() -> Iterator[None]:
    """Connections to receivers that end with the test."""
    webhooks.connections().close()
    webhooks.forget_connections()
    try:
        yield
    finally:
        webhooks.connections().close()
        webhooks.forget_connections()


def enrol(agency: str = AGENCY) -> None:
    Agency.objects.get_or_create(id=agency, country=agency[:2], name=f"Police of {agency}")


def subscribe(target: str, agency: str = AGENCY, kind: str = "webhook", **fields: Any) -> Any:
    with writing(), system():
        return Subscription.objects.create(
            agency=agency,
            kind=kind,
            target=target,
            secret=SECRET if kind == "webhook" else "",
            **fields,
        )


def owe(first: int, last: int, agency: str = AGENCY) -> None:
    with writing(), system():
        outbox.owe({agency: (first, last)})


def messages() -> list[OutboxMessage]:
    with system():
        rows = OutboxMessage.objects.select_related("subscription")
        return list(rows.order_by("first", "id"))


def change(message: OutboxMessage, **fields: Any) -> None:
    """Set fields of a row, such as a lease that ran out: no test waits for the clock."""
    with writing(), system():
        OutboxMessage.objects.filter(id=message.id).update(**fields)


def reread(subscription: Subscription) -> Subscription:
    with system():
        row: Subscription = Subscription.objects.get(id=subscription.id)
        return row
