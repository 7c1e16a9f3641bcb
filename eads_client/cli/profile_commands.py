"""``eads init``: make a profile, or change what it knows of hub and region."""

from __future__ import annotations

from typing import Annotated

import typer

from eads_client.cli.desk import Desk
from eads_client.cli.exits import UsageProblem
from eads_client.cli.passphrase_entry import ask_new_passphrase
from eads_client.cli.tree import command
from eads_client.profile import Profile, Settings, normal_fingerprint
from eads_wire.encoding import AgencyId, OfficerId

Hub = Annotated[
    str | None,
    typer.Option(
        "--hub", metavar="ADDRESS", help="Address of the hub, https://...", show_default=False
    ),
]
Fingerprint = Annotated[
    str | None,
    typer.Option(
        "--region-fingerprint",
        metavar="FINGERPRINT",
        help="Of the region's roots, compared with the Secretariat by telephone.",
        show_default=False,
    ),
]
Agency = Annotated[
    str | None,
    typer.Option(
        "--agency", metavar="AGENCY", help="Your agency, like ID-POLRI.", show_default=False
    ),
]
Officer = Annotated[
    str | None,
    typer.Option(
        "--officer", metavar="OFFICER", help="Your id, like s.wulandari.", show_default=False
    ),
]
AllowHttp = Annotated[
    bool, typer.Option("--allow-http", help="Plain http, for a closed network only.")
]
CaFile = Annotated[
    str | None,
    typer.Option(
        "--ca-file", metavar="FILE", help="Certificates to trust for the hub.", show_default=False
    ),
]


def init(
    desk: Desk,
    hub: Hub = None,
    region: Fingerprint = None,
    agency: Agency = None,
    officer: Officer = None,
    allow_http: AllowHttp = False,
    ca_file: CaFile = None,
) -> None:
    """Make a profile; on one that is there, set the hub, region or certificates anew."""
    fingerprint = normal_fingerprint(region) if region else None
    if (desk.folder / "profile.toml").exists():
        profile = _change(desk, hub, fingerprint, agency or officer, ca_file, allow_http)
    else:
        settings = Settings(
            hub=hub,
            region_fingerprint=fingerprint,
            agency=AgencyId(agency) if agency else None,
            officer=OfficerId(officer) if officer else None,
            allow_http=allow_http,
            ca_file=ca_file,
        )
        settings.check()
        profile = Profile.create(desk.folder, settings, desk.passphrase(new=True))
        desk.output.say("profile made; without its passphrase nobody can open it, you included")
        desk.output.say("next: eads officer request, or eads agency create, or eads region init")
    _show(desk, profile)


def _change(
    desk: Desk,
    hub: str | None,
    fingerprint: str | None,
    who: str | None,
    ca_file: str | None,
    allow_http: bool,
) -> Profile:
    profile = desk.profile()
    if who:
        raise UsageProblem("agency and officer stay as they are: make another profile")
    given = {"hub": hub, "region_fingerprint": fingerprint, "ca_file": ca_file}
    changes: dict[str, object] = {name: value for name, value in given.items() if value}
    if allow_http:
        changes["allow_http"] = True
    if not changes:
        raise UsageProblem(f"there is a profile in {desk.folder} already")
    profile.change(**changes)
    return profile


def _show(desk: Desk, profile: Profile) -> None:
    settings = profile.settings
    desk.output.object(
        {
            "profile": str(profile.path),
            "hub": settings.hub,
            "region_fingerprint": settings.region_fingerprint,
            "agency": settings.agency,
            "officer": settings.officer,
        }
    )


def passphrase(desk: Desk) -> None:
    """Protect the profile's keys with another passphrase, asked for at the keyboard."""
    keystore = desk.keystore()
    keystore.change_passphrase(desk.passphrase(), ask_new_passphrase(desk.folder))
    desk.output.object({"profile": str(desk.folder), "changed": True})


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the tree."""
    command(app, "init")(init)
    command(app, "passphrase")(passphrase)
