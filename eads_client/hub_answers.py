"""What the hub answers, decoded strictly (docs/api.md).

A key that this version does not know is passed over in an answer, so that a hub may say more to
newer clients; what is signed inside keeps its own strict rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from eads_client.verification import answering
from eads_wire import limits
from eads_wire.encoding import (
    AgencyId,
    Digest,
    JsonObject,
    Kid,
    NoticeId,
    as_agency,
    as_choice,
    as_digest,
    as_int,
    as_kid,
    as_list,
    as_notice_id,
    as_object,
    as_text,
    as_time,
    from_base64,
)
from eads_wire.errors import fail
from eads_wire.problems import PROBLEMS

State = Literal["pending", "accepted", "logged", "erased", "refused"]
_STATES: Final = ("pending", "accepted", "logged", "erased", "refused")
_RECEIPT_STATES: Final = ("mailbox", "delivered", "purged", "overdue")
_MANY: Final = 100_000


def _need(obj: JsonObject, key: str) -> Any:
    if key not in obj:
        fail("malformed", f"{key} is missing")
    return obj[key]


def _optional_int(obj: JsonObject, key: str) -> int | None:
    value = obj.get(key)
    return None if value is None else as_int(value, key)


def _optional_time(obj: JsonObject, key: str) -> datetime | None:
    value = obj.get(key)
    return None if value is None else as_time(value, key)


def document_bytes(value: Any, what: str) -> bytes:
    """A signed document that stands inside an answer, as bytes of its own.

    What is signed is the base64 inside it, so the outer JSON may be written again.
    """
    return json.dumps(as_object(value, what), separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class LoggedDocument:
    """A region or keyring with its version and place in the log, not verified yet."""

    version: int
    index: int
    document: bytes = field(repr=False)


def decode_logged_document(obj: JsonObject) -> LoggedDocument:
    """Answer of ``GET region`` and ``GET keyrings/{agency}``. Raises BadAnswer."""
    with answering("document"):
        return LoggedDocument(
            as_int(_need(obj, "version"), "version", least=1),
            as_int(_need(obj, "index"), "index"),
            document_bytes(_need(obj, "document"), "document"),
        )


@dataclass(frozen=True, slots=True)
class KeyringEntry:
    """One line of ``GET keyrings``."""

    agency: AgencyId
    version: int
    digest: Digest


def decode_keyring_entries(obj: JsonObject) -> tuple[KeyringEntry, ...]:
    """Answer of ``GET keyrings``. Raises BadAnswer."""
    with answering("keyrings"):
        found = []
        for item in as_list(_need(obj, "keyrings"), "keyrings", least=0, most=limits.MEMBERS):
            entry = as_object(item, "keyring")
            found.append(
                KeyringEntry(
                    as_agency(_need(entry, "agency")),
                    as_int(_need(entry, "version"), "version", least=1),
                    as_digest(_need(entry, "digest"), "digest"),
                )
            )
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Grant:
    """An epoch's seed, sealed to an officer (specs/keyring.md, "Grants")."""

    kid: Kid
    officer_kid: Kid
    grant: bytes = field(repr=False)


def decode_grants(obj: JsonObject) -> tuple[Grant, ...]:
    """Answer of ``GET grants``. Raises BadAnswer."""
    with answering("grants"):
        found = []
        for item in as_list(_need(obj, "grants"), "grants", least=0, most=_MANY):
            entry = as_object(item, "grant")
            sealed = from_base64(_need(entry, "grant"), "grant", size=limits.GRANT_BYTES)
            kid, officer_kid = as_kid(_need(entry, "kid")), as_kid(_need(entry, "officer_kid"))
            found.append(Grant(kid, officer_kid, sealed))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class NoticeStatus:
    """Where a notice stands at the hub.

    Attributes:
        missing: quorum entries that are not met yet, while pending.
        index: place in the log, once logged.
        position: in the asker's own mailbox, once logged.
        checkpoint: signed note, once logged; not verified yet.
        reason: problem code, if refused.
        envelope: the notice, where it was asked for.
    """

    digest: Digest
    id: NoticeId
    rev: int
    state: State
    missing: tuple[str, ...] = ()
    index: int | None = None
    position: int | None = None
    checkpoint: bytes | None = field(default=None, repr=False)
    reason: str | None = None
    envelope: bytes | None = field(default=None, repr=False)


def decode_notice_status(obj: JsonObject) -> NoticeStatus:
    """The status object of a notice. Raises BadAnswer."""
    with answering("notice status"):
        state: Any = as_choice(_need(obj, "state"), _STATES, "state")
        checkpoint, envelope, reason = (obj.get(k) for k in ("checkpoint", "envelope", "reason"))
        return NoticeStatus(
            digest=as_digest(_need(obj, "digest"), "digest"),
            id=as_notice_id(_need(obj, "id")),
            rev=as_int(_need(obj, "rev"), "rev", least=1, most=limits.REVISIONS),
            state=state,
            missing=_texts(obj.get("missing") or [], "missing"),
            index=_optional_int(obj, "index"),
            position=_optional_int(obj, "position"),
            checkpoint=as_text(checkpoint, "checkpoint").encode() if checkpoint else None,
            reason=as_choice(reason, PROBLEMS, "reason") if reason else None,
            envelope=document_bytes(envelope, "envelope") if envelope is not None else None,
        )


