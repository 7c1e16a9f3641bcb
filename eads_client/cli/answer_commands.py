"""Answers to a notice: reply, hit, flag, correct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from eads_client import payloads
from eads_client.cli.arguments import (
    Hidden,
    NoticeArgument,
    Priority,
    Recipients,
    make_draft,
    validated,
)
from eads_client.cli.desk import Desk
from eads_client.cli.exits import UsageProblem
from eads_client.cli.issue_commands import NoPost, send
from eads_client.cli.reading_files import read_content
from eads_client.cli.tree import command
from eads_client.draft import Content
from eads_client.payloads.action_codes import (
    CORRECTION_KINDS,
    FLAG_REASONS,
    HIT_OUTCOMES,
    MATCH_GROUNDS,
)
from eads_client.sending import seal_answer
from eads_wire.encoding import format_time

From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FROM",
        help="The answer as a JSON payload, instead of options.",
        show_default=False,
    ),
]
Reference = Annotated[
    str | None,
    typer.Option("--reference", metavar="TEXT", help="Your case number.", show_default=False),
]


def _codes(table: Mapping[str, str]) -> str:
    return f"One of {', '.join(table)}."


def _content(kind: str, file: Path | None, fields: Mapping[str, Any]) -> Content:
    """The answer from a file, or from options."""
    given = {name: value for name, value in fields.items() if value not in (None, "", [])}
    if file is not None:
        return read_content(file, kind)[1]
    return validated(payloads.PAYLOADS[kind], given)


def _answer(
    desk: Desk,
    notice: str,
    kind: str,
    content: Content,
    to: Sequence[str] | None,
    hidden: Sequence[str] | None,
    priority: str,
    no_post: bool,
) -> None:
    with desk.client() as client:
        held = client.notice(notice)
        draft = make_draft(kind, content, to=to, hidden=hidden, priority=priority)
        sealed = seal_answer(client.session, held.digest, draft)
        desk.output.object(send(desk, client, sealed, no_post=no_post))


def reply(
    desk: Desk,
    notice: NoticeArgument,
    subject: Annotated[str, typer.Option("--subject", metavar="TEXT", help="Subject.")] = "",
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="The message.")] = "",
    answer_wanted: Annotated[
        bool, typer.Option("--answer-wanted", help="You wait for an answer.")
    ] = False,
    reference: Reference = None,
    file: From = None,
    to: Recipients = None,
    hidden: Hidden = None,
    priority: Priority = "routine",
    no_post: NoPost = False,
) -> None:
    """Send a message about a notice, to its issuer or to --to."""
    fields = {
        "subject": subject,
        "text": text,
        "answer_wanted": answer_wanted,
        "reference": reference,
    }
    content = _content("message", file, fields)
    _answer(desk, notice, "message", content, to, hidden, priority, no_post)


Outcome = Annotated[
    str, typer.Option("--outcome", metavar="OUTCOME", help=_codes(HIT_OUTCOMES.entries))
]
FoundAt = Annotated[
    str | None,
    typer.Option(
        "--found-at", metavar="TIME", help="When, as 2026-11-22T03:04:05Z; now if not given."
    ),
]
MatchedOn = Annotated[
    list[str] | None,
    typer.Option(
        "--matched-on", metavar="GROUND", help=_codes(MATCH_GROUNDS.entries), show_default=False
    ),
]
ConfirmedBy = Annotated[
    str,
    typer.Option("--confirmed-by", metavar="OFFICER", help="Officer who confirmed the match."),
]


def hit(
    desk: Desk,
    notice: NoticeArgument,
    outcome: Outcome = "",
    place: Annotated[str, typer.Option("--place", metavar="PLACE", help="Town or crossing.")] = "",
    country: Annotated[str, typer.Option("--country", metavar="CC", help="Two letters.")] = "",
    found_at: FoundAt = None,
    matched_on: MatchedOn = None,
    confirmed_by: ConfirmedBy = "",
    details: Annotated[
        str, typer.Option("--details", metavar="TEXT", help="What was found and done.")
    ] = "",
    reference: Reference = None,
    file: From = None,
    to: Recipients = None,
    hidden: Hidden = None,
    priority: Priority = "urgent",
    no_post: NoPost = False,
) -> None:
    """Tell the issuer that the person or object was met; a human has confirmed it."""
    fields = {
        "outcome": outcome,
        "found_at": found_at or format_time(datetime.now(UTC)),
        "place": {"name": place, "country": country} if place and country else None,
        "matched_on": [code for each in matched_on or () for code in each.split(",")],
        "confirmed_by": confirmed_by,
        "details": details,
        "reference": reference,
    }
    content = _content("hit", file, fields)
    _answer(desk, notice, "hit", content, to, hidden, priority, no_post)


def flag(
    desk: Desk,
    notice: NoticeArgument,
    reason: Annotated[
        str, typer.Option("--reason", metavar="REASON", help=_codes(FLAG_REASONS.entries))
    ] = "",
    territory: Annotated[str, typer.Option("--territory", metavar="CC", help="Two letters.")] = "",
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="The reason in words.")] = "",
    instead: Annotated[
        str, typer.Option("--instead", metavar="TEXT", help="What you will do instead.")
    ] = "",
    reference: Reference = None,
    file: From = None,
    to: Recipients = None,
    hidden: Hidden = None,
    priority: Priority = "routine",
    no_post: NoPost = False,
) -> None:
    """Say that a notice is not executed in your territory, and why."""
    fields = {
        "reason": reason,
        "territory": territory,
        "text": text,
        "instead": instead,
        "reference": reference,
    }
    content = _content("flag", file, fields)
    _answer(desk, notice, "flag", content, to, hidden, priority, no_post)


def correct(
    desk: Desk,
    notice: NoticeArgument,
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help=_codes(CORRECTION_KINDS.entries))
    ] = "",
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help="What is wrong and how you know.")
    ] = "",
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="/PATH=VALUE",
            help="/path/in/the/payload=what it should say.",
            show_default=False,
        ),
    ] = None,
    reference: Reference = None,
    file: From = None,
    to: Recipients = None,
    hidden: Hidden = None,
    priority: Priority = "routine",
    no_post: NoPost = False,
) -> None:
    """Tell the issuer what is wrong in its notice; only the issuer can change it."""
    given = {
        "kind": kind,
        "text": text,
        "fields": [_corrected(each) for each in fields or ()],
        "reference": reference,
    }
    content = _content("correction", file, given)
    _answer(desk, notice, "correction", content, to, hidden, priority, no_post)


def _corrected(text: str) -> dict[str, str]:
    pointer, equals, proposed = text.partition("=")
    if not pointer.startswith("/"):
        raise UsageProblem("--field: write it like /person/date_of_birth=1984-03")
    return {"field": pointer} | ({"proposed": proposed} if equals and proposed else {})


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the tree."""
    command(app, "reply")(reply)
    command(app, "hit")(hit)
    command(app, "flag")(flag)
    command(app, "correct")(correct)
