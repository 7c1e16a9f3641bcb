"""Answers to a notice: hit, flag, message, correction.

The envelope's `re` names the notice that is answered. An officer has looked at what is sent: a
hit is confirmed by a human before it goes to the issuer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from eads_client.payloads.action_codes import CorrectionKind, FlagReason, HitOutcome, MatchGround
from eads_client.payloads.attachments import Files
from eads_client.payloads.codes import Country
from eads_client.payloads.dates import Timestamp
from eads_client.payloads.places import Place
from eads_client.payloads.record import EACH_ONCE, LISTED, Block, Line, Record

ANSWER_WITHIN = timedelta(hours=12)
# (type of the notice that was hit, action asked for): somebody is held or in danger meanwhile.
_AT_ONCE = frozenset({("wanted-person", "arrest"), ("missing-person", "recover")})


class Contact(Record):
    """Whom to ask."""

    unit: Line
    """Unit or office."""
    officer: Line | None = None
    """Officer on the matter."""
    telephone: Annotated[str, Field(pattern=r"^\+?[0-9][0-9 ()/-]{3,29}$")] | None = None
    """Telephone, with the country code."""


class Answer(Record):
    """What every answer may carry."""

    reference: Line | None = None
    """The sender's case number."""
    contact: Contact | None = None
    """Whom to ask."""
    files: Files = ()
    """Files that travel with the answer."""


class Hit(Answer):
    """Hit: the person or object of a notice has been met.

    The issuer owes an answer within 12 hours, at once when somebody is held for arrest or has
    been abducted; see `answer_due`.
    """

    type: Literal["hit"] = "hit"
    """Type of the answer."""
    outcome: HitOutcome
    found_at: Timestamp
    """When the person or object was met (UTC)."""
    place: Place
    """Where."""
    matched_on: Annotated[tuple[MatchGround, ...], LISTED, EACH_ONCE, Field(min_length=1)]
    """What the match rests on."""
    confirmed_by: Line
    """The officer who has confirmed the match."""
    held_until: Timestamp | None = None
    """Until when the law allows to hold the person or object (UTC)."""
    details: Block | None = None
    """What was found, done and said."""
    questions: Block | None = None
    """What the issuer is asked to answer."""


class Flag(Answer):
    """Flag: the notice is not executed in the sender's territory."""

    type: Literal["flag"] = "flag"
    """Type of the answer."""
    reason: FlagReason
    territory: Country
    text: Block
    """The reason in words."""
    instead: Block | None = None
    """What the sender will do instead, such as tell the whereabouts."""


class Message(Answer):
    """Message: anything else about a notice, or a question."""

    type: Literal["message"] = "message"
    """Type of the answer."""
    subject: Line
    """Subject."""
    text: Block
    """The message."""
    answer_wanted: bool = False
    """Whether the sender waits for an answer."""


class CorrectedField(Record):
    """One field of the notice that should read otherwise."""

    field: Annotated[str, Field(pattern=r"^(/([^/~]|~0|~1)+)+$", max_length=200)]
    """JSON pointer into the notice's payload, such as `/person/date_of_birth`."""
    proposed: Block | None = None
    """What it should say; nothing when it should go."""
    evidence: Line | None = None
    """On what this rests."""


class Correction(Answer):
    """Correction: something in the notice is wrong; only its issuer can change it."""

    type: Literal["correction"] = "correction"
    """Type of the answer."""
    kind: CorrectionKind
    text: Block
    """What is wrong and how the sender knows."""
    fields: Annotated[tuple[CorrectedField, ...], LISTED] = ()
    """The fields concerned."""


def answer_due(notice_type: str, action: str, priority: str, received: datetime) -> datetime:
    """Until when the issuer must answer a hit on its notice.

    Args:
        notice_type: type of the notice that was hit.
        action: the action it asks for; empty where its type has none.
        priority: priority of the hit's envelope; `immediate` means at once.
        received: when the issuer received the hit, aware.

    Returns:
        `received` itself when the answer is due at once (arrest, abduction, priority immediate),
        else 12 hours later.

    Raises:
        ValueError: `received` has no time zone.
    """
    if received.tzinfo is None:
        raise ValueError("received: give a time with its time zone")
    at_once = (notice_type, action) in _AT_ONCE or priority == "immediate"
    return received if at_once else received + ANSWER_WITHIN
