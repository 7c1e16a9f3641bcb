"""``./run demo --once``: the whole journey, run as a visitor runs it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "eads_client" / "samples" / "interpol"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(280),
    # Its hub is a process of its own on the embedded default, whatever these tests run on.
    pytest.mark.skipif("EADS_DATABASE_URL" in os.environ, reason="the demo's hub is embedded"),
]


def start(*arguments: object) -> subprocess.Popen[str]:
    environment = {name: v for name, v in os.environ.items() if not name.startswith("EADS_")}
    return subprocess.Popen(
        [sys.executable, "-m", "demo", "--once", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(demo: subprocess.Popen[str]) -> tuple[int, str, str]:
    with demo:
        try:
            out, err = demo.communicate(timeout=240)
        except BaseException:
            demo.terminate()
            raise
    return demo.returncode, out, err


def answers(address: str) -> bool:
    parts = urlsplit(address)
    with contextlib.suppress(OSError), socket.create_connection((parts.hostname, parts.port), 2):
        return True
    return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two red notices, a yellow one, and a file that is nonsense."""
    source = tmp_path / "input"
    source.mkdir()
    for name in ("2015-9348", "2024-90551", "2019-44570"):
        shutil.copy(SAMPLES / f"{name}.json", source)
    broken = json.loads((SAMPLES / "2018-26033.json").read_text("utf-8"))
    broken["date_of_birth"] = "in the rainy season"
    (source / "broken.json").write_text(json.dumps(broken), "utf-8")
    return source


def test_the_journey_is_right_at_every_step_and_leaves_nothing_behind(folder: Path) -> None:
    code, out, err = finish(start("--json", "--input", folder))
    assert code == 0, out + err
    result = json.loads(out)
    assert result["ok"] is True
    steps: dict[str, dict[str, Any]] = {step["step"]: step for step in result["steps"]}
    assert [step["problems"] for step in steps.values() if step["problems"]] == []

    assert steps["found"]["forces"] == 10
    assert (steps["import"]["read"], steps["import"]["refused"]) == (3, 1)
    assert steps["import"]["refusals"][0].startswith("broken.json: date_of_birth")
    assert "rainy" not in out
    assert steps["post"]["posted"] == 3
    assert steps["post"]["waiting_for_a_second_officer"] == 2
    assert steps["approve"]["shown_and_signed"] == 2
    assert steps["poll-MY-PDRM"]["opened"] == 3
    assert steps["poll-TH-RTP"]["opened"] == 3
    assert steps["delivered"]["verified_receipts"] == 6
    assert steps["outsider"]["in_its_mailbox"] == 0
    assert steps["outsider"]["digests_refused"] == 3
    assert steps["withdraw"]["recipients_erased_it"] == 2
    assert steps["purged"]["verified_purge_receipts"] == 2
    assert steps["search"]["texts"] > 20
    assert steps["search"]["found"] == 0
    assert steps["search"]["controls_found"] == 2
    assert not answers(steps["start"]["address"])


def test_a_folder_without_a_notice_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("{}")
    code, out, _ = finish(start("--json", "--input", tmp_path))
    assert code == 1
    result = json.loads(out)
    assert result["ok"] is False
    assert result["steps"][-1]["step"] == "import"


def test_a_folder_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    code, out, err = finish(start("--input", tmp_path / "nowhere"))
    assert (code, out) == (2, "")
    assert "nowhere" in err


def test_a_folder_that_is_not_the_demos_is_never_cleared(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--data", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "not the demo's" in done.stderr
    assert precious.read_text() == "kept"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_it_ends_its_hub_and_removes_its_folder(number: int, tmp_path: Path) -> None:
    os.environ["TMPDIR"], before = str(tmp_path), os.environ.get("TMPDIR")
    try:
        demo = start()
    finally:
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before
    assert demo.stdout is not None
    line = demo.stdout.readline()
    assert line.startswith("ok     start the hub"), line
    address = next(word for word in line.split() if word.startswith("http://"))
    assert answers(address)
    demo.send_signal(number)
    code, _, err = finish(demo)
    assert code == (130 if number == signal.SIGINT else 128 + number), err
    assert "Traceback" not in err
    assert not answers(address)
    assert list(tmp_path.iterdir()) == []
