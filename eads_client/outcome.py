"""What becomes of a position of the mailbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from eads_client.errors import VerificationError
from eads_client.opening import OpenedNotice
from eads_wire.encoding import Digest, NoticeId
from eads_wire.header import Header

Event = Literal["new", "updated", "withdrawn", "expired", "erased", "unverifiable"]
"""``erased``: the hub no longer held the content and this client never did."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A position whose notice passed every step."""

    notice: OpenedNotice


@dataclass(frozen=True, slots=True)
class Expired:
    """A position whose notice is genuine but had expired when it came."""

    header: Header
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Erased:
    """A position whose content the hub no longer holds."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A position whose notice did not pass; ``raw`` is kept as evidence."""

    error: VerificationError
    raw: bytes = field(repr=False)
    notice_id: NoticeId | None = None


Outcome = Opened | Expired | Erased | Failed


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: mailbox position, place in the log, digest."""

    position: int
    index: int | None
    digest: Digest


@dataclass(frozen=True, slots=True)
class Unverifiable:
    """An entry that did not pass, with what was received."""

    place: Place
    stage: str
    step: int | None
    detail: str
    received: datetime
    raw: bytes | None = field(repr=False)


def event_of(notice: OpenedNotice) -> Event:
    """What an opened notice does: it is new, or an update, or a withdrawal."""
    events: dict[str, Event] = {"issue": "new", "update": "updated", "withdraw": "withdrawn"}
    return events[notice.header.act]