def _texts(value: Any, what: str) -> tuple[str, ...]:
    return tuple(as_text(v, what) for v in as_list(value, what, least=0, most=limits.QUORUM))


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """A notice that waits for signatures: not verified, not opened."""

    digest: Digest
    missing: tuple[str, ...]
    received: datetime | None
    envelope: bytes = field(repr=False)


def decode_pending(obj: JsonObject) -> tuple[PendingEntry, ...]:
    """Answer of ``GET notices/pending``. Raises BadAnswer."""
    with answering("pending"):
        found = []
        for item in as_list(_need(obj, "notices"), "notices", least=0, most=_MANY):
            entry = as_object(item, "notice")
            found.append(
                PendingEntry(
                    as_digest(_need(entry, "digest"), "digest"),
                    _texts(_need(entry, "missing"), "missing"),
                    _optional_time(entry, "received"),
                    document_bytes(_need(entry, "envelope"), "envelope"),
                )
            )
        return tuple(found)


@dataclass(frozen=True, slots=True)
class MailboxEntry:
    """One position of the mailbox, not verified yet.

    Attributes:
        kind: ``notice``, or ``erased`` when the hub took a notice away.
        envelope: None where the content is gone.
    """

    position: int
    kind: str
    index: int | None
    digest: Digest
    reason: str | None
    envelope: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class MailboxPage:
    """A page of the mailbox; ``checkpoint`` is a signed note, not verified yet."""

    agency: AgencyId
    head: int
    checkpoint: bytes | None = field(repr=False)
    entries: tuple[MailboxEntry, ...]
    etag: str | None


def decode_mailbox_page(obj: JsonObject, etag: str | None) -> MailboxPage:
    """Answer of ``GET mailbox``. Raises BadAnswer."""
    with answering("mailbox"):
        entries = as_list(_need(obj, "entries"), "entries", least=0, most=1000)
        checkpoint = obj.get("checkpoint")
        return MailboxPage(
            as_agency(_need(obj, "agency")),
            as_int(_need(obj, "head"), "head"),
            as_text(checkpoint, "checkpoint").encode() if checkpoint else None,
            tuple(_decode_entry(as_object(item, "entry")) for item in entries),
            etag,
        )


def _decode_entry(obj: JsonObject) -> MailboxEntry:
    envelope, reason = obj.get("envelope"), obj.get("reason")
    return MailboxEntry(
        as_int(_need(obj, "position"), "position", least=1),
        as_choice(_need(obj, "kind"), ("notice", "erased"), "kind"),
        _optional_int(obj, "index"),
        as_digest(_need(obj, "digest"), "digest"),
        as_text(reason, "reason") if reason is not None else None,
        document_bytes(envelope, "envelope") if envelope is not None else None,
    )


@dataclass(frozen=True, slots=True)
class RecipientReceipts:
    """What the hub says of one recipient of an own notice; ``receipts`` are not verified yet."""

    agency: AgencyId
    hidden: bool
    state: str
    position: int | None
    receipts: tuple[bytes, ...] = field(repr=False)


def decode_receipts(obj: JsonObject) -> tuple[RecipientReceipts, ...]:
    """Answer of ``GET notices/{digest}/receipts``. Raises BadAnswer."""
    with answering("receipts"):
        most = limits.RECIPIENTS
        items = as_list(_need(obj, "recipients"), "recipients", least=0, most=most)
        return tuple(_decode_recipient(as_object(item, "recipient")) for item in items)


def _decode_recipient(obj: JsonObject) -> RecipientReceipts:
    raw = as_list(_need(obj, "receipts"), "receipts", least=0, most=_MANY)
    return RecipientReceipts(
        as_agency(_need(obj, "agency")),
        obj.get("hidden") is True,
        as_choice(_need(obj, "state"), _RECEIPT_STATES, "state"),
        _optional_int(obj, "position"),
        tuple(document_bytes(item, "receipt") for item in raw),
    )


@dataclass(frozen=True, slots=True)
class Subscription:
    """A notification target; ``secret`` (``whsec_…``) is there once, when it was made."""

    id: str
    kind: str
    target: str
    enabled: bool
    failing_since: datetime | None = None
    last_success: datetime | None = None
    secret: str | None = field(default=None, repr=False)


def decode_subscription(obj: JsonObject) -> Subscription:
    """One subscription. Raises BadAnswer."""
    with answering("subscription"):
        identifier = _need(obj, "id")
        secret = obj.get("secret")
        return Subscription(
            str(identifier) if isinstance(identifier, int) else as_text(identifier, "id"),
            as_text(_need(obj, "kind"), "kind"),
            as_text(_need(obj, "target"), "target"),
            obj.get("enabled", True) is True,
            _optional_time(obj, "failing_since"),
            _optional_time(obj, "last_success"),
            as_text(secret, "secret") if secret is not None else None,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts from headers only (``GET stats``)."""

    agency: AgencyId
    mailbox_head: int
    sent: Mapping[str, int]
    received: Mapping[str, int]
    pending: int
    receipts_overdue: int


def decode_figures(obj: JsonObject) -> Figures:
    """Answer of ``GET stats``. Raises BadAnswer."""

    def counts(key: str) -> dict[str, int]:
        return {k: as_int(v, key) for k, v in as_object(_need(obj, key), key).items()}

    with answering("stats"):
        return Figures(
            as_agency(_need(obj, "agency")),
            as_int(_need(obj, "mailbox_head"), "mailbox_head"),
            counts("sent"),
            counts("received"),
            as_int(_need(obj, "pending"), "pending"),
            as_int(_need(obj, "receipts_overdue"), "receipts_overdue"),
        )
