"""Receipts that are owed: digests first, then signed documents until the hub has taken them.

Signing moves digests into a document in one transaction, so that the bytes that are posted again
after a crash are the bytes that were posted before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from eads_client.replica_schema import mapping_errors, transaction
from eads_wire import limits
from eads_wire.encoding import Digest

Sign = Callable[[Sequence[Digest], Sequence[Digest]], tuple[Digest, bytes]]
"""Signs lists of delivered and purged digests: the receipt's own digest and its bytes."""


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt that the hub has not taken yet; ``refused`` is the problem code it answered."""

    digest: Digest
    raw: bytes = field(repr=False)
    refused: str | None


class ReceiptsOwed:
    """The outbox of receipts, in the replica."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def due(self) -> tuple[tuple[Digest, ...], tuple[Digest, ...]]:
        """Digests that no receipt was signed for yet: delivered, purged; each sorted."""
        with mapping_errors("read"):
            rows = self._db.execute(
                "SELECT digest, what FROM receipts_due ORDER BY digest, what"
            ).fetchall()
        delivered = tuple(Digest(r["digest"]) for r in rows if r["what"] == "delivered")
        return delivered, tuple(Digest(r["digest"]) for r in rows if r["what"] == "purged")

    def sign(self, sign: Sign) -> None:
        """Sign everything that is due, in documents of at most 1000 digests a list."""
        most = limits.RECEIPT_DIGESTS
        while any(due := self.due()):
            delivered, purged = due[0][:most], due[1][:most]
            digest, raw = sign(delivered, purged)
            with mapping_errors("written"), transaction(self._db):
                self._db.execute(
                    "INSERT INTO receipts_signed (digest, raw) VALUES (?, ?)", (digest, raw)
                )
                self._drop_due(delivered, "delivered")
                self._drop_due(purged, "purged")

    def _drop_due(self, digests: Sequence[Digest], what: str) -> None:
        self._db.executemany(
            "DELETE FROM receipts_due WHERE digest = ? AND what = ?",
            [(digest, what) for digest in digests],
        )

    def signed(self) -> tuple[SignedReceipt, ...]:
        """Signed receipts that the hub has not taken, those that it refused included."""
        with mapping_errors("read"):
            rows = self._db.execute("SELECT * FROM receipts_signed ORDER BY digest").fetchall()
        return tuple(SignedReceipt(Digest(r["digest"]), r["raw"], r["refused"]) for r in rows)

    def taken(self, digest: Digest) -> None:
        """The hub has a receipt."""
        with mapping_errors("written"):
            self._db.execute("DELETE FROM receipts_signed WHERE digest = ?", (digest,))

    def refused(self, digest: Digest, code: str) -> None:
        """The hub refused a receipt for good; it stays here as a record."""
        with mapping_errors("written"):
            self._db.execute(
                "UPDATE receipts_signed SET refused = ? WHERE digest = ?", (code, digest)
            )

    def replace(self, digest: Digest, parts: Sequence[tuple[Digest, bytes]]) -> None:
        """Put several receipts in the place of one, so that one digest cannot hold up others."""
        with mapping_errors("written"), transaction(self._db):
            self._db.execute("DELETE FROM receipts_signed WHERE digest = ?", (digest,))
            self._db.executemany(
                "INSERT OR IGNORE INTO receipts_signed (digest, raw) VALUES (?, ?)", parts
            )
