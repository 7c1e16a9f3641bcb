"""Search everything that a hub keeps for texts that it must not know.

Looked at are all files below the hub's data folder byte for byte (database, write-ahead log,
blobs, journal), every value of every table, and whatever base64 is found in either, decoded as
deep as it goes.
"""

from __future__ import annotations

import base64
import contextlib
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from demo.needles import Form, forms_of

_PREFIX: Final = 4
_DEPTH: Final = 4
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")
_BASE64_URL: Final = re.compile(rb"[A-Za-z0-9_-]{16,}")
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_SQLITE: Final = b"SQLite format 3\0"
# What a word is not glued to: then it is part of a longer number, digest or stretch of base64.
_GLUE: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-")
_TEXT: Final = frozenset([*range(0x20, 0x7F), 0x09, 0x0A, 0x0D])
_AROUND: Final = 4


@dataclass(frozen=True, slots=True)
class Find:
    """A text that was found, how it was written, and in which file."""

    text: str
    encoding: str
    where: str


@dataclass(slots=True)
class Searched:
    """What a search has looked at and found."""

    bytes: int = 0
    files: int = 0
    values: int = 0
    finds: dict[str, Find] = field(default_factory=dict)


def search(folder: Path, texts: Iterable[str]) -> Searched:
    """Search a hub's data folder.

    Args:
        folder: the data folder; the hub may be running.
        texts: what to look for.

    Returns:
        What was looked at, and the first find of each text.
    """
    index = _Index(texts)
    searched = Searched()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        where = str(path.relative_to(folder))
        with contextlib.suppress(FileNotFoundError):  # a journal that has just gone
            raw = path.read_bytes()
            searched.files += 1
            index.look(raw, where, searched, skips=4)
            if raw.startswith(_SQLITE):
                for table, value in _values(path):
                    searched.values += 1
                    index.look(value, f"{where}: {table}", searched)
    return searched


def _values(database: Path) -> Iterator[tuple[str, bytes]]:
    """Every text and blob of every table."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)
    connection.text_factory = bytes
    with contextlib.closing(connection):
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (name,) in names.fetchall():
            table = name.decode()
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
                for value in row:
                    if isinstance(value, bytes):
                        yield table, value


class _Index:
    """All forms of all texts by their first four bytes, read as one number.

    A stretch of data is told apart from the texts by its own numbers first, which one walk over
    it yields; only forms whose beginning occurs are then looked for.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._forms: dict[int, list[Form]] = defaultdict(list)
        for text in texts:
            for form in forms_of(text):
                self._forms[int.from_bytes(form.raw[:_PREFIX], sys.byteorder)].append(form)
        self._starts = frozenset(self._forms)

    def look(
        self, raw: bytes, where: str, searched: Searched, *, skips: int = 1, depth: int = 0
    ) -> None:
        searched.bytes += len(raw)
        for start in self._starts_in(raw):
            for form in self._forms[start]:
                if form.text not in searched.finds and _stands_in(raw, form):
                    searched.finds[form.text] = Find(form.text, form.encoding, where)
        if depth < _DEPTH:
            for inner in _decoded(raw, skips):
                self.look(inner, where, searched, depth=depth + 1)

    def _starts_in(self, raw: bytes) -> set[int]:
        found: set[int] = set()
        for shift in range(_PREFIX):
            whole = (len(raw) - shift) // _PREFIX * _PREFIX
            if whole > 0:
                found |= self._starts.intersection(memoryview(raw)[shift:][:whole].cast("I"))
        return found


def _stands_in(raw: bytes, form: Form) -> bool:
    at = raw.find(form.raw)
    while at >= 0:
        if _is_no_accident(raw, at, form):
            return True
        at = raw.find(form.raw, at + 1)
    return False


def _is_no_accident(raw: bytes, at: int, form: Form) -> bool:
    """A short word counts where it stands as a word among text, not inside ciphertext."""
    if not form.is_short:
        return True
    end = at + len(form.raw)
    before, after = raw[max(0, at - _AROUND) : at], raw[end : end + _AROUND]
    glued = any(byte in _GLUE for byte in before[-1:] + after[:1])
    return not glued and all(byte in _TEXT for byte in before + after)


def _decoded(raw: bytes, skips: int) -> Iterator[bytes]:
    """Stretches of base64, decoded; ``skips`` are tried where other letters may be glued to one."""
    for match in _BASE64.finditer(raw):
        for skip in range(skips):
            yield _decode(match[0].rstrip(b"=")[skip:])
    for match in _BASE64_URL.finditer(raw):
        if b"-" in match[0] or b"_" in match[0]:
            yield _decode(match[0].translate(_TO_STANDARD))


def _decode(stretch: bytes) -> bytes:
    whole = stretch[: len(stretch) - (len(stretch) % 4 == 1)]
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))
