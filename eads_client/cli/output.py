"""What the user sees: tables or JSON on stdout, messages and progress on stderr.

What stands in a notice was written by somebody else. It is shown as text only: no control or
direction characters reach the terminal, and nothing in it is read as markup.
"""

from __future__ import annotations

import contextlib
import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from eads_wire.encoding import format_time

Advance = Callable[[int, int], None]
"""Called with what is done and how much there is in all."""

_WIDE: Final = 160
# Invisible characters that turn the direction of text, and so change what a reader sees.
_TURNING: Final = frozenset(
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def printable(text: object, *, lines: bool = False) -> str:
    """Text that does nothing to a terminal.

    Args:
        text: anything.
        lines: keep line feeds.
    """
    return "".join(_safe(character, lines) for character in str(text))


def _safe(character: str, lines: bool) -> str:
    if character == "\n" and lines:
        return character
    if character in _TURNING or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
        return "\N{REPLACEMENT CHARACTER}"
    return character


def plain(value: Any) -> Any:
    """A value as JSON can say it: times, paths, sets and dataclasses included."""
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.repr}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return value if isinstance(value, (str, int, bool, float, type(None))) else str(value)


class Output:
    """Where a command writes.

    Args:
        as_json: JSON on stdout instead of tables.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        narrow = None if sys.stdout.isatty() else _WIDE
        self._out = Console(file=sys.stdout, width=narrow, highlight=False, emoji=False)
        self._err = Console(file=sys.stderr, highlight=False, emoji=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """A message for a person, on stderr."""
        self._err.print(Text(printable(text, lines=True)))

    def warn(self, text: str) -> None:
        """A message that asks for attention, on stderr."""
        self._err.print(Text(printable(text, lines=True), style="bold yellow"))

    def object(self, obj: Mapping[str, Any], *, title: str = "") -> None:
        """One JSON object, or its fields one below the other."""
        if self.as_json:
            self._json(obj)
        else:
            self._fields(self._out, obj, title)

    def for_a_person(self, obj: Mapping[str, Any], *, title: str) -> None:
        """What an officer must have seen before answering a question: never as JSON."""
        self._fields(self._err if self.as_json else self._out, obj, title)

    def _fields(self, console: Console, obj: Mapping[str, Any], title: str) -> None:
        table = Table(
            show_header=False, box=None, pad_edge=False, title=_text(title) if title else None
        )
        table.title_justify = "left"
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in _rows_of(plain(obj)):
            table.add_row(Text(printable(name)), Text(printable(value, lines=True)))
        console.print(table)

    def table(
        self, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, none: str
    ) -> None:
        """JSON lines, or a table of the named columns.

        Args:
            columns: keys of the rows that the table shows, in order; JSON shows all keys.
            rows: one each.
            none: what to say where there is no row.
        """
        if self.as_json:
            for row in rows:
                self._json(row)
            return
        if not rows:
            self.say(none)
            return
        table = Table(header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(_cell(plain(row.get(column))) for column in columns))
        self._out.print(table)

    def line(self, obj: Mapping[str, Any], text: str) -> None:
        """One thing that happened: a JSON line, or a line of text on stdout."""
        if self.as_json:
            self._json(obj)
        else:
            self._out.print(Text(printable(text)), soft_wrap=True)

    def text(self, text: str) -> None:
        """Bare text on stdout, such as a token or a document."""
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()

    @contextlib.contextmanager
    def progress(self, what: str) -> Iterator[Advance]:
        """A bar on stderr while it lasts; nothing where stderr is no terminal."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        shown = self._err.is_terminal
        with Progress(*columns, console=self._err, transient=True, disable=not shown) as bar:
            task = bar.add_task(printable(what), total=None)

            def advance(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total or None)

            yield advance

    def _json(self, obj: Mapping[str, Any]) -> None:
        sys.stdout.write(json.dumps(plain(obj), ensure_ascii=True) + "\n")
        sys.stdout.flush()


def write_new(path: Path, content: bytes, *, force: bool) -> None:
    """Write a file that may hold personal data: mode 0600, and over nothing that stands there.

    Raises:
        FileExistsError: it stands there and ``force`` was not given.
    """
    from eads_client.private_files import write_private

    if path.exists() and not force:
        raise FileExistsError(17, "it is there already; --force replaces it", str(path))
    write_private(path, content)


def _text(title: str) -> Text:
    return Text(printable(title), style="bold")


def _cell(value: Any) -> Text:
    if value is None:
        return Text("")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, list):
        return Text(printable(", ".join(str(item) for item in value)))
    return Text(printable(value))


def _rows_of(obj: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """A tree as rows of path and value."""
    if isinstance(obj, dict):
        for key, value in obj.items():
            yield from _rows_of(value, f"{path}.{key}" if path else str(key))
    elif isinstance(obj, list) and any(isinstance(item, (dict, list)) for item in obj):
        for number, value in enumerate(obj, start=1):
            yield from _rows_of(value, f"{path}[{number}]")
    elif isinstance(obj, list):
        yield path, ", ".join(str(item) for item in obj)
    elif isinstance(obj, bool):
        yield path, "yes" if obj else "no"
    elif obj is not None:
        yield path, str(obj)
