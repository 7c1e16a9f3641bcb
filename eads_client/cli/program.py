"""The program: the tree of commands, and what becomes of every error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Final

import typer
from typer.exceptions import TyperException

from eads_client.cli import (
    agency_commands,
    answer_commands,
    draft_commands,
    hub_commands,
    import_commands,
    issue_commands,
    mailbox_commands,
    profile_commands,
    reading_commands,
    region_commands,
)
from eads_client.cli.exits import MEANING, Exit, details_of, exit_for, sentence_for
from eads_client.cli.output import printable
from eads_client.cli.tree import group

NAME: Final = "eads"
DEBUG: Final = "EADS_DEBUG"

_HELP: Final = f"""\
Police notices that the exchange's operator cannot read: keys, drafting, sealing, approving,
polling, opening, answering.

The profile (--profile or EADS_PROFILE, else ~/.eads) holds one officer's keys. Its passphrase
is asked for, or taken from EADS_PASSPHRASE_FILE or EADS_PASSPHRASE.

\b
Exit codes:
{chr(10).join(f"{int(code):>4}  {meaning}" for code, meaning in MEANING.items())}
"""


def build() -> typer.Typer:
    """The tree of commands."""
    app = group(_HELP)
    for part in (
        profile_commands,
        agency_commands,
        region_commands,
        draft_commands,
        issue_commands,
        mailbox_commands,
        reading_commands,
        answer_commands,
        import_commands,
        hub_commands,
    ):
        part.add_to(app)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        arguments: without the program's name; by default those of the process.

    Returns:
        The exit code (:class:`eads_client.cli.exits.Exit`).
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        done = typer.main.get_command(build()).main(given, prog_name=NAME, standalone_mode=False)
        return int(done or Exit.OK)
    except TyperException as error:
        return _misused(error)
    except typer.Abort:
        return _tell(KeyboardInterrupt(), given)
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing more can be told there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except (Exception, KeyboardInterrupt) as error:
        return _tell(error, given)


def _misused(error: TyperException) -> int:
    """A wrong command line: the usage of the command, and what is wrong with it."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" and context is not None:
        print(context.get_help(), file=sys.stderr)
        return Exit.USAGE
    if context is not None:
        print(context.get_usage(), file=sys.stderr)
        print(f"Try '{context.command_path} --help' for help.", file=sys.stderr)
    print(f"{NAME}: {printable(error.format_message())}", file=sys.stderr)
    return Exit.USAGE


def _tell(error: BaseException, arguments: Sequence[str]) -> int:
    if os.environ.get(DEBUG):
        raise error
    if "--json" in arguments:
        print(json.dumps(details_of(error)), file=sys.stderr)
    else:
        print(f"{NAME}: {printable(sentence_for(error))}", file=sys.stderr)
    return exit_for(error)
