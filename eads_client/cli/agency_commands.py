"""The key administrator's work: the agency's roots, officers, epochs and keyring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from eads_client.agency_ceremony import AgencyCeremony, publish_keyring
from eads_client.cli.arguments import Force, agencies, moment
from eads_client.cli.desk import Desk
from eads_client.cli.exits import InputProblem
from eads_client.cli.output import write_new
from eads_client.cli.reading_files import read_bytes
from eads_client.cli.showing import keyring_json, show_keyring
from eads_client.cli.tree import command, group
from eads_client.errors import CeremonyError
from eads_client.key_requests import OfficerRequest, create_officer
from eads_client.signed_chain import Proposal
from eads_wire.encoding import AgencyId, OfficerId
from eads_wire.keyring import ROLES, Keyring

agency = group("The agency: its roots and first keyring.")
officer = group("Officers: requests, enrolment, revocation.")
key = group("The agency's encryption keys.")
keyring = group("The agency's keyring: officers, keys and quorum.")

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="File to write it to.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", help="The fingerprint was compared; do not ask.")]
_COMPARE = "Compare the fingerprint by telephone or face to face before you go on."


@contextmanager
def _ceremony(desk: Desk) -> Iterator[AgencyCeremony]:
    profile = desk.profile()
    keystore = desk.keystore()
    with profile.lock():
        yield AgencyCeremony(profile, keystore)


def _proposed(desk: Desk, proposal: Proposal, told: dict[str, Any]) -> None:
    if proposal.complete:
        desk.output.say("next: eads keyring publish")
    else:
        desk.output.warn("other holders of roots must sign this version before it counts")
    desk.output.object({**told, "version": proposal.version, "complete": proposal.complete})


def confirm_fingerprint(desk: Desk, fingerprint: str, whose: str, yes: bool) -> None:
    """Have a person compare a fingerprint. Raises InputProblem if it is not the same."""
    if yes:
        return
    desk.output.warn(f"Fingerprint of {whose}: {fingerprint}")
    if not typer.confirm(f"{_COMPARE} Is it the same?", err=True):
        raise InputProblem("the fingerprint is not the same: take nothing from this request")


@command(agency, "create")
def create(
    desk: Desk,
    country: Annotated[str, typer.Option("--country", metavar="CC", help="Two capital letters.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the agency.")],
    out: Out = None,
    roots: Annotated[
        int, typer.Option("--roots", metavar="N", min=1, max=16, help="Root keys to make.")
    ] = 1,
    root_quorum: Annotated[
        int,
        typer.Option(
            "--root-quorum", metavar="N", min=1, max=16, help="Roots that must sign a change."
        ),
    ] = 1,
    force: Force = False,
) -> None:
    """Make roots, first epoch and first keyring; write the enrolment for the Secretariat."""
    with _ceremony(desk) as ceremony:
        target = out or desk.folder / f"{desk.profile().agency}.enrolment.json"
        if target.exists() and not force:
            raise InputProblem(f"{target} is there already; --force replaces it")
        request = ceremony.create_agency(
            country=country, name=name, roots=roots, root_quorum=root_quorum
        )
        write_new(target, request.encode(), force=True)
    desk.output.say(f"hand {target} to the Secretariat. {_COMPARE}")
    desk.output.object(
        {"agency": request.agency, "fingerprint": request.fingerprint, "file": str(target)}
    )


@command(officer, "request")
def request_officer(desk: Desk, out: Out = None, force: Force = False) -> None:
    """Make this profile's keys; write the request for the agency's key administrator."""
    profile = desk.profile()
    request = create_officer(profile, desk.keystore())
    target = out or desk.folder / f"{request.officer}.officer.json"
    write_new(target, request.encode(), force=force)
    desk.output.say(f"hand {target} to the key administrator. {_COMPARE}")
    desk.output.object(
        {
            "agency": request.agency,
            "officer": request.officer,
            "fingerprint": request.fingerprint,
            "file": str(target),
        }
    )


@command(officer, "add")
def add(
    desk: Desk,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The officer's request.", show_default=False)
    ],
    roles: Annotated[
        list[str],
        typer.Option("--role", metavar="ROLE", help=f"Repeat it, or A,B: {', '.join(ROLES)}."),
    ],
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="End of the keys; two years if not given."),
    ] = None,
    yes: Yes = False,
) -> None:
    """List an officer in the keyring after comparing the fingerprint."""
    request = OfficerRequest.decode(read_bytes(file))
    confirm_fingerprint(desk, request.fingerprint, f"{request.agency}/{request.officer}", yes)
    names = [name for each in roles for name in each.split(",")]
    with _ceremony(desk) as ceremony:
        proposal = ceremony.add_officer(request, names, moment(until, "--until"))
    told = {"officer": request.officer, "roles": names, "fingerprint": request.fingerprint}
    _proposed(desk, proposal, told)


@command(officer, "revoke")
def revoke(
    desk: Desk, officer_id: Annotated[str, typer.Argument(metavar="OFFICER", help="Their id.")]
) -> None:
    """Revoke an officer's keys and begin an epoch that the officer cannot read."""
    with _ceremony(desk) as ceremony:
        proposal = ceremony.revoke_officer(OfficerId(officer_id))
    _proposed(desk, proposal, {"officer": officer_id, "revoked": True})


