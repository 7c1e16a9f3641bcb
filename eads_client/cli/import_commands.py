"""``eads import interpol``: notices in INTERPOL's public form become drafts, or are sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from eads_client.cli.arguments import Expires, Hidden, Priority, Recipients, make_draft
from eads_client.cli.desk import Desk
from eads_client.cli.exits import InputProblem, PartlyDone, sentence_for
from eads_client.cli.tree import command, group
from eads_client.client import Client
from eads_client.draft import Draft
from eads_client.errors import DraftError, HubError, TransportError, TryLater
from eads_client.interpol import ImportedNotice, ImportResult, import_path
from eads_client.payloads import completeness, summary

app = group("Take notices from other systems.")


@dataclass(frozen=True, slots=True)
class _Options:
    """What becomes of each notice."""

    to: Sequence[str] | None
    hidden: Sequence[str] | None
    expires: str | None
    priority: str

    @property
    def send(self) -> bool:
        return bool(self.to or self.hidden)

    def draft(self, notice: ImportedNotice) -> Draft:
        return make_draft(
            notice.notice_type,
            notice.payload,
            to=self.to,
            hidden=self.hidden,
            expires=self.expires,
            priority=self.priority,
        )


@command(app, "interpol")
def interpol(
    desk: Desk,
    path: Annotated[
        Path, typer.Argument(metavar="FILE|DIR", help="A file, or a folder with *.json files.")
    ],
    to: Recipients = None,
    hidden: Hidden = None,
    expires: Expires = None,
    priority: Priority = "routine",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only report; needs no profile.")
    ] = False,
) -> None:
    """Read INTERPOL-form notices, report what has no place, keep drafts; with --to, send them.

    A file that is nonsense is named with its field and the rest goes on (exit code 6).
    """
    if not path.exists():
        raise InputProblem(f"{path}: there is no such file or folder")
    results = list(import_path(path))
    if not results:
        raise InputProblem(f"{path}: no *.json file in this folder")
    options = _Options(to, hidden, expires, priority)
    if dry_run:
        outcomes = _walk(desk, results, None, options)
    else:
        with desk.client() as client:
            outcomes = _walk(desk, results, client, options)
    failed = [each for each in outcomes if each["error"] is not None]
    desk.output.say(
        f"{len(outcomes)} files: {len(outcomes) - len(failed)} read, {len(failed)} not; "
        f"{sum(len(each['unmapped']) for each in outcomes)} fields kept under source"
    )
    if failed:
        raise PartlyDone(f"{len(failed)} of {len(outcomes)} files were not taken, see above")


def _walk(
    desk: Desk, results: Sequence[ImportResult], client: Client | None, options: _Options
) -> list[dict[str, Any]]:
    outcomes: list[dict[str, Any]] = []
    with desk.output.progress("importing") as advance:
        try:
            for told in _each(results, client, options):
                outcomes.append(told)
                advance(len(outcomes), len(results))
                desk.output.line(told, _text(told))
        except (TransportError, TryLater) as error:
            if not outcomes:
                raise
            # Beginning anew would send the same notices twice under other ids.
            raise PartlyDone(
                f"stopped at {results[len(outcomes)].file.name}: {sentence_for(error)} The files"
                " before it were sent: import only the rest again; eads post sends what waits"
            ) from error
    return outcomes


def _each(
    results: Sequence[ImportResult], client: Client | None, options: _Options
) -> Iterator[dict[str, Any]]:
    for result in results:
        told: dict[str, Any] = {"file": result.file.name, "error": None, "unmapped": []}
        if result.notice is None:
            yield told | {"error": str(result.error), "field": getattr(result.error, "field", None)}
            continue
        notice = result.notice
        told |= {
            "type": notice.notice_type,
            "summary": summary(notice.payload),
            "unmapped": [{"field": each.field, "why": each.why} for each in notice.unmapped],
            "missing": completeness(notice.payload),
        }
        yield told | (_keep(client, result.file, notice, options) if client is not None else {})


def _keep(client: Client, file: Path, notice: ImportedNotice, options: _Options) -> dict[str, Any]:
    """Make a draft of a notice, or seal and post it."""
    try:
        draft = options.draft(notice)
        if not options.send:
            client.drafts.save(file.stem, draft)
            return {"draft": file.stem}
        status = client.issue(draft)
    except TryLater:
        raise
    except (DraftError, HubError) as error:
        return {"error": f"{file.name}: {sentence_for(error)}"}
    return {"digest": status.digest, "state": status.state, "missing_roles": list(status.missing)}


def _text(told: dict[str, Any]) -> str:
    if told["error"] is not None:
        return f"NOT TAKEN  {told['error']}"
    what = f"draft {told['draft']}" if "draft" in told else told.get("state", "read")
    kept = f"; kept under source: {', '.join(each['field'] for each in told['unmapped'])}"
    return f"{told['file']}  {what}  {told['summary']}{kept if told['unmapped'] else ''}"


def add_to(parent: typer.Typer) -> None:
    """Hang this command into the tree."""
    parent.add_typer(app, name="import")
