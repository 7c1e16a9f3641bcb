"""What is held: list, open, thread, export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from eads_client import payloads
from eads_client.cli.arguments import Force, NoticeArgument, agencies
from eads_client.cli.desk import Desk
from eads_client.cli.exits import InputProblem, UsageProblem
from eads_client.cli.output import write_new
from eads_client.cli.showing import (
    LIST_COLUMNS,
    content_json,
    file_json,
    short,
    stored_json,
)
from eads_client.cli.tree import command
from eads_client.client import Client
from eads_client.interpol import to_interpol
from eads_client.payloads import MissingPerson, WantedPerson
from eads_client.stored_notice import StoredNotice
from eads_client.thread import ThreadEntry
from eads_wire.notice_types import TYPES


def list_notices(
    desk: Desk,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", metavar="TYPE", help=f"Of this type: {', '.join(TYPES)}.", show_default=False
        ),
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option("--from", metavar="FROM", help="Of this issuer.", show_default=False),
    ] = None,
    unread: Annotated[bool, typer.Option("--unread", help="Not read by an officer yet.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Also superseded, withdrawn and expired ones.")
    ] = False,
    unverifiable: Annotated[
        bool, typer.Option("--unverifiable", help="What did not prove itself, and why.")
    ] = False,
) -> None:
    """List the notices that are held."""
    if unknown := set(types or ()) - set(TYPES):
        raise UsageProblem(
            f"--type: there is no {sorted(unknown)[0]}; use one of {', '.join(TYPES)}"
        )
    with desk.client() as client:
        if unverifiable:
            _list_unverifiable(desk, client)
            return
        found = client.notices(
            states=() if every else ("current",),
            types=tuple(types or ()),
            issuer=agencies([issuer])[0] if issuer else None,
            unread=unread,
        )
        rows = [stored_json(notice) for notice in found]
    _table(desk, rows)


def _table(desk: Desk, rows: Sequence[dict[str, Any]]) -> None:
    shown = rows if desk.output.as_json else [short(row) for row in rows]
    desk.output.table(LIST_COLUMNS, shown, none="no notices; eads poll takes what is new")


def _list_unverifiable(desk: Desk, client: Client) -> None:
    rows = [
        {
            "position": each.place.position,
            "digest": each.place.digest,
            "stage": each.stage,
            "step": each.step,
            "detail": each.detail,
            "received": each.received,
        }
        for each in client.unverifiable()
    ]
    desk.output.table(
        ("position", "digest", "stage", "step", "detail"), rows, none="everything proved itself"
    )


def open_notice(
    desk: Desk,
    notice: NoticeArgument,
    files: Annotated[
        Path | None,
        typer.Option(
            "--files", metavar="FOLDER", help="Folder to open its files into.", show_default=False
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Show a held notice with its whole content, and open its files."""
    with desk.client() as client:
        held = client.notice(notice)
        told = stored_json(held)
        told["files"] = [file_json(each) for each in held.files]
        told["content"] = content_json(held.payload)
        if held.payload is None:
            desk.output.warn(f"the notice is {held.state}; its content was destroyed")
        if files is not None:
            told["opened"] = _open_files(desk, client, held, files, force)
        client.mark_read(held.digest)
    desk.output.object(told, title=held.summary)


def _open_files(
    desk: Desk, client: Client, held: StoredNotice, folder: Path, force: bool
) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    opened = []
    for file in held.files:
        target = folder / f"{file.number}-{file.name or 'file'}"
        if target.exists() and not force:
            raise InputProblem(f"{target} is there already; --force replaces it")
        with desk.output.progress(target.name) as advance:
            client.open_file(held.digest, file.number, target, advance)
        opened.append(str(target))
    return opened


def thread(desk: Desk, notice: NoticeArgument) -> None:
    """Show a notice with its revisions, every answer, and the clocks of its hits."""
    with desk.client() as client:
        found = client.thread(client.notice(notice).digest)
        rows = [_thread_json(entry) for entry in found.entries]
    shown = rows if desk.output.as_json else [_indented(row) for row in rows]
    columns = ("digest", "received", "issuer", "what", "due", "clock", "summary")
    desk.output.table(columns, shown, none="nothing")


def _thread_json(entry: ThreadEntry) -> dict[str, Any]:
    clock = entry.clock
    return {
        "depth": entry.depth,
        **stored_json(entry.notice),
        "content": content_json(entry.notice.payload),
        "clock": clock.state if clock else None,
        "due": clock.due if clock else None,
        "answered": clock.answered if clock else None,
    }


def _indented(row: dict[str, Any]) -> dict[str, Any]:
    what = row["type"] if row["act"] == "issue" else f"{row['type']} ({row['act']})"
    return {**short(row), "what": f"{'  ' * row['depth']}{what}"}


def export(
    desk: Desk,
    notice: NoticeArgument,
    form: Annotated[
        str,
        typer.Option(
            "--form", metavar="FORM", help="payload, or interpol for INTERPOL's public form."
        ),
    ] = "payload",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="File to write; standard output if not given."),
    ] = None,
    force: Force = False,
) -> None:
    """Write the content of a held notice as JSON, in its own form or INTERPOL's."""
    if form not in ("payload", "interpol"):
        raise UsageProblem("--form: payload or interpol")
    with desk.client() as client:
        text = _exported(client.notice(notice), form)
    if out is None:
        desk.output.text(text)
        return
    write_new(out, text.encode() + b"\n", force=force)
    desk.output.warn(f"{out} holds personal data in clear; delete it when the notice ends")
    desk.output.object({"file": str(out)})


def _exported(held: StoredNotice, form: str) -> str:
    payload = held.payload
    if payload is None:
        raise InputProblem(f"the notice is {held.state}: its content was destroyed")
    if form == "interpol":
        if not isinstance(payload, (WantedPerson, MissingPerson)):
            raise InputProblem(f"INTERPOL's form has no place for {held.type}: use --form payload")
        return json.dumps(to_interpol(payload), ensure_ascii=False)
    return (
        json.dumps(payload, ensure_ascii=False)
        if isinstance(payload, dict)
        else payloads.encode(payload).decode()
    )


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the tree."""
    command(app, "list")(list_notices)
    command(app, "open")(open_notice)
    command(app, "thread")(thread)
    command(app, "export")(export)
