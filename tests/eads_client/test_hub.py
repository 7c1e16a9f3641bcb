"""The hub's API from the client's side: what is sent, what is believed, what is tried again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eads_client import (
    BadAnswer,
    Client,
    Conflict,
    Erased,
    HubError,
    HubTimeout,
    HubUnreachable,
    NotAuthorised,
    NotFound,
    ProfileError,
    TransportError,
    TryLater,
    VerificationError,
    transport,
)
from eads_client.bearer import Identity, make_assertion
from eads_client.blob_transfer import PART, download, upload
from eads_client.errors import hub_error
from eads_client.hub import Hub
from eads_client.hub_answers import decode_mailbox_page, decode_notice_status
from eads_client.transport import Call, Transport
from eads_wire.assertion import decode_assertion, verify_assertion
from eads_wire.encoding import AgencyId, Digest, OfficerId
from eads_wire.envelope import Blob
from eads_wire.problems import PROBLEMS
from tests import cast
from tests.eads_client.fake_hub import FakeHub, problem

Handler = Callable[[httpx.Request], httpx.Response]
HUB = "https://hub.example"
FORCE = cast.force(cast.RECIPIENT)
PERSON = FORCE["liaison"]
IDENTITY = Identity(FORCE.agency, OfficerId(PERSON.id), "hub.example", PERSON.signing)


def body(status: int = 200, obj: Any = None, **headers: str) -> httpx.Response:
    raw = obj if isinstance(obj, bytes) else json.dumps({} if obj is None else obj).encode()
    headers.setdefault("content_type", "application/json")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(raw))


def fault(code: str, **more: Any) -> httpx.Response:
    status, headers, raw = problem(code, PROBLEMS[code].status, **more)
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(raw))


class Script:
    """Answers token requests, and everything else from a list; keeps what was asked."""

    def __init__(self, *answers: httpx.Response | Exception | Handler) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.tokens = 0
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if request.url.path.endswith("/token"):
            self.tokens += 1
            token = {"access_token": f"token-{self.tokens}", "expires_in": 600}
            return body(obj=token | {"token_type": "Bearer"})
        self.asked.append(request)
        following = self.answers.pop(0)
        if isinstance(following, Exception):
            raise following
        return following if isinstance(following, httpx.Response) else following(request)

    def transport(self) -> Transport:
        return Transport(HUB, transport=httpx.MockTransport(self), sleep=self.slept.append)

    def hub(self) -> Hub:
        return Hub(self.transport(), IDENTITY)


def text(raw: bytes = b"note") -> httpx.Response:
    return body(obj=raw, content_type="text/plain")


# ---------------------------------------------------------------- who asks


def test_assertion_is_what_a_hub_verifies() -> None:
    now = datetime.now(UTC)
    jws, pq = make_assertion(IDENTITY, int(now.timestamp()))
    keyring = cast.decoded(cast.force(cast.RECIPIENT).keyring())
    officer = verify_assertion(
        decode_assertion(jws, pq), keyring, audience="hub.example", now=now, pq_required=True
    )
    assert officer.id == PERSON.id


def test_assertions_do_not_repeat() -> None:
    made = {decode_assertion(*make_assertion(IDENTITY, 1_790_000_000)).jti for _ in range(50)}
    assert len(made) == 50


def test_token_goes_with_every_request_and_is_asked_for_once() -> None:
    script = Script(text(), text())
    hub = script.hub()
    hub.checkpoint()
    hub.checkpoint()
    assert script.tokens == 1
    assert {r.headers["Authorization"] for r in script.asked} == {"Bearer token-1"}


def test_token_is_renewed_before_it_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from eads_client import bearer

    clock = [1_000_000.0]
    script = Script()
    holder = bearer.Bearer(script.transport(), IDENTITY, clock=lambda: clock[0])
    first = holder.token()
    clock[0] += 539
    assert holder.token() == first
    clock[0] += 1
    assert holder.token() != first


def test_token_that_is_not_taken_is_replaced_once() -> None:
    script = Script(fault("unauthenticated"), text())
    assert script.hub().checkpoint() == b"note"
    assert [r.headers["Authorization"] for r in script.asked] == [
        "Bearer token-1",
        "Bearer token-2",
    ]
    script = Script(fault("unauthenticated"), fault("unauthenticated"))
    with pytest.raises(NotAuthorised):
        script.hub().checkpoint()
    assert script.tokens == 2


def test_forbidden_does_not_ask_for_another_token() -> None:
    script = Script(fault("forbidden"))
    with pytest.raises(NotAuthorised, match="forbidden"):
        script.hub().checkpoint()
    assert script.tokens == 1


def test_each_try_for_a_token_makes_a_new_assertion() -> None:
    forms: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/token"):
            return text()
        forms.append(request.read())
        assert request.headers["Content-Length"] == str(len(forms[-1]))
        return token_or_busy(len(forms))

    carrier = Transport(HUB, transport=httpx.MockTransport(handle), sleep=lambda _s: None)
    assert Hub(carrier, IDENTITY).checkpoint() == b"note"
    assert len(set(forms)) == len(forms) == 3


def token_or_busy(tries: int) -> httpx.Response:
    if tries < 3:
        return fault("busy")
    return body(obj={"access_token": "t", "token_type": "Bearer", "expires_in": 600})


def test_region_is_asked_for_without_a_token() -> None:
    script = Script(body(obj={"version": 1, "index": 0, "document": {"a": 1}}))
    assert Hub(script.transport()).region().document == b'{"a":1}'
    assert "Authorization" not in script.asked[0].headers
    assert script.tokens == 0


def test_no_officer_no_token() -> None:
    with pytest.raises(ProfileError, match="officer"):
        Hub(Script().transport()).checkpoint()


@pytest.mark.parametrize("token", ["", "with\nline", "caf\u00e9", 7, None])
def test_token_that_could_not_be_a_header_is_refused(token: Any) -> None:
    def handle(_request: httpx.Request) -> httpx.Response:
        return body(obj={"access_token": token, "token_type": "Bearer", "expires_in": 600})

    carrier = Transport(HUB, transport=httpx.MockTransport(handle))
    with pytest.raises(BadAnswer):
        Hub(carrier, IDENTITY).checkpoint()


# ---------------------------------------------------------------- where the token goes


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(status: int) -> None:
    script = Script(body(status, location="https://evil.example/"))
    with pytest.raises(BadAnswer, match="redirects"):
        script.hub().checkpoint()
    assert len(script.asked) == 1


def test_environment_s_proxy_and_passwords_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine hub.example login a password b")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    script = Script(text())
    assert script.hub().checkpoint() == b"note"
    assert script.asked[0].headers["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize("address", ["http://hub.example", "https://a@hub.example", "", None])
def test_unsafe_address_is_refused_before_anything_is_sent(address: str | None) -> None:
    with pytest.raises(ProfileError):
        Transport(address)


def test_address_with_a_path_keeps_it() -> None:
    script = Script(text())
    carrier = Transport("https://hub.example/eads/", transport=httpx.MockTransport(script))
    carrier.send(Call(method="GET", path="log/checkpoint"))
    assert script.asked[0].url == "https://hub.example/eads/api/v1/log/checkpoint"


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_problem_becomes_an_exception(code: str) -> None:
    script = Script(*[fault(code, detail="Do this.") for _ in range(8)])
    with pytest.raises(HubError, match="Do this") as caught:
        script.hub().checkpoint()
    assert (caught.value.code, caught.value.status) == (code, PROBLEMS[code].status)
    assert isinstance(caught.value, TryLater) == PROBLEMS[code].retry


def test_problems_have_their_classes() -> None:
    assert isinstance(hub_error("forbidden", 403), NotAuthorised)
    assert isinstance(hub_error("not-found", 404), NotFound)
    assert isinstance(hub_error("id-conflict", 409), Conflict)
    assert isinstance(hub_error("erased", 410), Erased)
    assert type(hub_error("stale", 422)) is HubError


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ConnectError("refused"), HubUnreachable),
        (httpx.ReadError("reset"), HubUnreachable),
        (httpx.RemoteProtocolError("closed"), HubUnreachable),
        (httpx.ConnectTimeout("slow"), HubTimeout),
        (httpx.ReadTimeout("slow"), HubTimeout),
        (httpx.UnsupportedProtocol("what"), TransportError),
        (httpx.DecodingError("what"), TransportError),
    ],
)
def test_every_failure_of_the_network_is_mapped(failure: Exception, kind: type[Exception]) -> None:
    script = Script(*[failure] * 4)
    with pytest.raises(kind):
        script.hub().checkpoint()


@pytest.mark.parametrize(
    "response",
    [
        lambda: body(200, b"<html>"),
        lambda: body(200, b'{"a": 1, "a": 2}'),
        lambda: body(200, b'{"keyrings": 1.5}'),
        lambda: body(200, {"keyrings": "none"}),
        lambda: body(200, {"keyrings": [{"agency": "x"}]}),
        lambda: body(200, {}),
        lambda: body(404, b"<html>", content_type="text/html"),
        lambda: body(418, {"code": "teapot"}, content_type="application/problem+json"),
        lambda: body(200, {"keyrings": []}, content_encoding="gzip"),
        lambda: body(200, b'{"keyrings": []}' + b" " * 2_000_000),
    ],
)
def test_answer_that_is_not_of_the_api_is_refused(response: Callable[[], httpx.Response]) -> None:
    with pytest.raises(BadAnswer):
        Script(response()).hub().keyrings()


def test_detail_cannot_write_to_a_terminal() -> None:
    script = Script(fault("stale", detail="\x1b[31mred\u202e\nnext" + "x" * 9000))
    with pytest.raises(HubError) as caught:
        script.hub().checkpoint()
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) <= 500


def test_no_error_carries_the_token() -> None:
    for answers in ([fault("stale")], [httpx.ConnectError("x")] * 4, [body(200, b"x")]):
        with pytest.raises((HubError, TransportError)) as caught:
            Script(*answers).hub().keyrings()
        assert "token-1" not in repr(caught.value) + str(caught.value)


def endless(_request: httpx.Request) -> httpx.Response:
    class Stream(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b"x" * 65536

    return httpx.Response(200, stream=Stream())


def test_endless_answer_is_cut_off() -> None:
    with pytest.raises(BadAnswer, match="larger"):
        Script(endless).hub().checkpoint()


def test_answer_that_trickles_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "WHOLE_SECONDS", -1.0)
    with pytest.raises(HubTimeout):
        Script(*[lambda _r: text()] * 4).hub().checkpoint()


# ---------------------------------------------------------------- trying again


def test_busy_hub_is_asked_again() -> None:
    script = Script(fault("busy"), httpx.ReadTimeout("slow"), fault("internal"), text())
    assert script.hub().checkpoint() == b"note"
    assert len(script.slept) == 3


def test_hub_that_says_how_long_to_wait_is_obeyed() -> None:
    script = Script(fault("quota-exceeded", retry_after=7), text())
    script.hub().checkpoint()
    assert script.slept == [7.0]


def test_long_wait_is_left_to_the_caller() -> None:
    script = Script(fault("quota-exceeded", retry_after=3600))
    with pytest.raises(TryLater) as caught:
        script.hub().checkpoint()
    assert (caught.value.retry_after, script.slept) == (3600, [])


def test_hub_that_stays_away_is_given_up() -> None:
    script = Script(*[httpx.ConnectError("x")] * 9)
    with pytest.raises(HubUnreachable):
        script.hub().checkpoint()
    assert len(script.asked) == 4


def test_gateway_without_a_problem_counts_as_busy() -> None:
    script = Script(body(502, b"<html>", content_type="text/html"), text())
    assert script.hub().checkpoint() == b"note"


def test_what_counts_twice_is_not_repeated() -> None:
    for failure in (fault("internal"), httpx.ReadTimeout("slow")):
        script = Script(failure)
        with pytest.raises((TryLater, HubTimeout)):
            script.hub().subscribe("email", "desk@police.example")
        assert len(script.asked) == 1


def test_notice_is_posted_again_with_the_same_bytes() -> None:
    status = {"digest": "0" * 64, "id": "01997b1e-8c00-7a31-9d2f-3b5c7d9e1f20", "rev": 1}
    script = Script(httpx.ReadTimeout("slow"), body(201, status | {"state": "accepted"}))
    assert script.hub().post_notice(b"{}").state == "accepted"
    assert [request.content for request in script.asked] == [b"{}", b"{}"]


def test_refusal_is_not_tried_again() -> None:
    script = Script(fault("no-quorum"))
    with pytest.raises(HubError):
        script.hub().post_notice(b"{}")
    assert len(script.asked) == 1


# ---------------------------------------------------------------- mailbox and stream


PAGE = {"agency": "TH-RTP", "head": 0, "checkpoint": "", "entries": []}


def test_mailbox_that_did_not_change_is_none() -> None:
    script = Script(body(200, PAGE, etag='"0-0-9"'), body(304, b""))
    hub = script.hub()
    page = hub.mailbox(0, limit=9, wait=5)
    assert page is not None
    assert hub.mailbox(0, limit=9, etag=page.etag) is None
    assert dict(script.asked[0].url.params) == {"after": "0", "limit": "9", "wait": "5"}
    assert script.asked[1].headers["If-None-Match"] == '"0-0-9"'


def test_long_poll_is_given_the_time_it_asked_for() -> None:
    script = Script(body(200, PAGE))
    script.hub().mailbox(0, wait=60)
    assert script.asked[0].extensions["timeout"]["read"] > 60


def test_stream_gives_each_head() -> None:
    raw = b': hello\n\nevent: mailbox\nid: 4\ndata: {"head": 4}\n\n: \r\ndata: {"head": 5}\r\n\n'
    script = Script(body(200, raw, content_type="text/event-stream"))
    assert list(script.hub().stream()) == [4, 5]


def test_stream_that_is_no_stream_is_refused() -> None:
    for raw in (b"data: {\n", b"data: {}\n", b'data: {"head": -1}\n', b"x" * 10_000):
        with pytest.raises(BadAnswer):
            list(Script(body(200, raw)).hub().stream())


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["agency", "head", "checkpoint", "entries", "digest", "state", "id"]),
        st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers() | st.text()),
    )
)
def test_any_answer_gives_a_value_or_a_bad_answer(obj: dict[str, Any]) -> None:
    for decode in (lambda o: decode_mailbox_page(o, None), decode_notice_status):
        try:
            decode(obj)
        except BadAnswer:
            continue


# ---------------------------------------------------------------- blobs


class BlobHub:
    """Keeps blobs as docs/api.md says, and breaks off when told to."""

    def __init__(self) -> None:
        self.whole: dict[str, bytes] = {}
        self.begun: dict[str, bytes] = {}
        self.breaks: list[int] = []
        self.puts: list[str] = []
        self.ranges: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        name = request.url.path.rpartition("/")[2]
        if name == "token":
            token = {"access_token": "t", "token_type": "Bearer", "expires_in": 600}
            return body(obj=token)
        return getattr(self, request.method.lower())(name, request)  # type: ignore[no-any-return]

    def head(self, name: str, _request: httpx.Request) -> httpx.Response:
        if name in self.whole:
            return httpx.Response(200, stream=httpx.ByteStream(b""))
        offset = {"Upload-Offset": str(len(self.begun[name]))} if name in self.begun else {}
        return httpx.Response(404, headers=offset, stream=httpx.ByteStream(b""))

    def put(self, name: str, request: httpx.Request) -> httpx.Response:
        given, content = request.headers.get("Content-Range"), request.content
        self.puts.append(given or "whole")
        if given is None:
            self.whole[name] = content
            return body(201)
        start, total = int(given.split()[1].split("-")[0]), int(given.rpartition("/")[2])
        held = self.begun.get(name, b"") if start else b""
        if start != len(held):
            return fault("wrong-offset", received=len(held))
        if self.breaks and self.breaks[0] <= start:
            self.breaks.pop(0)
            # The part arrived, its answer did not.
            self.begun[name] = held + content
            raise httpx.ReadError("cut off")
        self.begun[name] = held + content
        if len(self.begun[name]) < total:
            return body(202, {"received": len(self.begun[name])})
        self.whole[name] = self.begun.pop(name)
        return body(201)

    def get(self, name: str, request: httpx.Request) -> httpx.Response:
        wanted = request.headers.get("Range")
        self.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        content = self.whole[name][start:]
        cut = self.breaks.pop(0) if self.breaks else None

        class Stream(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                yield content[:cut]
                if cut is not None:
                    raise httpx.ReadError("cut off")

        return httpx.Response(206 if wanted else 200, stream=Stream())

    def hub(self) -> Hub:
        carrier = Transport(HUB, transport=httpx.MockTransport(self), sleep=lambda _s: None)
        return Hub(carrier, IDENTITY)


def blob_of(content: bytes) -> Blob:
    import hashlib

    return Blob(Digest(hashlib.sha256(content).hexdigest()), len(content))


SMALL, LARGE = b"s" * 5000, bytes(range(256)) * (PART * 2 // 256 + 77)


@pytest.mark.parametrize("content", [SMALL, LARGE])
def test_file_goes_up_and_comes_down_whole(tmp_path: Path, content: bytes) -> None:
    fake, blob = BlobHub(), blob_of(content)
    (tmp_path / "up").write_bytes(content)
    told: list[tuple[int, int]] = []
    upload(fake.hub(), blob, tmp_path / "up", lambda done, total: told.append((done, total)))
    assert told[-1] == (len(content), len(content))
    download(fake.hub(), blob, tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == content


def test_upload_goes_on_where_it_stopped(tmp_path: Path) -> None:
    fake, blob = BlobHub(), blob_of(LARGE)
    (tmp_path / "up").write_bytes(LARGE)
    fake.begun[blob.sha256] = LARGE[:PART]
    upload(fake.hub(), blob, tmp_path / "up")
    assert fake.whole[blob.sha256] == LARGE
    assert all(int(put.split()[1].split("-")[0]) >= PART for put in fake.puts)


def test_part_whose_answer_was_lost_is_not_sent_twice_into_the_blob(tmp_path: Path) -> None:
    fake, blob = BlobHub(), blob_of(LARGE)
    (tmp_path / "up").write_bytes(LARGE)
    fake.breaks = [0, PART]
    upload(fake.hub(), blob, tmp_path / "up")
    assert fake.whole[blob.sha256] == LARGE


def test_upload_that_the_hub_did_not_live_to_take_begins_again(tmp_path: Path) -> None:
    fake, blob = BlobHub(), blob_of(LARGE)
    (tmp_path / "up").write_bytes(LARGE)
    fake.begun[blob.sha256] = LARGE
    upload(fake.hub(), blob, tmp_path / "up")
    assert fake.whole[blob.sha256] == LARGE


def test_file_that_is_there_is_not_sent(tmp_path: Path) -> None:
    fake, blob = BlobHub(), blob_of(SMALL)
    fake.whole[blob.sha256] = SMALL
    upload(fake.hub(), blob, tmp_path / "missing")
    assert fake.puts == []


def test_download_goes_on_where_it_stopped(tmp_path: Path) -> None:
    fake, blob = BlobHub(), blob_of(LARGE)
    fake.whole[blob.sha256] = LARGE
    fake.breaks = [1000, 2000]
    download(fake.hub(), blob, tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == LARGE
    assert fake.ranges == [None, "bytes=1000-", "bytes=3000-"]
    assert not (tmp_path / "down.part").exists()


def test_download_that_is_given_up_goes_on_the_next_time(tmp_path: Path) -> None:
    fake, blob = BlobHub(), blob_of(LARGE)
    fake.whole[blob.sha256] = LARGE
    fake.breaks = [700, 0, 0, 0, 0, 0]
    with pytest.raises(HubUnreachable):
        download(fake.hub(), blob, tmp_path / "down")
    assert not (tmp_path / "down").exists()
    download(fake.hub(), blob, tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == LARGE


def test_file_that_is_not_the_signed_one_is_thrown_away(tmp_path: Path) -> None:
    fake, blob = BlobHub(), blob_of(SMALL)
    fake.whole[blob.sha256] = b"t" * len(SMALL)
    with pytest.raises(VerificationError, match="corrupt-payload"):
        download(fake.hub(), blob, tmp_path / "down")
    assert list(tmp_path.iterdir()) == []


def test_file_longer_than_signed_is_cut_off(tmp_path: Path) -> None:
    fake, blob = BlobHub(), blob_of(SMALL)
    fake.whole[blob.sha256] = SMALL * 9
    with pytest.raises(BadAnswer, match="larger"):
        download(fake.hub(), blob, tmp_path / "down")
    assert not (tmp_path / "down").exists()


# ---------------------------------------------------------------- a post that was cut off


def test_notice_stays_in_the_outbox_until_the_hub_has_answered(tmp_path: Path) -> None:
    fake = FakeHub.with_cast()
    answers: list[Any] = [problem("internal", 500)] * 4
    posted: list[bytes] = []

    def interfere(method: str, path: str, _headers: Any, raw: bytes) -> Any:
        if (method, path) != ("POST", "notices"):
            return None
        posted.append(raw)
        if answers:
            return answers.pop()
        return 202, {"Content-Type": "application/json"}, json.dumps(status_of(raw)).encode()

    fake.interfere = interfere
    with sending(fake, tmp_path) as client:
        sealed = client.seal(letter(), to=[cast.RECIPIENT])
        with pytest.raises(TryLater):
            client.post(sealed.digest)
        assert client.outbox() == (sealed.digest,)
        assert client.post(sealed.digest).state == "pending"
        assert client.outbox() == ()
    assert set(posted) == {sealed.envelope()}


def test_refused_notice_leaves_the_outbox(tmp_path: Path) -> None:
    fake = FakeHub.with_cast()
    fake.interfere = lambda method, path, *_: (
        problem("expired", 422) if (method, path) == ("POST", "notices") else None
    )
    with sending(fake, tmp_path) as client:
        with pytest.raises(HubError, match="expired"):
            client.issue(letter(), to=[cast.RECIPIENT])
        assert client.outbox() == ()


def letter() -> Any:
    from eads_client import Draft
    from eads_client.payloads import Message

    return Draft(content=Message(subject="a", text="b"), re=Digest("ab" * 32))


def sending(fake: FakeHub, folder: Path) -> Client:
    from tests.eads_client.fake_hub import PASSPHRASE

    fake.profile(folder / "p", cast.SENDER)
    client = Client.open(folder / "p", PASSPHRASE, transport=fake.transport())
    client.session.connect = lambda: Transport(  # type: ignore[method-assign]
        "http://127.0.0.1:9", transport=fake.transport(), sleep=lambda _s: None
    )
    return client


def status_of(raw: bytes) -> dict[str, Any]:
    from eads_wire.envelope import decode_envelope

    envelope = decode_envelope(raw)
    return {
        "digest": envelope.digest,
        "id": envelope.header.id,
        "rev": 1,
        "state": "pending",
        "missing": ["approver"],
    }


def test_status_of_another_notice_is_not_believed(tmp_path: Path) -> None:
    fake = FakeHub.with_cast()

    def interfere(method: str, path: str, _headers: Any, raw: bytes) -> Any:
        if (method, path) != ("POST", "notices"):
            return None
        other = status_of(raw) | {"digest": "0" * 64}
        return 201, {"Content-Type": "application/json"}, json.dumps(other).encode()

    fake.interfere = interfere
    with sending(fake, tmp_path) as client:
        with pytest.raises(VerificationError, match="another notice"):
            client.issue(letter(), to=[cast.RECIPIENT])
        assert len(client.outbox()) == 1


def test_assertion_is_sent_as_the_specification_says() -> None:
    seen: list[dict[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        from urllib.parse import parse_qsl

        if request.url.path == "/api/v1/token":
            seen.append(dict(parse_qsl(request.read().decode())))
            token = {"access_token": "t", "token_type": "Bearer", "expires_in": 600}
            return body(obj=token)
        return text()

    Hub(Transport(HUB, transport=httpx.MockTransport(handle)), IDENTITY).checkpoint()
    (form,) = seen
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert len(base64.b64decode(form["assertion_pq"])) == 3309
    assert decode_assertion(form["assertion"], form["assertion_pq"]).agency == AgencyId("TH-RTP")
