"""Reading the replica: notices as they are held, and what did not pass."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from eads_client.at_rest import AtRest, DamagedError
from eads_client.errors import ReplicaError
from eads_client.opening import Held
from eads_client.outcome import Place, Unverifiable
from eads_client.replica_schema import mapping_errors
from eads_client.stored_notice import StoredNotice, from_row
from eads_wire.encoding import AgencyId, Digest, NoticeId


def _unverifiable(row: sqlite3.Row) -> Unverifiable:
    received = datetime.strptime(row["received"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return Unverifiable(
        Place(row["position"], row["log_index"], Digest(row["digest"])),
        row["stage"],
        row["step"],
        row["detail"],
        received,
        row["raw"],
    )


class ReplicaReading:
    """Read access to an open replica.

    Args:
        db: the connection.
        at_rest: decrypts the content column.
    """

    def __init__(self, db: sqlite3.Connection, at_rest: AtRest) -> None:
        self._db = db
        self._at_rest = at_rest

    @property
    def cursor(self) -> int:
        """The last position that was written."""
        row = self._one("SELECT value FROM meta WHERE name = 'cursor'")
        if row is None:
            raise ReplicaError("the replica has no cursor: it is damaged")
        return int(row["value"])

    def held(self, notice_id: NoticeId) -> Held | None:
        """The newest revision held of a notice, tombstones included."""
        row = self._one("SELECT * FROM notices WHERE id = ? ORDER BY rev DESC LIMIT 1", notice_id)
        if row is None:
            return None
        return Held(Digest(row["digest"]), row["rev"], AgencyId(row["issuer"]), row["type"])

    def notice(self, digest: Digest) -> StoredNotice:
        """A revision by its digest. Raises ReplicaError if it is not here."""
        row = self._one("SELECT * FROM notices WHERE digest = ?", digest)
        if row is None:
            raise ReplicaError("no notice of this digest is held: poll first")
        return self._stored(row)

    def find(self, start: str) -> StoredNotice:
        """The revision whose digest or notice id begins with ``start``; the newest of an id.

        Raises:
            ReplicaError: none, or more than one notice.
        """
        rows = self._all(
            "SELECT * FROM notices WHERE substr(digest, 1, ?1) = ?2 OR substr(id, 1, ?1) = ?2"
            " ORDER BY rev DESC",
            len(start),
            start,
        )
        if not start or not rows:
            raise ReplicaError(f"no notice begins with {start!r}")
        if len({row["id"] for row in rows}) > 1:
            raise ReplicaError(f"more than one notice begins with {start!r}: give more digits")
        return self._stored(rows[0])

    def notices(
        self,
        *,
        states: Sequence[str] = ("current",),
        types: Sequence[str] = (),
        issuer: AgencyId | None = None,
        unread: bool = False,
        re: Sequence[Digest] = (),
        notice_id: NoticeId | None = None,
    ) -> Iterator[StoredNotice]:
        """Revisions by mailbox position.

        Args:
            states: any of these; empty for all.
            types: any of these; empty for all.
            issuer: of this agency only.
            unread: only those that no officer has read.
            re: only answers to one of these.
            notice_id: revisions of this notice only.
        """
        wheres, values = ["1"], []
        for column, choices in (("state", states), ("type", types), ("re", re)):
            if choices:
                wheres.append(f"{column} IN ({', '.join('?' * len(choices))})")
                values += list(choices)
        if issuer is not None:
            wheres.append("issuer = ?")
            values.append(issuer)
        if notice_id is not None:
            wheres.append("id = ?")
            values.append(notice_id)
        if unread:
            wheres.append("is_read = 0")
        query = f"SELECT * FROM notices WHERE {' AND '.join(wheres)} ORDER BY position"  # noqa: S608
        for row in self._all(query, *values):
            yield self._stored(row)

    def unverifiable(self) -> tuple[Unverifiable, ...]:
        """Entries that did not pass, by position."""
        rows = self._all(
            "SELECT entries.*, evidence.raw FROM entries JOIN evidence USING (position)"
            " ORDER BY position"
        )
        return tuple(_unverifiable(row) for row in rows)

    def _stored(self, row: sqlite3.Row) -> StoredNotice:
        sealed = row["content"]
        try:
            content = None if sealed is None else self._at_rest.open(row["digest"], sealed)
        except DamagedError:
            raise ReplicaError("a notice's content is damaged: poll into a new replica") from None
        return from_row(row, content)

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        rows = self._all(query, *values)
        return rows[0] if rows else None

    def _all(self, query: str, *values: object) -> list[sqlite3.Row]:
        with mapping_errors("read"):
            return self._db.execute(query, values).fetchall()
