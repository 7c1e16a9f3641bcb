"""The manual: ``docs/cli.md``, made from the program's own help.

``python -m eads_client.cli.reference FILE`` writes it, ``--check FILE`` says whether it is
current.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import typer

from eads_client.cli.exits import ADVICE, MEANING
from eads_client.cli.program import NAME, build

# What Typer adds behind an argument's name.
_KIND: Final = re.compile(r" <[^>]*>")

_INTRODUCTION: Final = """\
# The `eads` command

Made from the program's help by `python -m eads_client.cli.reference docs/cli.md`; a test keeps it
current.

```
export EADS_PROFILE=~/.eads EADS_PASSPHRASE_FILE=~/.eads-passphrase
eads poll --wait 30
eads list --unread
eads open 3f9a
```

**Every command** takes `--profile FOLDER` (or `EADS_PROFILE`, else `~/.eads`) and `--json`: then
stdout holds one JSON object, or one a line, and nothing else; messages, questions and progress go
to stderr. An error under `--json` is one JSON object on stderr with `error`, `exit` and, where
there is one, the problem's `code` or the `stage` and `step` of a verification.

**The passphrase** of the profile's keys comes from the file that `EADS_PASSPHRASE_FILE` names
(mode 0600), else from `EADS_PASSPHRASE`, else from the keyboard. It is never an argument: other
users of a machine can read those.

**A notice** is named by its digest or id, or by how either begins.

"""


def manual() -> str:
    """The whole page."""
    root: Any = typer.main.get_command(build())
    context = root.context_class(root, info_name=NAME)
    lines = [_INTRODUCTION, "## Exit codes\n", "| Code | Meaning |", "|---|---|"]
    lines += [f"| {int(code)} | {meaning} |" for code, meaning in MEANING.items()]
    lines += ["", "## What to do about a problem\n", "| Problem | What to do |", "|---|---|"]
    lines += [f"| `{code}` | {advice} |" for code, advice in sorted(ADVICE.items())]
    lines += ["", "## Commands", ""]
    for part in _commands(root, context):
        lines += part
    return "\n".join(lines).rstrip() + "\n"


def _commands(parent: Any, context: Any) -> Iterator[list[str]]:
    for name, each in parent.commands.items():
        inner = each.context_class(each, info_name=name, parent=context)
        if hasattr(each, "commands"):
            yield from _commands(each, inner)
        else:
            yield _section(each, inner)


def _section(command: Any, context: Any) -> list[str]:
    lines = [f"### `{context.command_path}`", "", _help_of(command), ""]
    lines += [
        "```",
        " ".join([context.command_path, *command.collect_usage_pieces(context)]),
        "```",
    ]
    rows = [
        record
        for parameter in command.get_params(context)
        if parameter.name not in ("help", "profile", "as_json")
        and (record := parameter.get_help_record(context)) is not None
    ]
    if rows:
        lines += ["", "| | |", "|---|---|"]
        lines += [f"| `{_cell(_KIND.sub('', what))}` | {_cell(told)} |" for what, told in rows]
    return [*lines, ""]


def _help_of(command: Any) -> str:
    return " ".join(str(command.help or "").split())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main(arguments: Sequence[str]) -> int:
    """Write the page, or check it; 0 when all is well."""
    check, names = arguments[:1] == ["--check"], [each for each in arguments if each != "--check"]
    if len(names) != 1:
        print("usage: python -m eads_client.cli.reference [--check] FILE", file=sys.stderr)
        return 2
    path, text = Path(names[0]), manual()
    if not check:
        path.write_text(text, encoding="utf-8")
        return 0
    if not path.exists() or path.read_text("utf-8") != text:
        print(f"{path} is not current: python -m eads_client.cli.reference {path}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
