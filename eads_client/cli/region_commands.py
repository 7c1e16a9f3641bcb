"""The Secretariat's offline work: the region's roots and the list of members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from eads_client.cli.agency_commands import Out, Yes, confirm_fingerprint
from eads_client.cli.arguments import Force, agencies
from eads_client.cli.desk import Desk
from eads_client.cli.output import write_new
from eads_client.cli.reading_files import read_bytes
from eads_client.cli.tree import command, group
from eads_client.key_requests import EnrolmentRequest
from eads_client.region_ceremony import RegionCeremony
from eads_client.signed_chain import Proposal
from eads_wire.encoding import AgencyId
from eads_wire.region import Member, Region

app = group("The region and its members: the Secretariat's work, on a machine without network.")


@contextmanager
def _ceremony(desk: Desk) -> Iterator[RegionCeremony]:
    profile = desk.profile()
    keystore = desk.keystore()
    with profile.lock():
        yield RegionCeremony(profile, keystore)


def _proposed(
    desk: Desk, proposal: Proposal, out: Path | None, force: bool, told: dict[str, Any]
) -> None:
    target = out or desk.folder / f"region-{proposal.version}.json"
    write_new(target, proposal.document, force=force)
    if proposal.complete:
        desk.output.say(f"hand {target} to the hub's operator: manage.py region publish {target}")
    else:
        desk.output.warn("other holders of roots must sign this version before it counts")
    result = {"version": proposal.version, "complete": proposal.complete, "file": str(target)}
    desk.output.object({**told, **result})


@command(app, "init")
def init(
    desk: Desk,
    region: Annotated[
        str, typer.Option("--region", metavar="NAME", help="Name of the region, like SEA.")
    ],
    origin: Annotated[str, typer.Option("--origin", metavar="NAME", help="Name of the hub's log.")],
    log_keys: Annotated[
        list[str],
        typer.Option(
            "--log-key", metavar="KEY", help="Verifier key of the log; manage.py logkey --print."
        ),
    ],
    roots: Annotated[
        int, typer.Option("--roots", metavar="N", min=1, max=16, help="Root keys to make.")
    ] = 1,
    root_quorum: Annotated[
        int,
        typer.Option(
            "--root-quorum", metavar="N", min=1, max=16, help="Roots that must sign a change."
        ),
    ] = 1,
    out: Out = None,
    force: Force = False,
) -> None:
    """Make the region's roots and its first document, without members."""
    with _ceremony(desk) as ceremony:
        proposal = ceremony.create(
            region=region,
            origin=origin,
            log_keys=[each.strip() for each in log_keys],
            roots=roots,
            root_quorum=root_quorum,
        )
        fingerprint = ceremony.fingerprint if proposal.complete else None
    _proposed(desk, proposal, out, force, {"region": region, "fingerprint": fingerprint})


@command(app, "enrol")
def enrol(
    desk: Desk,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Enrolment requests of agencies.")
    ],
    yes: Yes = False,
    out: Out = None,
    force: Force = False,
) -> None:
    """Make agencies members after comparing the fingerprints of their roots."""
    requests = [EnrolmentRequest.decode(read_bytes(file)) for file in files]
    for request in requests:
        confirm_fingerprint(desk, request.fingerprint, request.agency, yes)
    with _ceremony(desk) as ceremony:
        proposal = ceremony.enrol(*requests)
    members = [request.agency for request in requests]
    _proposed(desk, proposal, out, force, {"enrolled": members})


@command(app, "suspend")
def suspend(
    desk: Desk,
    agency: Annotated[str, typer.Argument(metavar="AGENCY", help="The member.")],
    resume: Annotated[bool, typer.Option("--resume", help="End the suspension.")] = False,
    out: Out = None,
    force: Force = False,
) -> None:
    """Suspend a member, so that its notices are refused and none is sealed to it."""
    name = agencies([agency])[0]
    with _ceremony(desk) as ceremony:
        proposal = ceremony.resume(name) if resume else ceremony.suspend(name)
    _proposed(desk, proposal, out, force, {"agency": name, "suspended": not resume})


@command(app, "sign")
def sign(
    desk: Desk,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A version that waits for roots.")],
    out: Out = None,
    force: Force = False,
) -> None:
    """Add this profile's roots to a region document that another holder has made."""
    with _ceremony(desk) as ceremony:
        proposal = ceremony.sign(read_bytes(file))
    _proposed(desk, proposal, out, force, {"signed": True})


@command(app, "show")
def show(desk: Desk) -> None:
    """Show the newest region document of this profile: fingerprint, log, members."""
    with _ceremony(desk) as ceremony:
        region = ceremony.region
    show_region(desk, region)


def show_region(
    desk: Desk,
    region: Region,
    more: Mapping[str, Any] | None = None,
    keyrings: Mapping[AgencyId, int] | None = None,
) -> None:
    """A region: its own fields, then its members with the versions of their keyrings."""
    members = [_member_json(member, keyrings) for member in region.members]
    told = {
        "region": region.region,
        "version": region.version.number,
        "issued": region.version.issued,
        "expires": region.version.expires,
        "fingerprint": region.roots.fingerprint,
        "origin": region.origin,
        **(more or {}),
    }
    if desk.output.as_json:
        desk.output.object({**told, "members": members})
        return
    desk.output.object(told)
    columns = ("agency", "country", "name", "status", "keyring")
    desk.output.table(columns[: None if keyrings is not None else -1], members, none="no members")


def _member_json(member: Member, keyrings: Mapping[AgencyId, int] | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "agency": member.agency,
        "country": member.country,
        "name": member.name,
        "status": "active" if member.active else "suspended",
    }
    return told if keyrings is None else {**told, "keyring": keyrings.get(member.agency, 0)}


def add_to(parent: typer.Typer) -> None:
    """Hang these commands into the tree."""
    parent.add_typer(app, name="region")
