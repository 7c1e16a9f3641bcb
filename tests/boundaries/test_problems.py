"""One table of problems: the same in specification and code, and nothing used beside it."""

from __future__ import annotations

import ast
import re

from eads_wire.errors import STAGES
from eads_wire.problems import PROBLEMS
from tests.boundaries.sources import HUB, ROOT, modules, name_of, tree

ROW = re.compile(r"\| `([a-z-]+)` \| ([0-9]{3}) \| (.+) \|")


def raised_in(module: ast.AST) -> list[tuple[str, int]]:
    """The codes that a module raises, answers or names in its tables of answers."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ProblemError":
            first = node.args[0]
            if isinstance(first, ast.Constant):
                found.append((str(first.value), node.lineno))
    return found


def words_in(module: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_the_specification_has_the_table_of_the_code() -> None:
    text = (ROOT / "specs/problems.md").read_text("utf-8")
    rows = {code: (int(status), title) for code, status, title in ROW.findall(text)}
    assert list(rows) == [code for code, *_ in ROW.findall(text)]  # none twice
    assert rows == {code: (each.status, each.title) for code, each in PROBLEMS.items()}


def test_the_hub_raises_no_code_beside_the_table() -> None:
    raised = [
        (code, f"{name_of(path)}:{line}")
        for path in modules(*HUB)
        for code, line in raised_in(tree(path))
    ]
    assert len(raised) > 40
    assert [(code, where) for code, where in raised if code not in PROBLEMS] == []


def test_every_code_of_the_table_is_used() -> None:
    table = ROOT / "eads_wire/problems.py"
    words: set[str] = set()
    for path in modules(*HUB, "eads_wire", "eads_client"):
        if path != table:
            words |= words_in(tree(path))
    assert [code for code in PROBLEMS if code not in words] == []


def test_every_stage_that_the_hub_can_reach_has_its_problem() -> None:
    # A client alone can tell that a notice is not in the log, or not for it.
    assert set(STAGES) - set(PROBLEMS) == {"not-in-log", "not-for-me"}
    for path in modules(*HUB):
        assert not words_in(tree(path)) & {"not-in-log", "not-for-me"}, name_of(path)


def test_titles_and_statuses_are_fit_to_be_shown() -> None:
    for code, problem in PROBLEMS.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert 400 <= problem.status < 600
        assert problem.title[0].isupper()
        assert not problem.title.endswith(".")
