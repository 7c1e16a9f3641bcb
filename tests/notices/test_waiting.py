"""Waiting requests through the ASGI application, as the live process serves them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core import signals
from django.db import connections

from agencies.models import Agency
from eads import asgi
from notices import waiting
from tests.cast import OUTSIDER, RECIPIENT, SENDER, signed
from tests.notices.forging import revoke
from tests.stage import API, Stage

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30


@pytest.fixture(autouse=True)
def connections_end() -> Any:
    """Every thread that served a request gives its connection back, so that the test database can
    be removed."""

    def close(**_: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()

    signals.request_finished.connect(close)
    yield
    signals.request_finished.disconnect(close)


class Call:
    """One request to a fresh application, as a server would hand it over."""

    def __init__(
        self,
        application: Any,
        path: str,
        headers: dict[str, str],
        method: str = "GET",
    ) -> None:
        address, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": API + address,
            "raw_path": (API + address).encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()]
            + [(b"host", b"localhost")],
            "client": ("127.0.0.1", 40000),
            "server": ("127.0.0.1", 8000),
        }
        self._talk = ApplicationCommunicator(application, scope)

    async def send(self, body: bytes = b"", more: bool = False) -> None:
        await self._talk.send_input({"type": "http.request", "body": body, "more_body": more})

    async def leave(self) -> None:
        await self._talk.send_input({"type": "http.disconnect"})

    async def silent(self, seconds: float) -> bool:
        return bool(await self._talk.receive_nothing(seconds))

    async def start(self) -> tuple[int, dict[str, str]]:
        message = await self._talk.receive_output(PATIENCE)
        headers = {k.decode(): v.decode() for k, v in message["headers"]}
        return message["status"], headers

    async def chunk(self) -> tuple[bytes, bool]:
        message = await self._talk.receive_output(PATIENCE)
        return message.get("body", b""), message.get("more_body", False)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        status, headers = await self.start()
        body, more = await self.chunk()
        while more:
            piece, more = await self.chunk()
            body += piece
        return status, headers, body

    async def ended(self) -> None:
        await self._talk.wait(PATIENCE)


def run(scene: Callable[[Any], Awaitable[None]]) -> None:
    """Play a scene with an application of its own, whose waiting parts end with it."""

    async def play() -> None:
        try:
            await scene(asgi.Application())
        finally:
            await sync_to_async(connections.close_all)()

    asyncio.run(play())


def mail(stage: Stage) -> None:
    assert stage.post(signed(stage[SENDER], [stage[RECIPIENT]])).status_code == 202
    stage.sequence()


@asynccontextmanager
async def streaming(application: Any, headers: dict[str, str]) -> AsyncIterator[Call]:
    call = Call(application, "stream", headers)
    await call.send()
    status, answered = await call.start()
    assert (status, answered["content-type"]) == (200, "text/event-stream")
    yield call


# ------------------------------------------------------------------ long poll


def test_a_long_poll_is_answered_when_mail_comes(stage: Stage) -> None:
    headers = stage.bearer(RECIPIENT)

    async def scene(application: Any) -> None:
        call = Call(application, "mailbox?after=0&wait=60", headers)
        await call.send()
        assert await call.silent(0.3)
        await sync_to_async(mail)(stage)
        status, _, body = await call.answer()
        assert status == 200
        assert [entry["position"] for entry in json.loads(body)["entries"]] == [1]

    run(scene)


def test_a_long_poll_for_mail_that_is_there_waits_for_nothing(stage: Stage) -> None:
    mail(stage)
    headers = stage.bearer(RECIPIENT)

    async def scene(application: Any) -> None:
        call = Call(application, "mailbox?after=0&wait=60", headers)
        await call.send()
        _, _, body = await call.answer()
        assert json.loads(body)["head"] == 1

    run(scene)


def test_a_long_poll_without_news_ends_empty_or_unchanged(stage: Stage) -> None:
    headers = stage.bearer(RECIPIENT)

    async def scene(application: Any) -> None:
        call = Call(application, "mailbox?after=0&wait=1", headers)
        await call.send()
        status, answered, body = await call.answer()
        assert (status, json.loads(body)["entries"]) == (200, [])
        again = Call(
            application,
            "mailbox?after=0&wait=1",
            headers | {"If-None-Match": answered["etag"]},
        )
        await again.send()
        status, _, body = await again.answer()
        assert (status, body) == (304, b"")

    run(scene)


def test_a_neighbours_mail_wakes_nobody_else(stage: Stage) -> None:
    headers = stage.bearer(OUTSIDER)

    async def scene(application: Any) -> None:
        call = Call(application, "mailbox?after=0&wait=2", headers)
        await call.send()
        await sync_to_async(mail)(stage)
        _, _, body = await call.answer()
        assert json.loads(body)["entries"] == []

    run(scene)


@pytest.mark.parametrize(
    ("query", "role", "status", "code"),
    [
        ("wait=61", "liaison", 400, "bad-request"),
        ("wait=1", "admin", 403, "forbidden"),
        ("wait=1", None, 401, "unauthenticated"),
    ],
)
def test_a_long_poll_is_refused_like_a_short_one(
    stage: Stage, query: str, role: str | None, status: int, code: str
) -> None:
    headers = {} if role is None else stage.bearer(RECIPIENT, role)

    async def scene(application: Any) -> None:
        call = Call(application, f"mailbox?{query}", headers)
        await call.send()
        found, answered, body = await call.answer()
        assert (found, json.loads(body)["code"]) == (status, code)
        assert answered["content-type"] == "application/problem+json"

    run(scene)


# ------------------------------------------------------------------ stream


def test_a_stream_tells_the_head_and_then_every_advance(stage: Stage) -> None:
    headers = stage.bearer(RECIPIENT)

    async def scene(application: Any) -> None:
        async with streaming(application, headers) as call:
            assert await call.chunk() == (b'event: mailbox\nid: 0\ndata: {"head": 0}\n\n', True)
            for head in (1, 2):
                await sync_to_async(mail)(stage)
                event, _ = await call.chunk()
                assert event == f'event: mailbox\nid: {head}\ndata: {{"head": {head}}}\n\n'.encode()
            await call.leave()
            await call.ended()

    run(scene)


def test_a_quiet_stream_says_that_it_is_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "HEARTBEAT_SECONDS", 0.2)
    headers = stage.bearer(RECIPIENT)

    async def scene(application: Any) -> None:
        async with streaming(application, headers) as call:
            await call.chunk()
            for _ in range(2):
                event, more = await call.chunk()
                assert event.startswith(b":")
                assert event.endswith(b"\n\n")
                assert more
            await call.leave()
            await call.ended()

    run(scene)


def test_a_client_that_leaves_is_forgotten(stage: Stage) -> None:
    headers = stage.bearer(RECIPIENT)

    async def scene(application: Any) -> None:
        async with streaming(application, headers) as call:
            await call.chunk()
            live = application._live()
            assert live._open == 1
            await call.leave()
            await call.ended()
        assert live._open == 0
        # Its wait is cancelled, and with the last waiter the looking ends.
        async with asyncio.timeout(PATIENCE):
            while live.heads._waiters or not live.heads._task.done():
                await asyncio.sleep(0.02)

    run(scene)


def test_a_stream_ends_with_the_officers_key(stage: Stage) -> None:
    headers = stage.bearer(RECIPIENT)

    async def scene(application: Any) -> None:
        async with streaming(application, headers) as call:
            await call.chunk()
            await sync_to_async(revoke)(stage, RECIPIENT, "liaison")
            await sync_to_async(mail)(stage)
            assert await call.chunk() == (b"", False), "not even that there is mail"
            await call.ended()

    run(scene)


def test_too_many_streams_are_turned_away(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "STREAMS", 1)
    headers = stage.bearer(RECIPIENT)

    async def scene(application: Any) -> None:
        async with streaming(application, headers) as call:
            await call.chunk()
            second = Call(application, "stream", headers)
            await second.send()
            status, answered, body = await second.answer()
            assert (status, json.loads(body)["code"]) == (503, "busy")
            assert int(answered["retry-after"]) > 0
            await call.leave()
            await call.ended()

    run(scene)


def test_a_suspended_agencys_stream_is_refused(stage: Stage) -> None:
    headers = stage.bearer(RECIPIENT)
    Agency.objects.filter(id=RECIPIENT).update(suspended=True)

    async def scene(application: Any) -> None:
        call = Call(application, "stream", headers)
        await call.send()
        status, _, body = await call.answer()
        assert (status, json.loads(body)["code"]) == (403, "suspended")

    run(scene)


# ------------------------------------------------------------------ slow clients


@pytest.mark.parametrize(
    ("path", "method", "kind"),
    [
        ("notices", "POST", "application/json"),
        ("receipts", "POST", "application/json"),
        ("token", "POST", "application/x-www-form-urlencoded"),
        (f"blobs/{'0' * 64}", "PUT", "application/octet-stream"),
    ],
)
def test_a_body_that_pauses_too_long_is_given_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, path: str, method: str, kind: str
) -> None:
    monkeypatch.setattr(asgi, "BODY_SECONDS", 0.3)
    headers = stage.bearer(SENDER) | {"Content-Length": "1000", "Content-Type": kind}
    if path == "token":
        del headers["Authorization"]

    async def scene(application: Any) -> None:
        call = Call(application, path, headers, method)
        await call.send(b"{", more=True)
        status, _, body = await call.answer()
        assert (status, json.loads(body)["code"]) == (408, "slow-client")

    run(scene)
