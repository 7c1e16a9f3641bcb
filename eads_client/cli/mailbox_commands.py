"""``eads poll``: take what is new, verified and opened, into the profile."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from eads_client.cli.desk import Desk
from eads_client.cli.exits import PartlyDone
from eads_client.cli.showing import header_json, opened_json, signer_name
from eads_client.cli.tree import command
from eads_client.client import Client
from eads_client.errors import HubTimeout, HubUnreachable, TryLater
from eads_client.hub import LONGEST_WAIT
from eads_client.receiving import PAGE, Arrival

_PAUSE = 5.0


def poll(
    desk: Desk,
    wait: Annotated[
        int,
        typer.Option(
            "--wait",
            metavar="SECONDS",
            min=0,
            max=LONGEST_WAIT,
            help="Seconds to wait for something new.",
        ),
    ] = 0,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until stopped; survives a hub that is away.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="Entries a page.")
    ] = PAGE,
    content: Annotated[
        bool, typer.Option("--content", help="With --json: the content of each notice too.")
    ] = False,
) -> None:
    """Take everything new: verify, open and keep it, sign receipts. May be stopped anywhere."""
    with desk.client() as client:
        failed = _take(desk, client, wait, limit, content)
        while follow:
            failed += _take_patiently(desk, client, limit, content)
    if failed:
        raise PartlyDone(f"{failed} did not prove themselves: see eads list --unverifiable")


def _take(desk: Desk, client: Client, wait: int, limit: int, content: bool) -> int:
    taken = failed = 0
    with desk.output.progress("polling") as advance:
        for arrival in client.poll(wait, limit=limit, on_progress=advance):
            taken += 1
            failed += arrival.event == "unverifiable"
            desk.output.line(arrival_json(arrival, content), _text(arrival))
    if not taken and not desk.output.as_json:
        desk.output.say("nothing new")
    for receipt in client.receipts_waiting():
        why = f"refused it ({receipt.refused})" if receipt.refused else "has not taken it yet"
        desk.output.warn(f"a signed receipt waits: the hub {why}")
    return failed


def _take_patiently(desk: Desk, client: Client, limit: int, content: bool) -> int:
    try:
        return _take_quietly(desk, client, limit, content)
    except (HubUnreachable, HubTimeout, TryLater) as error:
        desk.output.warn(f"{error}; trying again")
        time.sleep(_PAUSE)
        return 0


def _take_quietly(desk: Desk, client: Client, limit: int, content: bool) -> int:
    failed = 0
    for arrival in client.poll(LONGEST_WAIT, limit=limit):
        failed += arrival.event == "unverifiable"
        desk.output.line(arrival_json(arrival, content), _text(arrival))
    return failed


def arrival_json(arrival: Arrival, content: bool) -> dict[str, Any]:
    """One position of the mailbox, and what became of it."""
    told: dict[str, Any] = {
        "position": arrival.position,
        "index": arrival.index,
        "event": arrival.event,
        "digest": arrival.digest,
    }
    if arrival.notice is not None:
        notice = arrival.notice
        told |= header_json(notice.header)
        told["signers"] = [signer_name(signer) for signer in notice.signers]
        told["summary"] = notice.summary
        if content:
            told |= opened_json(notice)
    if arrival.failure is not None:
        told |= {
            "stage": arrival.failure.stage,
            "step": arrival.failure.step,
            "detail": arrival.failure.detail,
        }
    return told


def _text(arrival: Arrival) -> str:
    start = f"{arrival.position:>6}  {arrival.event:<12} {arrival.digest[:12]}"
    if arrival.notice is not None:
        header = arrival.notice.header
        return f"{start}  {header.issuer:<10} {header.type}: {arrival.notice.summary}"
    if arrival.failure is not None:
        return f"{start}  {arrival.failure}"
    return start


def add_to(app: typer.Typer) -> None:
    """Hang this command into the tree."""
    command(app, "poll")(poll)
