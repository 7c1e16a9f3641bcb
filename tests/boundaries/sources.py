"""The sources as the boundary tests read them: by room, as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HUB = ("eads", "agencies", "notices", "transparency")
CODE = (*HUB, "eads_wire", "eads_client", "demo", "bench")
TREE = (*CODE, "tests", "specs", "docs", "deploy")
FILES_AT_TOP = ("*.md", "*.py", "*.toml", "*.yml", "*.lock", "run")


def modules(*rooms: str) -> list[Path]:
    """Python files of these rooms, migrations left out: Django writes those."""
    found = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def names_in(module: ast.AST) -> Iterator[tuple[str, int]]:
    """Every identifier that code names, defines, imports or reaches for, with its line."""
    for node in ast.walk(module):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Name):
            yield node.id, line
        elif isinstance(node, ast.Attribute):
            yield node.attr, line
        elif isinstance(node, ast.alias):
            for part in node.name.split("."):
                yield part, line
        elif isinstance(node, ast.ImportFrom):
            for part in (node.module or "").split("."):
                yield part, line
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, line


def imports_in(module: ast.AST) -> Iterator[tuple[str, int]]:
    """Every imported module and what is imported from it, dotted, with its line."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield f"{node.module or ''}.{alias.name}", node.lineno


def texts() -> list[Path]:
    """Every text file of the tree that is the project's own."""
    found = [path for pattern in FILES_AT_TOP for path in sorted(ROOT.glob(pattern))]
    for room in TREE:
        found += sorted(path for path in (ROOT / room).rglob("*") if path.is_file())
    return [path for path in found if path.suffix not in BINARY and "__pycache__" not in path.parts]


BINARY = {".pyc", ".png", ".jpg", ".ico", ".woff2", ".sqlite3", ".cbor", ".gz"}
