"""The ASGI application: waiting requests are asynchronous, all others run as WSGI in threads.

In production this is the one live process, and the proxy sends it the waiting requests only;
embedded, it is the whole hub.
"""

from __future__ import annotations

import asyncio
import io
import os
from typing import Any, cast
from urllib.parse import parse_qs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eads.settings")

from a2wsgi import WSGIMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.core.wsgi import get_wsgi_application

_wsgi_application = get_wsgi_application()

from notices.waiting import Waiting  # noqa: E402

THREADS = 32
BODY_SECONDS = 30.0
"""How long a client may pause in the middle of a request body."""


class SlowClient(OSError):
    """The body did not arrive in time."""


class Application:
    """Chooses between the two ways."""

    def __init__(self) -> None:
        self._plain = WSGIMiddleware(cast(Any, _wsgi_application), workers=THREADS)
        self._waiting: Waiting | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] != "http":
            raise ValueError("only HTTP is spoken here")
        elif scope["method"] == "GET" and scope["path"] == "/api/v1/stream":
            await self._live().stream(_request(scope), receive, send)
        elif scope["method"] == "GET" and scope["path"] == "/api/v1/mailbox" and _waits(scope):
            await self._live().mailbox(_request(scope), send)
        else:
            await self._bounded(scope, receive, send)

    def _live(self) -> Waiting:
        if self._waiting is None:
            self._waiting = Waiting()
        return self._waiting

    async def _bounded(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Run as WSGI, with a limit on how long a body may pause."""

        async def timely() -> Any:
            try:
                return await asyncio.wait_for(receive(), BODY_SECONDS)
            except TimeoutError:
                raise SlowClient from None

        await self._plain(cast(Any, scope), timely if _has_body(scope) else receive, send)


def _request(scope: dict[str, Any]) -> ASGIRequest:
    return ASGIRequest(scope, io.BytesIO())


def _waits(scope: dict[str, Any]) -> bool:
    return "wait" in parse_qs(scope["query_string"].decode("latin-1"))


def _has_body(scope: dict[str, Any]) -> bool:
    return scope["method"] in ("POST", "PUT", "PATCH")


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = Application()
