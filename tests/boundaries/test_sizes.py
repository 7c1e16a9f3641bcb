"""Files, functions and views stay small enough to be read at once, and are named for what they
hold."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.boundaries.sources import CODE, HUB, modules, name_of, tree

FILE_LINES, FUNCTION_LINES, VIEW_LINES = 400, 40, 25
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}
# What may be longer, each with its reason; no entry may stand here longer than it is needed.
LONGER_FILES: dict[str, str] = {}
LONGER_FUNCTIONS: dict[str, str] = {}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(function: Function) -> int:
    """Lines from ``def`` to the end, without the docstring: that is read apart."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def long_functions(path: Path, limit: int) -> dict[str, int]:
    return {
        f"{name_of(path)}:{node.name}": lines_of(node)
        for node in ast.walk(tree(path))
        if isinstance(node, Function) and lines_of(node) > limit
    }


def all_long(paths: list[Path], limit: int) -> dict[str, int]:
    return {name: n for path in paths for name, n in long_functions(path, limit).items()}


def test_files_are_short_and_what_may_be_longer_still_is() -> None:
    lengths = {name_of(p): len(p.read_text("utf-8").splitlines()) for p in modules(*CODE)}
    longer = {name: n for name, n in lengths.items() if n > FILE_LINES}
    assert {name: n for name, n in longer.items() if name not in LONGER_FILES} == {}
    assert set(LONGER_FILES) <= set(longer)


def test_functions_are_short_and_what_may_be_longer_still_is() -> None:
    longer = all_long(modules(*CODE), FUNCTION_LINES)
    assert {name: n for name, n in longer.items() if name not in LONGER_FUNCTIONS} == {}
    assert set(LONGER_FUNCTIONS) <= set(longer)


def test_a_view_authenticates_parses_calls_and_answers_and_no_more() -> None:
    views = [path for path in modules(*HUB) if path.stem.endswith("views")]
    assert views
    assert all_long(views, VIEW_LINES) == {}


def test_modules_are_named_for_what_they_hold() -> None:
    paths = modules(*CODE, "tests")
    assert [name_of(p) for p in paths if VAGUE & {p.stem, p.parent.name}] == []


def test_a_function_is_measured_without_its_docstring() -> None:
    source = 'def f():\n    """One\n    two."""\n    return 1\n'
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert lines_of(function) == 2
