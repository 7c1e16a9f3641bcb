"""The environment of every test run, loaded before Django reads its settings.

A run gets a data folder of its own and nothing of the caller's hub: an exported EADS_ variable
must neither change a verdict nor lead a test to somebody's real database.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# What ``python -m tests`` and its caller decide; everything else is taken away.
KEPT = frozenset(
    {
        "EADS_DATABASE_URL",
        "EADS_TEST_DATABASE_URL",
        "EADS_TEST_REDIS_URL",
        "EADS_TEST_RUN",
    }
)


def prepare() -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # the controller prepared the environment that this worker inherited
    for name in [name for name in os.environ if name.startswith("EADS_") and name not in KEPT]:
        del os.environ[name]
    if "EADS_TEST_RUN" not in os.environ:
        # Started without the runner: the embedded default, whatever database is exported.
        os.environ.pop("EADS_DATABASE_URL", None)
    folder = Path(tempfile.mkdtemp(prefix="eads-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["EADS_DATA_DIR"] = str(folder)
    os.environ["EADS_SECRET_KEY"] = "only for tests: " + "0123456789abcdefghijklmnopqrstuvwxyz" * 2
    os.environ["EADS_LOG_LEVEL"] = "WARNING"


prepare()
