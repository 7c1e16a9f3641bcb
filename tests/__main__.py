"""``./run test [PYTEST ARGUMENTS]``: every test on the embedded default, then the hub's own tests
again on PostgreSQL, where row level security and real concurrency are."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests import services

ROOT = Path(__file__).resolve().parent.parent
ON_POSTGRES = tuple(
    f"tests/{name}"
    for name in ("race", "flow", "agencies", "notices", "transparency", "eads", "deploy")
)
HUB = [path.split("/") for path in ON_POSTGRES]
NO_TESTS = 5


def main(arguments: Sequence[str]) -> int:
    # So that private servers are ended and their files removed when the run is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    run = str(os.getpid())
    results: dict[str, int] = {}
    said: list[str] = []
    with contextlib.ExitStack() as stack:
        environment = {"EADS_TEST_RUN": run}
        try:
            environment["EADS_TEST_REDIS_URL"] = stack.enter_context(services.redis_server())
        except services.UnavailableError as reason:
            said.append(f"{reason}; tests that need it were skipped")
        results["SQLite"] = _pytest(
            "SQLite", ["-m", "not postgres", *arguments], environment, bool(arguments)
        )
        if paths := _paths_on_postgres(arguments):
            try:
                admin, application = stack.enter_context(services.postgres(run))
            except services.UnavailableError as reason:
                said.append(f"{reason}; the pass on it was not run")
            else:
                environment["EADS_TEST_DATABASE_URL"] = admin
                environment["EADS_DATABASE_URL"] = application
                chosen = [*paths, *(a for a in arguments if not _is_path(a))]
                results["PostgreSQL"] = _pytest("PostgreSQL", chosen, environment, bool(arguments))
    for line in said:
        print(f"not run: {line}")
    for name, code in results.items():
        print(f"{name}: {'ok' if code == 0 else 'FAILED'}")
    return max(results.values())


def _pytest(
    name: str, arguments: Sequence[str], added: Mapping[str, str], may_be_empty: bool
) -> int:
    print(f"==> tests on {name}", flush=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("EADS_")}
    command = [sys.executable, "-m", "pytest", "-n", "2", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env={**kept, **added}) as process:
        try:
            code = process.wait()
        except SystemExit:
            # An interrupt lets pytest end its processes and remove its folders; it gets a while.
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            raise
    return 0 if code == NO_TESTS and may_be_empty else code


def _is_path(argument: str) -> bool:
    return (ROOT / argument.split("::")[0]).exists() and not argument.startswith("-")


def _paths_on_postgres(arguments: Sequence[str]) -> list[str]:
    """What the second pass runs: of the paths asked for, those of the hub; else all of the hub."""
    asked = [argument for argument in arguments if _is_path(argument)]
    if not asked or "tests" in [path.rstrip("/") for path in asked]:
        return [path for path in ON_POSTGRES if any((ROOT / path).glob("test_*.py"))]
    return [path for path in asked if re.split(r"[/:]", path)[:2] in HUB]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
