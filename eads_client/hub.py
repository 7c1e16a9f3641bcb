"""The hub's API, route by route (docs/api.md).

What comes back is decoded, not believed: proof is the business of :mod:`eads_client.trust` and
:mod:`eads_client.opening`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Final

import httpx

from eads_client.bearer import Bearer, Identity
from eads_client.errors import BadAnswer, NotAuthorised, ProfileError
from eads_client.hub_answers import (
    Figures,
    Grant,
    KeyringEntry,
    LoggedDocument,
    MailboxPage,
    NoticeStatus,
    PendingEntry,
    RecipientReceipts,
    Subscription,
    decode_figures,
    decode_grants,
    decode_keyring_entries,
    decode_logged_document,
    decode_mailbox_page,
    decode_notice_status,
    decode_pending,
    decode_receipts,
    decode_subscription,
)
from eads_client.transport import Answer, Call, Transport
from eads_client.verification import answering
from eads_wire import limits
from eads_wire.dsse import Signature
from eads_wire.encoding import (
    AgencyId,
    Digest,
    JsonObject,
    Kid,
    as_int,
    as_list,
    as_object,
    decode_json,
    to_base64,
)

_JSON: Final = {"Content-Type": "application/json"}
# base64 of the payload and the JSON around it
_KEYRING: Final = 2 * limits.KEYRING_BYTES
# A page has at most 4 MiB of envelopes, and one envelope alone may have 4 MiB.
_PAGE: Final = 2 * limits.ENVELOPE_BYTES + limits.MIB
_PENDING: Final = 64 * limits.MIB
_RECEIPTS: Final = 64 * limits.MIB
LONGEST_WAIT: Final = 60
_EVENT_LINE: Final = 4096


class Hub:
    """One hub, as one officer.

    Args:
        transport: to the hub.
        identity: who asks; None for what needs no token.
    """

    def __init__(self, transport: Transport, identity: Identity | None = None) -> None:
        self._transport = transport
        self._bearer = Bearer(transport, identity) if identity is not None else None

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    # ------------------------------------------------------------ region and keyrings

    def region(self, version: int | None = None) -> LoggedDocument:
        """``GET region`` or ``GET region/{version}``; needs no token."""
        path = "region" if version is None else f"region/{version}"
        answer = self._transport.send(Call(method="GET", path=path, limit=2 * limits.REGION_BYTES))
        return decode_logged_document(answer.json(limit=2 * limits.REGION_BYTES, what="region"))

    def keyrings(self) -> tuple[KeyringEntry, ...]:
        """``GET keyrings``: the newest version of each member."""
        return decode_keyring_entries(self._json(Call(method="GET", path="keyrings")))

    def keyring(self, agency: AgencyId, version: int | None = None) -> LoggedDocument:
        """``GET keyrings/{agency}`` or one version of it."""
        path = f"keyrings/{agency}" + ("" if version is None else f"/{version}")
        return decode_logged_document(self._json(Call(method="GET", path=path, limit=_KEYRING)))

    def put_keyring(self, agency: AgencyId, document: bytes) -> bool:
        """``PUT keyrings/{agency}``; needs no token.

        Returns:
            True once it is in the log, False while it waits.
        """
        call = Call(method="PUT", path=f"keyrings/{agency}", headers=_JSON, body=document)
        return self._transport.send(call).status != 202

    def put_grants(self, kid: Kid, grants: Mapping[Kid, bytes]) -> None:
        """``PUT grants``: an epoch's seed sealed to each officer."""
        body = {"kid": kid, "grants": {name: to_base64(grant) for name, grant in grants.items()}}
        self._send(Call(method="PUT", path="grants", headers=_JSON, body=_encode(body)))

    def grants(self) -> tuple[Grant, ...]:
        """``GET grants``: those of the officer who asks."""
        call = Call(method="GET", path="grants", limit=4 * limits.MIB)
        return decode_grants(self._json(call))

    # ------------------------------------------------------------ notices

    def post_notice(self, envelope: bytes) -> NoticeStatus:
        """``POST notices``: the whole signed envelope; the same bytes again answer the same."""
        return self._status(Call(method="POST", path="notices", headers=_JSON, body=envelope))

    def post_signature(self, digest: Digest, signature: Signature) -> NoticeStatus:
        """``POST notices/{digest}/signatures``: one more officer's signature."""
        body = _encode(signature.to_json())
        path = f"notices/{digest}/signatures"
        return self._status(Call(method="POST", path=path, headers=_JSON, body=body))

    def pending(self) -> tuple[PendingEntry, ...]:
        """``GET notices/pending``: notices that wait for this agency's signatures."""
        call = Call(method="GET", path="notices/pending", limit=_PENDING)
        return decode_pending(self._json(call))

    def notice(self, digest: Digest) -> NoticeStatus:
        """``GET notices/{digest}``: status, and the envelope for a recipient."""
        return self._status(Call(method="GET", path=f"notices/{digest}", limit=_PAGE))

    def take_back(self, digest: Digest) -> None:
        """``DELETE notices/{digest}``: of one's own agency, while it waits for signatures."""
        self._send(Call(method="DELETE", path=f"notices/{digest}"))

    def receipts(self, digest: Digest) -> tuple[RecipientReceipts, ...]:
        """``GET notices/{digest}/receipts``, for the issuer."""
        call = Call(method="GET", path=f"notices/{digest}/receipts", limit=_RECEIPTS)
        return decode_receipts(self._json(call))

    def post_receipt(self, document: bytes) -> bool:
        """``POST receipts``: True once it is in the log, False while it waits."""
        call = Call(method="POST", path="receipts", headers=_JSON, body=document)
        return self._send(call).status != 202

    # ------------------------------------------------------------ mailbox

    def mailbox(
        self, after: int, *, limit: int = 100, wait: int = 0, etag: str | None = None
    ) -> MailboxPage | None:
        """``GET mailbox``.

        Args:
            after: the last position held.
            limit: entries a page, 1 to 1000.
            wait: seconds that the hub may hold the request, 0 to 60.
            etag: of the page before; None is returned while nothing changed.
        """
        params = {"after": after, "limit": limit, "wait": wait}
        headers = {"If-None-Match": etag} if etag else None
        answer = self._send(
            Call(
                method="GET",
                path="mailbox",
                params=params,
                headers=headers,
                limit=_PAGE,
                patience=float(wait),
            )
        )
        if answer.status == 304:
            return None
        page = answer.json(limit=_PAGE, what="mailbox")
        return decode_mailbox_page(page, answer.headers.get("ETag"))

    def stream(self) -> Iterator[int]:
        """``GET stream``: the mailbox's head each time it advances, until the hub ends it.

        Raises:
            HubTimeout: the hub fell silent for longer than its heartbeat allows.
        """
        call = Call(method="GET", path="stream", headers={"Accept": "text/event-stream"})
        with self.open_stream(call) as response:
            for line in _lines(response):
                if line.startswith("data:"):
                    yield _head(line.removeprefix("data:").strip())

    # ------------------------------------------------------------ log, figures, subscriptions

    def checkpoint(self) -> bytes:
        """``GET log/checkpoint``: a signed note, not verified yet."""
        call = Call(
            method="GET",
            path="log/checkpoint",
            headers={"Accept": "text/plain"},
            limit=limits.CHECKPOINT_BYTES,
        )
        return self._send(call).body

    def figures(self) -> Figures:
        """``GET stats``: counts from headers only."""
        return decode_figures(self._json(Call(method="GET", path="stats")))

    def subscriptions(self) -> tuple[Subscription, ...]:
        """``GET subscriptions``."""
        obj = self._json(Call(method="GET", path="subscriptions"))
        with answering("subscriptions"):
            items = as_list(obj.get("subscriptions"), "subscriptions", least=0, most=10_000)
            return tuple(decode_subscription(as_object(item, "subscription")) for item in items)

    def subscribe(self, kind: str, target: str) -> Subscription:
        """``POST subscriptions``: ``webhook`` or ``email``; a webhook's secret is shown once."""
        body = _encode({"kind": kind, "target": target})
        call = Call(method="POST", path="subscriptions", headers=_JSON, body=body, idempotent=False)
        return decode_subscription(self._json(call))

    def unsubscribe(self, identifier: str) -> None:
        """``DELETE subscriptions/{id}``."""
        self._send(Call(method="DELETE", path=f"subscriptions/{_segment(identifier)}"))

    def enable_subscription(self, identifier: str) -> None:
        """``POST subscriptions/{id}/enable``."""
        path = f"subscriptions/{_segment(identifier)}/enable"
        self._send(Call(method="POST", path=path))

    # ------------------------------------------------------------ for blobs

    def send(self, call: Call) -> Answer:
        """Send with the token; once more with a new token if the hub does not take it."""
        return self._send(call)

    @contextlib.contextmanager
    def open_stream(self, call: Call) -> Iterator[httpx.Response]:
        """A streamed answer with the token; see Transport.stream."""
        with contextlib.ExitStack() as stack:
            try:
                response = stack.enter_context(self._transport.stream(call, self._token()))
            except NotAuthorised as error:
                self._forget_token(error)
                response = stack.enter_context(self._transport.stream(call, self._token()))
            yield response

    # ------------------------------------------------------------ inside

    def _token(self) -> str:
        if self._bearer is None:
            raise ProfileError("this profile has no officer's key: make the officer first")
        return self._bearer.token()

    def _send(self, call: Call) -> Answer:
        try:
            return self._transport.send(call, self._token())
        except NotAuthorised as error:
            self._forget_token(error)
            return self._transport.send(call, self._token())

    def _forget_token(self, error: NotAuthorised) -> None:
        """A token that the hub no longer takes is replaced, once; any other refusal stands."""
        if error.code != "unauthenticated" or self._bearer is None:
            raise error
        self._bearer.forget()

    def _json(self, call: Call) -> JsonObject:
        return self._send(call).json(limit=call.limit, what=call.path)

    def _status(self, call: Call) -> NoticeStatus:
        return decode_notice_status(self._json(call))


def _encode(obj: JsonObject) -> bytes:
    return json.dumps(obj, separators=(",", ":")).encode("utf-8")


def _segment(identifier: str) -> str:
    if not identifier.isascii() or not identifier.replace("-", "").isalnum():
        raise ProfileError("a subscription's id has letters, digits and hyphens")
    return identifier


def _lines(response: httpx.Response) -> Iterator[str]:
    """Lines of an event stream; each at most 4096 bytes. Its length in time has no limit."""
    left = b""
    for piece in response.iter_raw():
        left += piece
        *whole, left = left.split(b"\n")
        if len(left) > _EVENT_LINE:
            raise BadAnswer("a line of the hub's event stream is too long")
        for line in whole:
            yield line.decode("utf-8", "replace").rstrip("\r")


def _head(data: str) -> int:
    with answering("stream"):
        event = decode_json(data.encode(), limit=_EVENT_LINE, what="event")
        return as_int(event.get("head"), "head")
