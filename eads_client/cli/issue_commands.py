"""The sender's way: seal, post, approve, update, withdraw, and the receipts that come back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from eads_client.approving import PendingNotice
from eads_client.cli.arguments import (
    Area,
    Expires,
    FilesOption,
    HandlingOption,
    Hidden,
    NoticeArgument,
    Recipients,
    Tlp,
    agencies,
    make_draft,
    validated,
)
from eads_client.cli.desk import Desk
from eads_client.cli.exits import InputProblem, PartlyDone, UsageProblem, sentence_for
from eads_client.cli.reading_files import read_content
from eads_client.cli.showing import opened_json, short
from eads_client.cli.tree import command
from eads_client.client import Client
from eads_client.errors import HubError, TransportError, TryLater
from eads_client.hub_answers import NoticeStatus
from eads_client.opening import OpenedNotice
from eads_client.payloads import Withdrawal
from eads_client.payloads.action_codes import WITHDRAWAL_REASONS
from eads_client.seal import SealedNotice
from eads_client.sending import seal_update, seal_withdrawal
from eads_wire.encoding import Digest
from eads_wire.notice_types import PRIORITIES

NoPost = Annotated[
    bool, typer.Option("--no-post", help="Seal and sign only; eads post sends it later.")
]


def status_json(status: NoticeStatus) -> dict[str, Any]:
    """Where a notice stands at the hub."""
    return {
        "digest": status.digest,
        "id": status.id,
        "rev": status.rev,
        "state": status.state,
        "missing": list(status.missing),
        "index": status.index,
        "position": status.position,
        "reason": status.reason,
    }


def send(desk: Desk, client: Client, sealed: SealedNotice, *, no_post: bool) -> dict[str, Any]:
    """Post what was just sealed, and tell where it stands."""
    if no_post:
        desk.output.say("sealed and signed; eads post sends it")
        return {"digest": sealed.digest, "id": sealed.header.id, "state": "sealed"}
    return post_one(desk, client, sealed.digest)


def post_one(desk: Desk, client: Client, digest: Digest) -> dict[str, Any]:
    """Post a sealed notice with its files."""
    try:
        with desk.output.progress("uploading files") as advance:
            status = client.post(digest, advance)
    except (TransportError, HubError):
        if digest in client.outbox():
            desk.output.warn(f"{digest[:12]} is sealed and kept: eads post sends it again")
        raise
    if status.missing:
        wanted = ", ".join(status.missing)
        desk.output.say(f"waits for another officer ({wanted}): eads approve {digest[:12]}")
    return status_json(status)


def seal(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="DRAFT", help="Name of a draft.")],
    to: Recipients = None,
    hidden: Hidden = None,
    and_post: Annotated[bool, typer.Option("--post", help="Post it at once.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the draft.")] = False,
) -> None:
    """Seal a draft to its recipients and sign it; it waits in the outbox until it is posted."""
    with desk.client() as client:
        draft = client.drafts.load(name)
        if to or hidden:
            draft = replace(
                draft, to=agencies(to) or draft.to, hidden=agencies(hidden) or draft.hidden
            )
        sealed = client.seal(draft)
        if not keep:
            client.drafts.delete(name)
        desk.output.object(send(desk, client, sealed, no_post=not and_post))


def post_sealed(
    desk: Desk,
    digest: Annotated[
        str | None,
        typer.Argument(
            metavar="DIGEST", help="Digest, or how it begins; all that waits if not given."
        ),
    ] = None,
) -> None:
    """Post sealed notices from the outbox; the same bytes as often as it takes."""
    with desk.client() as client:
        waiting = [each for each in client.outbox() if each.startswith(digest or "")]
        if not waiting and digest is not None:
            raise InputProblem(f"nothing in the outbox begins with {digest}")
        failed = _post_all(desk, client, waiting)
        if not waiting:
            desk.output.say("the outbox is empty")
    if failed:
        raise PartlyDone(f"{failed} of {len(waiting)} were refused, see above")


def _post_all(desk: Desk, client: Client, digests: Sequence[Digest]) -> int:
    """Post each; one that is refused does not hold up the others, unless it is alone."""
    failed = 0
    for digest in digests:
        try:
            desk.output.object(post_one(desk, client, digest))
        except TryLater:
            raise
        except HubError as error:
            if len(digests) == 1:
                raise
            failed += 1
            desk.output.warn(f"{digest[:12]}: {sentence_for(error)}")
    return failed


def pending(desk: Desk) -> None:
    """List notices that wait for this agency's signatures, opened and verified."""
    with desk.client() as client:
        rows = [_pending_json(each) for each in client.pending()]
    shown = rows if desk.output.as_json else [short(row) for row in rows]
    columns = ("digest", "type", "missing", "received", "summary", "failure")
    desk.output.table(columns, shown, none="nothing waits for a signature")


