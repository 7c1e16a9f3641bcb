"""Runs the ``eads`` command inside a test: its own profile, environment and streams."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from eads_client.cli.exits import Exit
from eads_client.cli.program import main
from eads_client.passphrase import Stretching
from eads_client.profile import Profile, Settings
from eads_wire.encoding import AgencyId, OfficerId

PASSPHRASE = "not a real passphrase"
CHEAP = Stretching(memory_kib=8 * 1024, passes=1)


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("EADS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EADS_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))


class Run:
    """Runs command lines and keeps what they said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        code = main([str(each) for each in arguments])
        self.out, self.err = self._capsys.readouterr()
        assert "Traceback" not in self.err
        return code

    def json(self, *arguments: object) -> Any:
        assert self(*arguments, "--json") == Exit.OK, self.err
        return json.loads(self.out)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def eads(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


def make_profile(path: Path, officer: str = "s.wulandari", **settings: Any) -> Path:
    own = Settings(agency=AgencyId("ID-POLRI"), officer=OfficerId(officer), **settings)
    Profile.create(path, own, PASSPHRASE, stretching=CHEAP)
    return path


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = make_profile(tmp_path / "profile")
    monkeypatch.setenv("EADS_PROFILE", str(path))
    return path
