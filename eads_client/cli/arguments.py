"""Options that several commands share, and how they become a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from eads_client.cli.exits import UsageProblem
from eads_client.draft import Content, Draft
from eads_client.payloads.codec import as_payload_error
from eads_client.payloads.record import Record
from eads_wire.encoding import AgencyId, Digest, as_agency, as_time
from eads_wire.errors import WireError
from eads_wire.notice_types import AREAS, HANDLING, PRIORITIES, TLP

P = TypeVar("P", bound=Record)

Recipients = Annotated[
    list[str] | None,
    typer.Option(
        "--to", metavar="AGENCY", help="Recipient; repeat it or write A,B.", show_default=False
    ),
]
Hidden = Annotated[
    list[str] | None,
    typer.Option(
        "--hidden",
        metavar="AGENCY",
        help="Recipient whom the others do not learn of.",
        show_default=False,
    ),
]
Expires = Annotated[
    str | None,
    typer.Option(
        "--expires",
        metavar="DATE",
        help="Last day, YYYY-MM-DD, or a time; the longest life of the type if not given.",
        show_default=False,
    ),
]
Priority = Annotated[
    str, typer.Option("--priority", metavar="PRIORITY", help=f"One of {', '.join(PRIORITIES)}.")
]
Area = Annotated[
    str | None,
    typer.Option(
        "--area",
        metavar="AREA",
        help=f"Crime area, which the hub may read: {', '.join(AREAS)}.",
        show_default=False,
    ),
]
HandlingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--handling",
        metavar="CODE",
        help=f"Code, one of {', '.join(HANDLING)}.",
        show_default=False,
    ),
]
Tlp = Annotated[
    str, typer.Option("--tlp", metavar="TLP", help=f"One of {', '.join(TLP)}.", show_default=False)
]
FilesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--file",
        metavar="FILE",
        help="File to send along, in the order of the payload.",
        show_default=False,
    ),
]
NoticeArgument = Annotated[
    str,
    typer.Argument(metavar="NOTICE", help="Digest or id, or how it begins.", show_default=False),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]


def agencies(values: Sequence[str] | None) -> tuple[AgencyId, ...]:
    """Agency ids as typed: repeated, or with commas. Raises UsageProblem."""
    names = [part.strip() for value in values or () for part in value.split(",")]
    try:
        return tuple(dict.fromkeys(as_agency(name) for name in names if name))
    except WireError as error:
        raise UsageProblem(f"{error.detail}: write it like ID-POLRI") from None


def moment(text: str | None, option: str) -> datetime | None:
    """A time as typed: a day, or a time of the wire's form. Raises UsageProblem."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-22"):
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        return as_time(text, option)
    except (ValueError, WireError):
        raise UsageProblem(f"{option}: write 2027-12-31 or 2027-12-31T08:00:00Z") from None


def make_draft(
    notice_type: str,
    content: Content,
    *,
    to: Sequence[str] | None = None,
    hidden: Sequence[str] | None = None,
    expires: str | None = None,
    priority: str = "routine",
    area: str | None = None,
    handling: Sequence[str] | None = None,
    tlp: str = "",
    files: Sequence[Path] | None = None,
    re: Digest | None = None,
) -> Draft:
    """A draft from options as typed. Raises UsageProblem, DraftError."""
    codes = tuple(code for value in handling or () for code in value.split(","))
    return Draft(
        content=content,
        type=notice_type,
        expires=moment(expires, "--expires"),
        handling=codes,
        tlp=tlp,
        priority=priority,
        area=area,
        # A draft is sealed later, perhaps from another folder.
        files=tuple(path.resolve() for path in files or ()),
        re=re,
        to=agencies(to),
        hidden=agencies(hidden),
    )


def validated(model: type[P], fields: Mapping[str, Any]) -> P:
    """A payload from options. Raises UsageProblem that names the option at fault."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        found = as_payload_error(error)
        option = found.field.partition(".")[0].partition("[")[0].replace("_", "-")
        raise UsageProblem(f"--{option}: {found.message}") from None