def _pending_json(waiting: PendingNotice) -> dict[str, Any]:
    told: dict[str, Any] = opened_json(waiting.notice) if waiting.notice is not None else {}
    return {
        **told,
        "digest": waiting.digest,
        "missing": list(waiting.missing),
        "received": waiting.received,
        "failure": str(waiting.failure) if waiting.failure is not None else None,
    }


def approve(
    desk: Desk,
    digest: Annotated[
        str, typer.Argument(metavar="DIGEST", help="Digest of a waiting notice, or how it begins.")
    ],
    yes: Annotated[
        bool, typer.Option("--yes", help="Sign without asking; for scripts that have looked.")
    ] = False,
) -> None:
    """Show what is to be signed, ask, and sign the very bytes that were shown."""
    if not yes and not sys.stdin.isatty():
        raise UsageProblem("approve asks before it signs: run it in a terminal, or give --yes")
    with desk.client() as client:
        found = [e.digest for e in client.pending() if e.digest.startswith(digest)]
        if len(found) != 1:
            what = "nothing that waits" if not found else "more than one waiting notice"
            raise InputProblem(f"{what} begins with {digest}: see eads pending")
        status = client.approve(found[0], lambda notice: _ask_to_sign(desk, notice, yes))
    if status is None:
        desk.output.object({"digest": found[0], "state": "pending", "signed": False})
        return
    desk.output.object({**status_json(status), "signed": True})


def _ask_to_sign(desk: Desk, notice: OpenedNotice, yes: bool) -> bool:
    told = opened_json(notice)
    if desk.output.as_json and yes:
        return True
    desk.output.for_a_person(told, title=f"To be signed: {notice.summary}")
    return yes or typer.confirm("Sign it?", err=True)


NewPriority = Annotated[
    str | None,
    typer.Option(
        "--priority",
        metavar="PRIORITY",
        help=f"One of {', '.join(PRIORITIES)}; stays as it is if not given.",
        show_default=False,
    ),
]


def update(
    desk: Desk,
    notice: NoticeArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The new payload, complete, as JSON.")
    ],
    to: Recipients = None,
    hidden: Hidden = None,
    expires: Expires = None,
    priority: NewPriority = None,
    area: Area = None,
    handling: HandlingOption = None,
    tlp: Tlp = "",
    files: FilesOption = None,
    no_post: NoPost = False,
) -> None:
    """Issue the next revision of an own notice; recipients stay, more may be added."""
    with desk.client() as client:
        held = client.notice(notice)
        kind, content = read_content(file, held.type)
        # What the content says of its handling comes first; else that of the notice stays.
        own = getattr(content, "handling", None) is not None
        draft = make_draft(
            kind,
            content,
            to=to,
            hidden=hidden,
            expires=expires,
            priority=priority or held.priority,
            area=area or held.area,
            handling=handling or (() if own else held.handling),
            tlp=tlp or ("" if own else held.tlp),
            files=files,
        )
        sealed = seal_update(client.session, held.digest, draft)
        desk.output.object(send(desk, client, sealed, no_post=no_post))


def withdraw(
    desk: Desk,
    notice: NoticeArgument,
    reason: Annotated[
        str,
        typer.Option(
            "--reason", metavar="REASON", help=f"One of {', '.join(WITHDRAWAL_REASONS.entries)}."
        ),
    ],
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help="The reason in words; recipients read it.")
    ],
    hidden: Hidden = None,
    no_post: NoPost = False,
) -> None:
    """Withdraw an own notice: hub and recipients erase it, and recipients sign that they did."""
    with desk.client() as client:
        held = client.notice(notice)
        content = validated(Withdrawal, {"reason": reason, "text": text})
        sealed = seal_withdrawal(client.session, held.digest, content, agencies(hidden))
        desk.output.object(send(desk, client, sealed, no_post=no_post))


def receipts(desk: Desk, notice: NoticeArgument) -> None:
    """Show how far an own notice has come: what each recipient has signed for."""
    with desk.client() as client:
        digest = own_digest(client, notice)
        rows = [
            {
                "agency": each.agency,
                "hidden": each.hidden,
                "state": each.state,
                "delivered": each.delivered,
                "purged": each.purged,
                "failures": [str(failure) for failure in each.failures],
            }
            for each in client.receipts(digest)
        ]
    columns = ("agency", "hidden", "state", "delivered", "purged", "failures")
    desk.output.table(columns, rows, none="the notice has no recipient but this agency")


def own_digest(client: Client, start: str) -> Digest:
    if len(start) == 64:
        return Digest(start)
    return client.notice(start).digest


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the tree."""
    command(app, "seal")(seal)
    command(app, "post")(post_sealed)
    command(app, "pending")(pending)
    command(app, "approve")(approve)
    command(app, "update")(update)
    command(app, "withdraw")(withdraw)
    command(app, "receipts")(receipts)
