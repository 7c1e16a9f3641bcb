"""To whom this profile sealed: the hidden recipients of a notice stand nowhere else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from eads_client.at_rest import AtRest, DamagedError
from eads_client.errors import ReplicaError
from eads_client.replica_schema import mapping_errors
from eads_wire.encoding import AgencyId, Digest


@dataclass(frozen=True, slots=True)
class SentTo:
    """Recipients of a revision: the named, with the issuer, and the hidden."""

    named: tuple[AgencyId, ...]
    hidden: tuple[AgencyId, ...]


class SentRecord:
    """The record, in the replica; encrypted like content."""

    def __init__(self, db: sqlite3.Connection, at_rest: AtRest) -> None:
        self._db = db
        self._at_rest = at_rest

    def add(self, digest: Digest, named: Sequence[AgencyId], hidden: Sequence[AgencyId]) -> None:
        """Remember the recipients of a revision before it is posted."""
        raw = json.dumps({"named": sorted(named), "hidden": sorted(hidden)}).encode()
        with mapping_errors("written"):
            self._db.execute(
                "INSERT OR REPLACE INTO sent VALUES (?, ?)",
                (digest, self._at_rest.seal(f"sent {digest}", raw)),
            )

    def get(self, digest: Digest) -> SentTo | None:
        """Recipients of a revision; None if another profile of the agency sealed it."""
        with mapping_errors("read"):
            row = self._db.execute(
                "SELECT recipients FROM sent WHERE digest = ?", (digest,)
            ).fetchone()
        if row is None:
            return None
        try:
            obj = json.loads(self._at_rest.open(f"sent {digest}", row["recipients"]))
        except DamagedError:
            raise ReplicaError("the record of recipients is damaged") from None
        return SentTo(tuple(obj["named"]), tuple(obj["hidden"]))
