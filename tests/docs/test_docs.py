"""What the documents say is true of the program: links, commands, options and snippets."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer
from django.core.management import get_commands

import eads_client
from eads_client import Arrival, Client, OpenedNotice, PendingNotice
from eads_client.cli.program import build
from eads_wire.header import Header

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("specs/*.md"),
        ROOT / "specs/vectors/README.md",
        ROOT / "deploy/runbook.md",
    ]
)
# What a snippet's variable is; a name that is missing here is not looked into.
KINDS: dict[tuple[str, ...], type] = {
    ("client",): Client,
    ("arrival",): Arrival,
    ("arrival", "notice"): OpenedNotice,
    ("arrival", "notice", "header"): Header,
    ("waiting",): PendingNotice,
}

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(params=PAGES, ids=name_of)
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def code_lines(page: Path) -> list[str]:
    """Every line of code of a page: those of its fences, and each span in its text."""
    text = page.read_text("utf-8")
    fenced = [line for match in FENCE.finditer(text) for line in match[2].splitlines()]
    return fenced + SPAN.findall(FENCE.sub("", text))


def snippets(page: Path) -> list[str]:
    return [m[2] for m in FENCE.finditer(page.read_text("utf-8")) if m[1] == "python"]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as a forge makes them."""
    text = FENCE.sub("", page.read_text("utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_every_relative_link_leads_somewhere(page):
    text = FENCE.sub("", page.read_text("utf-8"))
    for link in LINK.findall(text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: there is no such file"
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        if anchor:
            assert anchor in anchors(target), f"{link}: the page has no such heading"


def test_every_vector_that_is_named_exists():
    text = (ROOT / "specs/threat-model.md").read_text("utf-8")
    named = re.findall(r"`(vectors/[a-z]+/[a-z0-9-]*)`", text)
    wanted = [name for name in named if name != "vectors/x/y"]
    assert wanted
    for name in wanted:
        path = ROOT / "specs" / name
        assert path.is_dir() or path.with_suffix(".json").is_file(), name


FOLDERS = "eads|agencies|notices|transparency|eads_wire|eads_client|demo|tests|bench|specs|deploy"
FILE = re.compile(rf"(?<![\w/.])(?:{FOLDERS})/(?:[\w/-]*\.(?:py|md|json|conf|sql|toml|lock)\b)?")


def test_every_file_of_the_project_that_is_named_exists(page):
    for line in code_lines(page):
        for path in FILE.findall(line):
            assert (ROOT / path).exists(), f"{path} is not there"


@pytest.fixture(scope="module")
def run_commands() -> set[str]:
    answer = subprocess.run(
        [ROOT / "run", "help"], capture_output=True, text=True, check=True, timeout=20
    )
    return set(re.findall(r"^  \./run (\w+)", answer.stdout, re.MULTILINE)) | {"help"}


def test_every_run_command_is_in_its_help(page, run_commands):
    for line in code_lines(page):
        for name in re.findall(r"\./run ([a-z]+)", line):
            assert name in run_commands, line


def test_every_management_command_exists(page):
    known = get_commands()
    for line in code_lines(page):
        for name in re.findall(r"(?:\./run manage|manage\.py) ([a-z_]+)", line):
            assert name in known, line


EADS = re.compile(r"(?<![\w./@=-])eads((?: [a-z][a-z-]*)+)([^|;)]*)")


@pytest.fixture(scope="module")
def program() -> click.Command:
    return typer.main.get_command(build())


def calls(line: str) -> Iterator[tuple[list[str], list[str]]]:
    """Words after ``eads`` and the options that follow, of each call in a line."""
    for words, rest in EADS.findall(line):
        yield words.split(), re.findall(r"(?<!\S)(--[a-z][a-z-]*)", rest)


def command_for(program: click.Command, words: list[str], line: str) -> click.Command:
    command = program
    for word in words:
        subcommands = getattr(command, "commands", None)
        if subcommands is None:
            break
        assert word in subcommands, f"there is no command {word!r}: {line}"
        command = subcommands[word]
    return command


def test_every_eads_command_and_option_exists(page, program):
    for line in code_lines(page):
        for words, options in calls(line):
            command = command_for(program, words, line)
            known = {name for parameter in command.params for name in parameter.opts}
            for option in options:
                assert option in known | {"--help"}, f"{option} is unknown: {line}"


def test_the_readers_of_commands_find_them(program):
    found = [words for line in code_lines(ROOT / "docs/quickstart.md") for words, _ in calls(line)]
    assert len(found) > 20
    with pytest.raises(AssertionError, match="no command"):
        command_for(program, ["keyring", "burn"], "eads keyring burn")


@pytest.mark.parametrize("name", ["README.md", "docs/webhooks.md"])
def test_snippets_use_what_the_client_has(name):
    written = snippets(ROOT / name)
    assert written
    for source in written:
        tree = ast.parse(source)
        check_imports(tree)
        for node in ast.walk(tree):
            check_attribute(node)
            check_call(node)


def check_imports(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "eads_client":
            for alias in node.names:
                assert alias.name in eads_client.__all__, alias.name


def chain_of(node: ast.expr) -> tuple[str, ...] | None:
    """``a.b.c`` as its names."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (before := chain_of(node.value)):
        return (*before, node.attr)
    return None


def has(kind: type, name: str) -> bool:
    return hasattr(kind, name) or name in getattr(kind, "__dataclass_fields__", {})


def check_attribute(node: ast.AST) -> None:
    if isinstance(node, ast.Attribute) and (kind := KINDS.get(chain_of(node.value) or ())):
        assert has(kind, node.attr), f"{kind.__name__} has no {node.attr}"


def check_call(node: ast.AST) -> None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    owner = chain_of(node.func.value)
    kind = Client if owner == ("Client",) else KINDS.get(owner or ())
    if kind is Client:
        method = inspect.signature(getattr(Client(None), node.func.attr))
        method.bind(*node.args, **{each.arg: each for each in node.keywords if each.arg})


def test_the_sdk_snippet_of_the_readme_has_ten_lines():
    (source,) = snippets(ROOT / "README.md")
    assert len([line for line in source.splitlines() if line.strip()]) <= 10
