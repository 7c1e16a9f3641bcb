"""Copies: files of notices that this client wrote to disk, so that a purge reaches them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from eads_client.errors import ReplicaError
from eads_client.replica_schema import mapping_errors, transaction
from eads_wire.encoding import Digest


class Copies:
    """The record of written files, in the replica."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, digest: Digest, path: Path) -> None:
        """Remember a file before it is written, so that no crash leaves one unknown."""
        with mapping_errors("written"):
            self._db.execute(
                "INSERT OR IGNORE INTO copies (digest, path) VALUES (?, ?)",
                (digest, str(path.absolute())),
            )

    def unlink_doomed(self) -> None:
        """Delete the files of purged notices.

        Raises:
            ReplicaError: a file cannot be deleted; no receipt may say that it was.
        """
        with mapping_errors("read"):
            rows = self._db.execute("SELECT digest, path FROM copies WHERE doomed = 1").fetchall()
        for row in rows:
            try:
                for path in _with_parts(Path(row["path"])):
                    path.unlink(missing_ok=True)
            except OSError as error:
                raise ReplicaError(
                    f"{row['path']} belongs to a withdrawn or expired notice and cannot be"
                    f" deleted ({error.strerror}): delete it by hand"
                ) from error
            with mapping_errors("written"), transaction(self._db):
                self._db.execute(
                    "DELETE FROM copies WHERE digest = ? AND path = ?",
                    (row["digest"], row["path"]),
                )


def _with_parts(path: Path) -> Iterable[Path]:
    """The file, what was fetched of it, and what a killed process left of it."""
    yield path
    yield path.with_name(f"{path.name}.part")
    with contextlib.suppress(FileNotFoundError):
        prefix = f".{path.name}."
        for each in path.parent.iterdir():
            if each.name.startswith(prefix) and each.name.endswith(".tmp"):
                yield each
