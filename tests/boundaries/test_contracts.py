"""The import contracts of pyproject.toml hold, and would be broken by what they forbid."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.boundaries.sources import HUB, ROOT

LINTER = Path(sys.executable).parent / "lint-imports"
ROOMS = (*HUB, "eads_wire", "eads_client")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_the_import_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


PLANTED = {
    "blind hub": ("notices/outbox.py", "import eads_client.opening", "cannot import code"),
    "layers": ("transparency/store.py", "import notices.models", "built in layers"),
    "pure wire": ("eads_wire/padding.py", "import secrets", "no framework"),
    "client alone": ("eads_client/hpke.py", "import django.conf", "runs without Django"),
    "wiring on top": ("agencies/schema.py", "import eads.urls", "entry points"),
}


def test_each_contract_catches_what_it_forbids(copy: Path) -> None:
    for path, line, _ in PLANTED.values():
        (copy / path).write_text((ROOT / path).read_text() + f"\n{line}\n")
    done = lint(copy)
    broken = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
    assert done.returncode != 0
    for what, (_, _, contract) in PLANTED.items():
        assert [line for line in broken if contract in line], f"{what} was not caught: {broken}"
