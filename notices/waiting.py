"""Waiting requests: long polls and the live stream, in one asynchronous process.

One task looks at the heads of all mailboxes that somebody waits for, at most ten times a second,
and only while somebody does; everything else sleeps.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, close_old_connections
from django.http import HttpResponseBase

from agencies.authentication import Principal, authenticate_header
from agencies.capabilities import Capability, check_capability
from agencies.models import Agency
from eads.problems import ProblemError, as_problem, problem_response
from notices.views import mailbox_response, page_arguments

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
HEARTBEAT_SECONDS = 15
STREAMS = 2000

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Heads:
    """The mailbox heads that somebody waits for."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._known: dict[str, int] = {}
        self._waiters: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    async def after(self, agency: str, position: int, timeout: float) -> int:
        """The head once it lies after ``position``, or as it is when the time is up."""
        self._waiters[agency] = self._waiters.get(agency, 0) + 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait_for(lambda: self._known.get(agency, 0) > position)
        except TimeoutError:
            pass
        finally:
            self._waiters[agency] -= 1
            if not self._waiters[agency]:
                del self._waiters[agency]
        return self._known.get(agency, 0)

    async def _look(self) -> None:
        while self._waiters:
            try:
                heads = await sync_to_async(_read_heads)(list(self._waiters))
            except DatabaseError:
                heads = {}
            async with self._changed:
                if any(self._known.get(a) != h for a, h in heads.items()):
                    self._known.update(heads)
                    self._changed.notify_all()
            await asyncio.sleep(LOOK_SECONDS)


def _read_heads(agencies: list[str]) -> dict[str, int]:
    close_old_connections()
    rows = Agency.objects.filter(id__in=agencies)
    return dict(rows.values_list("id", "mailbox_head"))


def _enter(request: ASGIRequest) -> Principal:
    close_old_connections()
    principal = authenticate_header(request.META.get("HTTP_AUTHORIZATION", ""))
    check_capability(principal.roles, Capability.NOTICES_READ)
    return principal


def _page(request: ASGIRequest, principal: Principal, head: int) -> HttpResponseBase:
    after, limit, _ = page_arguments(request)
    return mailbox_response(request, principal.agency, head, after, limit)


class Waiting:
    """Answers the two kinds of waiting request."""

    def __init__(self) -> None:
        self.heads = Heads()
        self._open = 0

    async def mailbox(self, request: ASGIRequest, send: Send) -> None:
        """A long poll: the page as soon as there is something, or when the time is up."""
        try:
            after, _, wait = page_arguments(request)
            principal = await sync_to_async(_enter)(request)
            head = principal.mailbox_head
            if head <= after:
                head = max(head, await self.heads.after(principal.agency, after, wait))
            response = await sync_to_async(_page)(request, principal, head)
        except Exception as error:
            response = _response_for(error)
        await _answer(response, send)

    async def stream(self, request: ASGIRequest, receive: Any, send: Send) -> None:
        """Server-sent events until the client leaves or its token runs out."""
        try:
            principal = await sync_to_async(_enter)(request)
            if self._open >= STREAMS:
                raise ProblemError("busy", "Too many streams are open.", retry_after=30)
        except Exception as error:
            await _answer(_response_for(error), send)
            return
        self._open += 1
        gone = asyncio.create_task(_left(receive))
        try:
            await _begin_stream(send)
            async for event in self._events(request, principal, gone):
                await send({"type": "http.response.body", "body": event, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            pass  # the client left between two events
        finally:
            self._open -= 1
            gone.cancel()

    async def _events(
        self, request: ASGIRequest, principal: Principal, gone: asyncio.Task[None]
    ) -> AsyncIterator[bytes]:
        head = principal.mailbox_head
        yield _event(head)
        while not gone.done():
            wait = asyncio.create_task(self.heads.after(principal.agency, head, HEARTBEAT_SECONDS))
            await asyncio.wait({wait, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not wait.done():
                wait.cancel()
                return
            now = wait.result()
            # A busy mailbox must not keep a stream open beyond its token.
            try:
                await sync_to_async(_enter)(request)
            except ProblemError:
                return
            if now > head:
                head = now
                yield _event(head)
            else:
                yield b": still here\n\n"


def _response_for(error: Exception) -> HttpResponseBase:
    problem = as_problem(error)
    if problem is None:
        logger.error("Unforeseen error", exc_info=error)
        problem = ProblemError("internal")
    return problem_response(problem)


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(head: int) -> bytes:
    data = json.dumps({"head": head})
    return f"event: mailbox\nid: {head}\ndata: {data}\n\n".encode()


async def _begin_stream(send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    headers.append((b"x-accel-buffering", b"no"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _answer(response: HttpResponseBase, send: Send) -> None:
    headers = [(k.lower().encode(), v.encode()) for k, v in response.items()]
    content: bytes = response.content  # type: ignore[attr-defined]
    if response.status_code != 304:
        headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": content})
