"""``eads draft``: what an officer writes before it is sealed; kept encrypted in the profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eads_client import payloads
from eads_client.cli.arguments import (
    Area,
    Expires,
    FilesOption,
    HandlingOption,
    Hidden,
    Priority,
    Recipients,
    Tlp,
    make_draft,
)
from eads_client.cli.desk import Desk
from eads_client.cli.exits import UsageProblem
from eads_client.cli.reading_files import TEMPLATES, read_content, read_template
from eads_client.cli.showing import content_json
from eads_client.cli.tree import command, group
from eads_client.draft import Content, Draft, Drafts
from eads_client.opening import summarise
from eads_client.payloads.record import Record

app = group("Write notices and answers before they are sealed.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the draft.", show_default=False)]

PayloadFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]", help="Payload as JSON; - is standard input.", show_default=False
    ),
]
TypeOption = Annotated[
    str | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Type of the notice; the file may name it.",
        show_default=False,
    ),
]
FromTemplate = Annotated[
    bool, typer.Option("--template", help="Begin with the template of --type.")
]


def drafts_of(desk: Desk) -> Drafts:
    """The drafts of the profile, opened with its passphrase."""
    profile = desk.profile()
    return Drafts(profile.folder("drafts"), desk.keystore().at_rest())


def missing_in(content: Content) -> list[str]:
    """What a reviewer would miss."""
    if isinstance(content, Record):
        return payloads.completeness(content)
    return []


@command(app, "template")
def template(
    desk: Desk,
    notice_type: Annotated[
        str, typer.Argument(metavar="TYPE", help=f"One of {', '.join(TEMPLATES)}.")
    ],
) -> None:
    """Print a whole invented payload of a type, to be overwritten with your own."""
    desk.output.text(read_template(notice_type))


@command(app, "new")
def new(
    desk: Desk,
    name: Name,
    file: PayloadFile = None,
    notice_type: TypeOption = None,
    from_template: FromTemplate = False,
    to: Recipients = None,
    hidden: Hidden = None,
    expires: Expires = None,
    priority: Priority = "routine",
    area: Area = None,
    handling: HandlingOption = None,
    tlp: Tlp = "",
    files: FilesOption = None,
) -> None:
    """Make a draft from a payload file or a template, and say what it lacks."""
    kind, content = _content(file, notice_type, from_template)
    draft = make_draft(
        kind,
        content,
        to=to,
        hidden=hidden,
        expires=expires,
        priority=priority,
        area=area,
        handling=handling,
        tlp=tlp,
        files=files,
    )
    drafts_of(desk).save(name, draft)
    desk.output.say(f"draft {name} is kept; eads draft check {name} tells what it lacks")
    _show(desk, name, draft)


def _content(
    file: Path | None, notice_type: str | None, from_template: bool
) -> tuple[str, Content]:
    if (file is None) != from_template:
        raise UsageProblem("give a payload file, or --template with --type")
    if file is not None:
        return read_content(file, notice_type)
    if notice_type is None or notice_type not in payloads.PAYLOADS:
        raise UsageProblem(f"--template needs --type, one of {', '.join(payloads.PAYLOADS)}")
    return notice_type, payloads.decode(notice_type, "issue", read_template(notice_type).encode())


def _show(desk: Desk, name: str, draft: Draft) -> None:
    missing = missing_in(draft.content)
    told = {
        "name": name,
        "type": draft.type,
        "to": list(draft.to),
        "hidden": list(draft.hidden),
        "complete": not missing,
        "missing": missing,
    }
    desk.output.object(told)


@command(app, "check")
def check(desk: Desk, name: Name) -> None:
    """Say what a reviewer would miss in a draft."""
    draft = drafts_of(desk).load(name)
    _show(desk, name, draft)


@command(app, "list")
def list_drafts(desk: Desk) -> None:
    """List the drafts."""
    drafts = drafts_of(desk)
    rows = []
    for name in drafts.names():
        draft = drafts.load(name)
        content = content_json_of(draft)
        rows.append({"name": name, "type": draft.type, "to": list(draft.to), "summary": content})
    desk.output.table(("name", "type", "to", "summary"), rows, none="no drafts")


def content_json_of(draft: Draft) -> str:
    """One line about a draft."""
    content = draft.content
    if isinstance(content, Record):
        return summarise(draft.type, content)
    return draft.type


@command(app, "show")
def show(desk: Desk, name: Name) -> None:
    """Show a draft with its content."""
    draft = drafts_of(desk).load(name)
    content = draft.content
    told = {
        "name": name,
        "type": draft.type,
        "to": list(draft.to),
        "hidden": list(draft.hidden),
        "expires": draft.expires,
        "priority": draft.priority,
        "area": draft.area,
        "files": [str(path) for path in draft.files],
        "content": content_json(content if not hasattr(content, "items") else dict(content)),
    }
    desk.output.object(told)


@command(app, "delete")
def delete(desk: Desk, name: Name) -> None:
    """Delete a draft."""
    drafts_of(desk).delete(name)
    desk.output.object({"name": name, "deleted": True})


def add_to(parent: typer.Typer) -> None:
    """Hang these commands into the tree."""
    parent.add_typer(app, name="draft")
