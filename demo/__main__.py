"""``./run demo``: the whole journey between ten invented forces, with a hub of its own."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from demo.cast import Cast
from demo.hub_process import ROOT, HubFailed, HubProcess
from demo.once import Journey
from demo.report import Report, StepFailed
from demo.stay import Scenes, what_to_try

SAMPLES: Final = ROOT / "eads_client" / "samples" / "interpol"
DATA: Final = ROOT / "data" / "demo"
_MARK: Final = "this-folder-belongs-to-the-demo"
_INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; the exit code is 0 when every step was right."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)
    try:
        return _once(options) if options.once else _stay(options)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return _INTERRUPTED


def _leave(number: int, _frame: object) -> NoReturn:
    # Leaves through every context manager, which end the hub and remove the folder.
    sys.exit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="do the journey, check it, and end")
    parser.add_argument(
        "--input",
        type=Path,
        metavar="DIR",
        default=SAMPLES,
        help="with --once: INTERPOL-form files to import instead of the own samples",
    )
    parser.add_argument("--json", action="store_true", help="with --once: the result as JSON")
    parser.add_argument("--port", type=int, help="of the hub; a free one if not given")
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder that stays (default: ./data/demo)"
    )
    return parser


def _once(options: argparse.Namespace) -> int:
    report = Report(options.json)
    if not options.input.exists():
        print(f"demo: {options.input}: there is no such file or folder", file=sys.stderr)
        return 2
    with (
        tempfile.TemporaryDirectory(prefix="eads-demo-") as folder,
        contextlib.ExitStack() as stack,
    ):
        with contextlib.suppress(StepFailed):
            hub, cast = _set_up(Path(folder), options.port, report, stack)
            Journey(cast, hub, options.input, report).run()
            with report.step("stop", "stop the hub") as step:
                stack.close()
                step.check(not hub.is_running, "the hub still runs")
        return report.finish()


def _set_up(
    folder: Path, port: int | None, report: Report, stack: contextlib.ExitStack
) -> tuple[HubProcess, Cast]:
    """Start the hub, found the region, make everybody's keys."""
    with report.step("start", "start the hub") as step:
        hub = HubProcess(folder / "hub", port)
        stack.callback(hub.stop)
        hub.start()
        step.counts = {"address": hub.address}
    with report.step("found", "found the region and its members") as step:
        cast = Cast(folder / "profiles", hub)
        stack.callback(cast.close)
        step.counts = dict(cast.create())
    return hub, cast


def _stay(options: argparse.Namespace) -> int:
    report = Report(False)
    folder: Path = options.data.resolve()
    _clear(folder)
    with contextlib.ExitStack() as stack:
        try:
            hub, cast = _set_up(folder, options.port, report, stack)
            scenes = Scenes(cast, report)
            scenes.play()
        except StepFailed:
            return report.finish()
        cast.close()
        print(what_to_try(folder, hub, cast, scenes), flush=True)
        hub.wait()
        print("the hub has ended", file=sys.stderr)
        return 1


def _clear(folder: Path) -> None:
    """Begin anew; a folder that is not the demo's is never touched."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise SystemExit(f"demo: {folder} is not empty and not the demo's; name another --data")
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _MARK).touch()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except HubFailed as error:
        print(f"demo: {error}", file=sys.stderr)
        sys.exit(1)
