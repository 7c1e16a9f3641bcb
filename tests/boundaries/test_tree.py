"""The tree speaks of the project alone: no machine's paths, no registry, nothing half done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.boundaries.sources import name_of, texts

# Written in pieces, so that this file does not hold what it forbids.
HOSTS = ["py" + "pi.", "python" + "hosted.", "npm" + "js.", "test.py" + "pi", "crates" + ".io"]
HOSTS += ["registry." + name for name in ("npm", "yarn", "hub.docker")]
MACHINE = re.compile(
    r"(?<![\w.<])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/[a-z]|Us" + r"ers/[A-Za-z])[/\w]*"
)
TEMPORARY = re.compile(r"(?<![\w.])/t" + r"mp/[\w]+")
UNDONE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")
LONGEST = 2_000_000

FILES = [path for path in texts() if path.stat().st_size < LONGEST]


@pytest.fixture(scope="module")
def read() -> dict[Path, str]:
    return {path: path.read_text("utf-8", "replace") for path in FILES}


def lines_with(read: dict[Path, str], pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path, text in read.items():
        for number, line in enumerate(text.splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{name_of(path)}:{number}: {match[0]}")
    return found


def test_no_registry_is_named(read: dict[Path, str]) -> None:
    assert lines_with(read, re.compile("|".join(map(re.escape, HOSTS)))) == []


def test_no_machines_own_paths_are_named(read: dict[Path, str]) -> None:
    assert lines_with(read, MACHINE) == []
    # A container's own temporary folder is the same on every machine.
    outside = {path: text for path, text in read.items() if "deploy" not in path.parts}
    assert lines_with(outside, TEMPORARY) == []


def test_nothing_is_marked_as_undone(read: dict[Path, str]) -> None:
    assert lines_with(read, UNDONE) == []


@pytest.mark.parametrize("line", ["see /wo" + "rk/x", "cd /ho" + "me/ana/x", '"/t' + 'mp/keys"'])
def test_the_rule_sees_what_it_is_for(line: str) -> None:
    assert MACHINE.search(line) or TEMPORARY.search(line)
