"""A notice as the replica holds it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, cast

from eads_client.draft import decode_content
from eads_client.opening import NoticeFile, list_files, summarise
from eads_client.payloads import Payload
from eads_wire.encoding import AgencyId, Digest, JsonObject, NoticeId
from eads_wire.envelope import Envelope, decode_envelope

NoticeState = Literal["current", "superseded", "withdrawn", "expired"]
"""``withdrawn`` and ``expired`` are tombstones, but for the withdrawal itself."""


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """One revision of a notice.

    Attributes:
        position: in the agency's mailbox.
        index: place in the log.
        received: when this client took it, aware.
        signers: ``agency/officer`` of each verified signature.
        content: the payload's bytes; None once the content was destroyed.
        raw: the envelope as received; None once the content was destroyed.
    """

    digest: Digest
    position: int
    index: int
    id: NoticeId
    rev: int
    type: str
    act: str
    re: Digest | None
    issuer: AgencyId
    issued: datetime
    expires: datetime
    handling: tuple[str, ...]
    tlp: str
    priority: str
    area: str | None
    signers: tuple[str, ...]
    received: datetime
    state: NoticeState
    is_read: bool
    raw: bytes | None = field(repr=False)
    content: bytes | None = field(repr=False)

    @property
    def payload(self) -> Payload | JsonObject | None:
        """The content as a model, or plain JSON where the type has none; None if destroyed."""
        if self.content is None:
            return None
        return decode_content(self.type, self.act, self.content)

    @property
    def envelope(self) -> Envelope | None:
        """The envelope; None if destroyed."""
        return None if self.raw is None else decode_envelope(self.raw)

    @property
    def files(self) -> tuple[NoticeFile, ...]:
        """The files that travel with it; none if destroyed."""
        envelope, payload = self.envelope, self.payload
        return () if envelope is None or payload is None else list_files(envelope, payload)

    @property
    def summary(self) -> str:
        """One line about the content, or its state if there is none."""
        payload = self.payload
        return self.state if payload is None else summarise(self.type, payload)


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def from_row(row: sqlite3.Row, content: bytes | None) -> StoredNotice:
    """A notice from its row and its content, decrypted already."""
    return StoredNotice(
        digest=Digest(row["digest"]),
        position=row["position"],
        index=row["log_index"],
        id=NoticeId(row["id"]),
        rev=row["rev"],
        type=row["type"],
        act=row["act"],
        re=Digest(row["re"]) if row["re"] is not None else None,
        issuer=AgencyId(row["issuer"]),
        issued=_time(row["issued"]),
        expires=_time(row["expires"]),
        handling=tuple(row["handling"].split()),
        tlp=row["tlp"],
        priority=row["priority"],
        area=row["area"],
        signers=tuple(row["signers"].split()),
        received=_time(row["received"]),
        state=cast(NoticeState, row["state"]),
        is_read=bool(row["is_read"]),
        raw=row["envelope"],
        content=content,
    )
