"""HTTP to one hub: limits, timeouts, retries, and the mapping of every failure.

No redirect is followed, no proxy or password is taken from the environment, no compressed answer
is taken, and the token goes to the profile's hub alone.
"""

from __future__ import annotations

import contextlib
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import httpx

from eads_client.errors import (
    BadAnswer,
    EadsError,
    HubError,
    HubTimeout,
    HubUnreachable,
    ProfileError,
    TransportError,
    TryLater,
    hub_error,
)
from eads_client.profile import check_hub_address
from eads_wire.encoding import JsonObject, decode_json
from eads_wire.errors import WireError
from eads_wire.limits import KIB, MIB
from eads_wire.problems import MEDIA_TYPE, PROBLEMS

API: Final = "/api/v1/"
CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
WHOLE_SECONDS: Final = 120.0
"""An answer that trickles is cut off after this, however lively it looks."""
ANSWER_BYTES: Final = MIB
_PROBLEM_BYTES: Final = 64 * KIB
_DETAIL: Final = 500
_TRIES: Final = 4
_LONGEST_PAUSE: Final = 60.0
_GATEWAY: Final = frozenset({502, 503, 504})
_NO_ADDRESS: Final = "this profile has no hub: set hub in profile.toml"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status, headers, body."""

    status: int
    headers: httpx.Headers
    body: bytes

    def json(self, *, limit: int, what: str) -> JsonObject:
        """The body as strict JSON. Raises BadAnswer."""
        try:
            return decode_json(self.body, limit=limit, what=what)
        except WireError as error:
            raise BadAnswer(f"the hub's answer ({what}): {error.detail}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    Attributes:
        idempotent: sending it twice does no more than once, so it may be repeated.
        limit: largest body of the answer, in bytes.
        patience: seconds that the hub may hold the request on purpose (long-poll).
        body: bytes, or a function that gives new ones, or a new stream of them, for each try.
    """

    method: str
    path: str
    params: Mapping[str, str | int] | None = None
    headers: Mapping[str, str] | None = None
    body: bytes | Callable[[], bytes | Iterator[bytes]] | None = None
    idempotent: bool = True
    limit: int = ANSWER_BYTES
    patience: float = 0.0


