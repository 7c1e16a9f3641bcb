"""How a command is declared: its own parameters, and ``--profile`` and ``--json`` besides."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, get_type_hints

import typer

from eads_client.cli.desk import Desk

P = ParamSpec("P")
Work = Callable[Concatenate[Desk, P], None]

_PROFILE = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        metavar="FOLDER",
        envvar="EADS_PROFILE",
        help="Folder of the profile; ~/.eads where nothing is said.",
        show_default=False,
        rich_help_panel="Every command",
    ),
]
_JSON = Annotated[
    bool,
    typer.Option(
        "--json",
        help="JSON on stdout, one object a line; messages stay on stderr.",
        rich_help_panel="Every command",
    ),
]


def group(help_text: str) -> typer.Typer:
    """A group of commands; without a command it shows its help."""
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def command(app: typer.Typer, name: str) -> Callable[[Work[P]], Work[P]]:
    """Make a function a command.

    Args:
        app: the group that it belongs to.
        name: what the user types.

    The function takes the :class:`Desk` first and then the command's own parameters; its
    docstring is the help.
    """

    def register(work: Work[P]) -> Work[P]:
        hints = get_type_hints(work, include_extras=True)
        _, *own = inspect.signature(work).parameters.values()

        @functools.wraps(work)
        def run(profile: Path | None, as_json: bool, **arguments: Any) -> None:
            work(Desk(profile, as_json), **arguments)  # type: ignore[call-arg]

        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [
            *(each.replace(annotation=hints[each.name], kind=keyword) for each in own),
            inspect.Parameter("profile", keyword, default=None, annotation=_PROFILE),
            inspect.Parameter("as_json", keyword, default=False, annotation=_JSON),
        ]
        del run.__wrapped__  # Typer would read its parameters
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        app.command(name)(run)
        return work

    return register
