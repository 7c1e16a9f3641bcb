"""Replica: the agency's own copy of its mailbox.

What became of a position and the cursor that passes it are written in one transaction, so that
a process may be killed at any byte: the next poll goes on where the last commit was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from eads_client.at_rest import AtRest
from eads_client.copies import Copies
from eads_client.errors import ReplicaError, VerificationError
from eads_client.opening import OpenedNotice
from eads_client.outcome import Erased, Event, Expired, Failed, Opened, Outcome, Place, event_of
from eads_client.receipts_owed import ReceiptsOwed
from eads_client.replica_reading import ReplicaReading
from eads_client.replica_schema import connect, mapping_errors, transaction
from eads_client.sent_record import SentRecord
from eads_wire.encoding import AgencyId, Digest, format_time
from eads_wire.header import Header

CLOCK_SKEW: Final = timedelta(minutes=5)


class Replica(ReplicaReading):
    """The opened replica of one agency.

    Args:
        path: ``replica.db`` of the profile.
        at_rest: encrypts the content column.
        agency: whose mailbox it copies.

    Attributes:
        receipts: what is owed to senders.
        copies: files that were written to disk.
        sent: to whom this profile sealed.
    """

    def __init__(self, path: Path, at_rest: AtRest, agency: AgencyId) -> None:
        super().__init__(connect(path, agency), at_rest)
        self.receipts = ReceiptsOwed(self._db)
        self.copies = Copies(self._db)
        self.sent = SentRecord(self._db, at_rest)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    # ------------------------------------------------------------ writing

    def record(self, place: Place, outcome: Outcome, now: datetime) -> Event:
        """Write the next position and move the cursor, as one.

        Args:
            place: must follow the cursor.
            outcome: what verification said.
            now: an aware time.

        Returns:
            What happened to the notice.

        Raises:
            ReplicaError: the position does not follow; nothing was written.
        """
        with mapping_errors("written"), transaction(self._db):
            moved = self._db.execute(
                "UPDATE meta SET value = ? WHERE name = 'cursor' AND value = ?",
                (str(place.position), str(place.position - 1)),
            )
            if moved.rowcount != 1:
                raise ReplicaError("the position does not follow the one held")
            event = self._apply(place, outcome, now)
        self._after_purge(event)
        return event

    def settle(self, place: Place, outcome: Outcome, now: datetime) -> Event:
        """Write another outcome for a position that did not pass before.

        Raises:
            ReplicaError: the position is not among those that did not pass.
        """
        with mapping_errors("written"), transaction(self._db):
            found = self._db.execute("DELETE FROM evidence WHERE position = ?", (place.position,))
            if found.rowcount != 1:
                raise ReplicaError("the position is not among those that did not pass")
            event = self._apply(place, outcome, now)
        self._after_purge(event)
        return event

    def expire(self, now: datetime) -> tuple[Digest, ...]:
        """Destroy the content of every revision that has expired by this client's own clock.

        The end of the newest revision ends the whole notice.

        Returns:
            Digests of the revisions that became tombstones.
        """
        moment = format_time(now)
        with mapping_errors("written"), transaction(self._db):
            ended = self._digests(
                "id IN (SELECT id FROM notices WHERE state = 'current' AND expires <= ?)", moment
            )
            ended += self._digests("state = 'superseded' AND expires <= ?", moment)
            self._purge(ended, "expired")
            # The text of a withdrawal ends with the notice that it withdrew.
            self._db.execute(
                "UPDATE notices SET content = NULL, envelope = NULL WHERE expires <= ?"
                " AND content IS NOT NULL AND state = 'withdrawn'",
                (moment,),
            )
        if ended:
            self._after_purge("expired")
        return tuple(dict.fromkeys(ended))

    def mark_read(self, digest: Digest, read: bool = True) -> None:
        """Set whether an officer has read a notice."""
        with mapping_errors("written"):
            self._db.execute("UPDATE notices SET is_read = ? WHERE digest = ?", (int(read), digest))

    # ------------------------------------------------------------ what an outcome means

    def _apply(self, place: Place, outcome: Outcome, now: datetime) -> Event:
        match outcome:
            case Opened(notice):
                self._insert_entry(place, event_of(notice), now)
                return self._take(place, notice, now)
            case Expired(header, signers):
                self._insert_entry(place, "expired", now)
                self._purge_notice(header.id, "expired")
                self._insert_notice(place, header, signers, "expired", now)
                self._owe(place.digest, "purged")
                return "expired"
            case Erased():
                return self._erase(place, now)
            case Failed(error, raw, notice_id):
                self._insert_entry(place, "unverifiable", now, error)
                self._db.execute(
                    "INSERT INTO evidence VALUES (?, ?, ?)", (place.position, notice_id, raw)
                )
                return "unverifiable"

    def _take(self, place: Place, notice: OpenedNotice, now: datetime) -> Event:
        header, event = notice.header, event_of(notice)
        if event == "withdrawn":
            self._purge_notice(header.id, "withdrawn")
        else:
            self._db.execute(
                "UPDATE notices SET state = 'superseded' WHERE id = ? AND state = 'current'",
                (header.id,),
            )
        state = "withdrawn" if event == "withdrawn" else "current"
        signers = tuple(f"{s.agency}/{s.officer.id}" for s in notice.signers)
        self._insert_notice(place, header, signers, state, now, notice)
        self._owe(place.digest, "delivered")
        return event

    def _erase(self, place: Place, now: datetime) -> Event:
        row = self._db.execute(
            "SELECT id, expires, state FROM notices WHERE digest = ?"
            " AND state IN ('current', 'superseded')",
            (place.digest,),
        ).fetchone()
        if row is None:
            self._insert_entry(place, "erased", now)
            return "erased"
        if row["expires"] > format_time(now + CLOCK_SKEW):
            # A hub's word destroys nothing: the issuer signed a later end and no withdrawal.
            error = VerificationError("stale", "the hub erased a notice that is in force")
            self._insert_entry(place, "unverifiable", now, error)
            self._db.execute(
                "INSERT INTO evidence VALUES (?, ?, NULL)", (place.position, row["id"])
            )
            return "unverifiable"
        self._insert_entry(place, "expired", now)
        if row["state"] == "current":
            self._purge_notice(row["id"], "expired")
        else:
            self._purge([Digest(place.digest)], "expired")
        return "expired"

    def _digests(self, where: str, *values: str) -> list[Digest]:
        """Revisions whose content is here and that meet a condition."""
        rows = self._db.execute(
            f"SELECT digest FROM notices WHERE state IN ('current', 'superseded') AND {where}",  # noqa: S608
            values,
        )
        return [Digest(row["digest"]) for row in rows]

    def _purge_notice(self, notice_id: str, state: str) -> None:
        """Destroy the content of all revisions of a notice."""
        self._purge(self._digests("id = ?", notice_id), state)
        # Evidence is ciphertext of the same notice.
        self._db.execute("UPDATE evidence SET raw = NULL WHERE notice_id = ?", (notice_id,))

    def _purge(self, digests: Sequence[Digest], state: str) -> None:
        """Destroy the content of these revisions; a receipt is owed for each."""
        for digest in digests:
            self._db.execute(
                "UPDATE notices SET state = ?, envelope = NULL, content = NULL WHERE digest = ?",
                (state, digest),
            )
            self._db.execute("UPDATE copies SET doomed = 1 WHERE digest = ?", (digest,))
            self._owe(digest, "purged")

    def _after_purge(self, event: Event) -> None:
        if event in ("withdrawn", "expired"):
            with mapping_errors("written"):
                # The write-ahead log still holds the pages as they were: empty it.
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _owe(self, digest: str, what: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO receipts_due VALUES (?, ?)", (digest, what))

    def _insert_entry(
        self, place: Place, event: Event, now: datetime, error: VerificationError | None = None
    ) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                place.position,
                place.index,
                place.digest,
                event,
                error.stage if error else None,
                error.step if error else None,
                error.detail if error else None,
                format_time(now),
            ),
        )

    def _insert_notice(
        self,
        place: Place,
        header: Header,
        signers: Sequence[str],
        state: str,
        now: datetime,
        notice: OpenedNotice | None = None,
    ) -> None:
        content = self._at_rest.seal(place.digest, notice.content) if notice else None
        values = {
            "digest": place.digest,
            "position": place.position,
            "log_index": place.index,
            "id": header.id,
            "rev": header.rev,
            "type": header.type,
            "act": header.act,
            "re": header.re,
            "issuer": header.issuer,
            "issued": format_time(header.issued),
            "expires": format_time(header.expires),
            "handling": " ".join(header.handling),
            "tlp": header.tlp,
            "priority": header.priority,
            "area": header.area,
            "signers": " ".join(signers),
            "received": format_time(now),
            "state": state,
            "is_read": 0,
            "envelope": notice.raw if notice else None,
            "content": content,
        }
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        self._db.execute(f"INSERT INTO notices ({names}) VALUES ({marks})", values)  # noqa: S608