def _keyring_of(desk: Desk, name: str | None) -> Keyring:
    """An agency's keyring as the profile holds it; the own one in the making comes first."""
    profile = desk.profile()
    if name is None or name == profile.settings.agency:
        try:
            return AgencyCeremony(profile, desk.keystore()).keyring
        except CeremonyError:
            pass
    with desk.client() as client:
        return client.trust.keyring(agencies([name])[0] if name else client.agency)


AgencyArgument = Annotated[
    str | None,
    typer.Argument(metavar="AGENCY", help="Another agency; the own one if not given."),
]


@command(officer, "list")
def list_officers(desk: Desk, name: AgencyArgument = None) -> None:
    """List the officers of an agency with roles and fingerprints."""
    rows = keyring_json(_keyring_of(desk, name))["officers"]
    columns = ("id", "roles", "fingerprint", "from", "until", "revoked")
    desk.output.table(columns, rows, none="the keyring lists no officers")


@command(key, "rotate")
def rotate(desk: Desk) -> None:
    """Begin a new encryption epoch; senders may use the one before for a week."""
    with _ceremony(desk) as ceremony:
        proposal = ceremony.rotate_epoch()
    _proposed(desk, proposal, {"rotated": True})


@command(keyring, "publish")
def publish(desk: Desk) -> None:
    """Give the hub every new version, wait for the log, then hand out the keys' grants."""
    with desk.client() as client:
        ceremony = AgencyCeremony(client.profile, client.session.keystore)
        desk.output.say("publishing; the log takes it within seconds")
        with client.profile.lock():
            version = publish_keyring(client.session, ceremony)
        agency_id: AgencyId = client.agency
    desk.output.object({"agency": agency_id, "version": version, "published": True})


@command(keyring, "show")
def show(desk: Desk, name: AgencyArgument = None) -> None:
    """Show a keyring: fingerprints, officers, epochs, quorum."""
    show_keyring(desk.output, _keyring_of(desk, name))


@command(keyring, "sign")
def sign(
    desk: Desk,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A version that waits for roots.")],
    out: Out = None,
    force: Force = False,
) -> None:
    """Add this profile's roots to a keyring that another holder of roots has made."""
    with _ceremony(desk) as ceremony:
        proposal = ceremony.sign(read_bytes(file))
    if out is not None:
        write_new(out, proposal.document, force=force)
    _proposed(desk, proposal, {"signed": True})


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the tree."""
    for name, part in (
        ("agency", agency),
        ("officer", officer),
        ("key", key),
        ("keyring", keyring),
    ):
        app.add_typer(part, name=name)