class Transport:
    """One connection pool to one hub.

    Args:
        address: of the hub; https, or http to loopback.
        allow_http: take plain http from anywhere, for closed networks.
        ca_file: certificates to trust instead of the usual ones.
        proxy: address of an HTTP proxy.
        transport: how httpx sends, for tests.
        sleep: how to wait between tries.

    Raises:
        ProfileError: the address or the certificates cannot be used.
    """

    def __init__(
        self,
        address: str | None,
        *,
        allow_http: bool = False,
        ca_file: str | None = None,
        proxy: str | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if address is None:
            raise ProfileError(_NO_ADDRESS)
        check_hub_address(address, allow_http=allow_http)
        self._sleep = sleep
        try:
            verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
            self._client = httpx.Client(
                base_url=address.rstrip("/"),
                verify=verify,
                proxy=proxy,
                transport=transport,
                trust_env=False,
                follow_redirects=False,
                headers={"User-Agent": "eads-client/1", "Accept-Encoding": "identity"},
            )
        except (OSError, ValueError, httpx.InvalidURL) as error:
            raise ProfileError(f"the hub's connection cannot be set up: {error}") from None

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def send(self, call: Call, token: str | None = None) -> Answer:
        """Send a request; repeat it where that is safe and may help.

        Args:
            call: the request.
            token: bearer token.

        Raises:
            HubError: the hub answered with a problem.
            TransportError: it did not answer, or not as a hub.
        """
        for left in range(_TRIES - 1, -1, -1):
            try:
                with self.stream(call, token) as response:
                    body = _read(response, call)
                return Answer(response.status_code, response.headers, body)
            except (TryLater, HubUnreachable, HubTimeout) as error:
                pause = self._pause(error, _TRIES - 1 - left)
                if not call.idempotent or left == 0 or pause > _LONGEST_PAUSE:
                    raise
                self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    @contextlib.contextmanager
    def stream(self, call: Call, token: str | None = None) -> Iterator[httpx.Response]:
        """Send a request once and give its answer before its body was read.

        Raises:
            HubError, TransportError: as :meth:`send`.
        """
        headers = {"Accept": f"application/json, {MEDIA_TYPE}", **(call.headers or {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        body = call.body() if callable(call.body) else call.body
        timeout = httpx.Timeout(READ_SECONDS + call.patience, connect=CONNECT_SECONDS)
        with (
            _mapping(),
            self._client.stream(
                call.method,
                API + call.path,
                params=call.params,
                headers=headers,
                content=body,
                timeout=timeout,
            ) as response,
        ):
            _check_status(response, call)
            yield response

    def _pause(self, error: EadsError, tries: int) -> float:
        told = error.retry_after if isinstance(error, HubError) else None
        if told is not None:
            return float(told)
        # Full jitter, so that many clients do not come back together.
        return random.uniform(0.1, 0.5 * 2**tries)  # noqa: S311 no secret hangs on it


@contextlib.contextmanager
def _mapping() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException:
        raise HubTimeout("the hub did not answer in time") from None
    except (httpx.NetworkError, httpx.ProxyError, httpx.RemoteProtocolError) as error:
        raise HubUnreachable(f"the hub cannot be reached: {_printable(str(error))}") from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise TransportError(f"the hub cannot be asked: {_printable(str(error))}") from None


def _printable(text: str) -> str:
    # A hub's words end up on a terminal.
    return "".join(c if c.isprintable() else "?" for c in text)[:_DETAIL]


def read_pieces(response: httpx.Response, limit: int, patience: float = 0.0) -> Iterator[bytes]:
    """The body of an answer in pieces, held to a size and a time.

    Raises:
        BadAnswer, HubTimeout.
    """
    deadline = time.monotonic() + WHOLE_SECONDS + patience
    total = 0
    for piece in response.iter_raw():
        total += len(piece)
        if total > limit:
            raise BadAnswer(f"the hub's answer is larger than {limit} bytes")
        if time.monotonic() > deadline:
            raise HubTimeout("the hub's answer took too long")
        yield piece


def _read(response: httpx.Response, call: Call) -> bytes:
    return b"".join(read_pieces(response, call.limit, call.patience))


def _check_status(response: httpx.Response, call: Call) -> None:
    status = response.status_code
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadAnswer("the hub's answer is compressed, which was not asked for")
    if 300 <= status < 400 and status != 304:
        raise BadAnswer("the hub redirects; check its address in profile.toml")
    if status >= 400:
        _raise_problem(response, call)
    if status < 200:
        raise BadAnswer(f"the hub answered with status {status}")


def _retry_after(response: httpx.Response, body: JsonObject) -> int | None:
    header = response.headers.get("Retry-After", "")
    if header.isascii() and header.isdigit() and len(header) <= 6:
        return int(header)
    value = body.get("retry_after")
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _raise_problem(response: httpx.Response, call: Call) -> NoReturn:
    status = response.status_code
    body: JsonObject = {}
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == MEDIA_TYPE:
        with contextlib.suppress(WireError):
            raw = b"".join(read_pieces(response, _PROBLEM_BYTES))
            body = decode_json(raw, limit=_PROBLEM_BYTES, what="problem")
    code: Any = body.get("code")
    retry_after = _retry_after(response, body)
    if not isinstance(code, str) or code not in PROBLEMS:
        code = _code_without_body(status, call)
    detail = body.get("detail")
    raise hub_error(
        code,
        status,
        _printable(detail) if isinstance(detail, str) else "",
        retry_after=retry_after,
        received=_received(response, body),
    )


def _code_without_body(status: int, call: Call) -> str:
    """What stands between client and hub, or a HEAD, has no problem to show."""
    if status in _GATEWAY:
        return "busy"
    by_status = (code for code, problem in PROBLEMS.items() if problem.status == status)
    code = next(by_status, None) if call.method == "HEAD" else None
    if code is None:
        raise BadAnswer(f"something answered with status {status} that is not a hub")
    return code


def _received(response: httpx.Response, body: JsonObject) -> int | None:
    """Where an upload goes on: in the problem, or for a HEAD in a header."""
    value = body.get("received")
    if type(value) is int:
        return value
    header = response.headers.get("Upload-Offset", "")
    return int(header) if header.isascii() and header.isdigit() and len(header) <= 16 else None
