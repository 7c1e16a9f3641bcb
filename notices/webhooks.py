"""Webhooks: a signed POST by the Standard Webhooks conventions, identifiers only.

The connection pool is used without a client around it: so there are no redirects to follow, no
proxy of the environment to pass through and no cookies to keep, and connections are shared by
name, never by address, so that a certificate speaks for the name that it was checked for.
"""

from __future__ import annotations

import json
import os
import ssl
import threading
from datetime import UTC, datetime
from typing import Final

import httpcore
from standardwebhooks import Webhook

from eads_wire.encoding import format_time
from notices.models import OutboxMessage
from notices.outbox import Outcome
from notices.webhook_address import JudgingBackend, RefusedAddressError, parse_target, time_limit

TYPE: Final = "mailbox.advanced"
TIMEOUTS: Final = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 10.0}
TOTAL_SECONDS: Final = 15.0
ANSWER_BYTES: Final = 16 * 1024
CONNECTIONS: Final = 64
KEEP_ALIVE_SECONDS: Final = 20.0


def tls_context() -> ssl.SSLContext:
    """Whom to believe: the authorities of the system."""
    return httpcore.default_ssl_context()


_pool: httpcore.ConnectionPool | None = None
_making = threading.Lock()


def connections() -> httpcore.ConnectionPool:
    """This process's connections, kept alive between messages."""
    global _pool
    with _making:
        if _pool is None:
            _pool = httpcore.ConnectionPool(
                ssl_context=tls_context(),
                max_connections=CONNECTIONS,
                max_keepalive_connections=CONNECTIONS,
                keepalive_expiry=KEEP_ALIVE_SECONDS,
                network_backend=JudgingBackend(),
            )
        return _pool


def forget_connections() -> None:
    """For a child process: two must not speak on one connection."""
    global _pool, _making
    _pool, _making = None, threading.Lock()


os.register_at_fork(after_in_child=forget_connections)


def body_of(message: OutboxMessage) -> bytes:
    """The body; the same bytes at every attempt."""
    data = {"agency": message.agency, "first": message.first, "last": message.last}
    return json.dumps(
        {"type": TYPE, "timestamp": format_time(message.created), "data": data}
    ).encode()


def post(message: OutboxMessage) -> Outcome:
    """One attempt to deliver a message to its subscription's target."""
    try:
        target = parse_target(message.subscription.target)
        body = body_of(message)
        headers = _headers(message, body) | {"Host": target.authority}
        with (
            time_limit(TOTAL_SECONDS),
            connections().stream(
                "POST",
                target.url,
                headers=headers,
                content=body,
                extensions={"timeout": TIMEOUTS},
            ) as response,
        ):
            received = 0
            # Read to its end an answer leaves the connection usable; a long one is cut off.
            for chunk in response.iter_stream():
                received += len(chunk)
                if received > ANSWER_BYTES:
                    break
    except RefusedAddressError as refused:
        return Outcome(f"refused-address: {refused}"[:80])
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        return Outcome(type(error).__name__)
    status = response.status
    return Outcome(f"HTTP {status}", delivered=200 <= status < 300, gone=status == 410)


def _headers(message: OutboxMessage, body: bytes) -> dict[bytes | str, bytes | str]:
    now = datetime.now(UTC)
    identifier = str(message.id)
    signature = Webhook(message.subscription.secret).sign(identifier, now, body.decode())
    return {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "User-Agent": "e-ADS",
        "webhook-id": identifier,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
