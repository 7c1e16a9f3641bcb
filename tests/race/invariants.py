"""What must hold of a hub's rows whatever happened to its processes.

Rows are read with plain SQL, so that the same questions can be asked of a database that another
process filled, on PostgreSQL and on SQLite.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.db import connection

from eads_wire.envelope import decode_manifest
from eads_wire.log import Checkpoint, envelope_leaf, verify_checkpoint
from eads_wire.region import Region, decode_region
from transparency.tenancy import system

Ask = Callable[[str], Sequence[tuple[Any, ...]]]


def own_rows(question: str) -> Sequence[tuple[Any, ...]]:
    """Rows of the test's own database, past the fence between tenants."""
    with system(), connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


def naive_root(leaves: Sequence[str]) -> bytes:
    """RFC 6962 section 2.1, as it is written there."""
    if len(leaves) < 2:
        text = b"\0" + leaves[0].encode() if leaves else b""
        return hashlib.sha256(text).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = naive_root(leaves[:split]), naive_root(leaves[split:])
    return hashlib.sha256(b"\1" + left + right).digest()


def newest_region(ask: Ask) -> Region:
    rows = ask("SELECT document FROM transparency_regiondocument ORDER BY version DESC")
    return decode_region(bytes(rows[0][0]))[0]


def assert_log_whole(ask: Ask = own_rows) -> list[str]:
    """Indexes without a gap, no leaf twice, and a signed checkpoint over exactly these leaves."""
    rows = ask('SELECT "index", text FROM transparency_leaf ORDER BY "index"')
    leaves = [text for _, text in rows]
    assert [index for index, _ in rows] == list(range(len(rows)))
    assert len(set(leaves)) == len(leaves)
    ((origin, size, text),) = ask("SELECT origin, size, checkpoint FROM transparency_loghead")
    checkpoint = verify_checkpoint(text.encode(), newest_region(ask))
    assert checkpoint == Checkpoint(origin, len(leaves), naive_root(leaves))
    assert size == len(leaves)
    return leaves


def assert_mailboxes_gap_free(ask: Ask = own_rows) -> dict[str, int]:
    """Positions of each mailbox count from 1 to its head; the heads are returned."""
    heads = dict(ask("SELECT id, mailbox_head FROM agencies_agency"))
    positions: dict[str, list[int]] = defaultdict(list)
    for agency, position in ask(
        "SELECT agency, position FROM notices_mailboxentry ORDER BY agency, position"
    ):
        positions[agency].append(position)
    for agency, head in heads.items():
        assert positions[agency] == list(range(1, head + 1)), agency
    return heads


def assert_nothing_lost(digests: Collection[str], ask: Ask = own_rows) -> None:
    """Every one of these notices is in the log once, at its index, and once in the mailbox of each
    of its (named) recipients; nothing waits."""
    assert ask("SELECT subject FROM transparency_submission") == []
    index_of = dict(ask('SELECT text, "index" FROM transparency_leaf'))
    rows = ask('SELECT digest, state, "index", manifest FROM notices_notice')
    assert set(digests) <= {row[0] for row in rows}
    held: dict[str, list[str]] = defaultdict(list)
    for digest, agency in ask(
        "SELECT digest, agency FROM notices_mailboxentry WHERE kind = 'notice'"
    ):
        held[digest].append(agency)
    for digest, state, index, manifest in rows:
        if digest in digests:
            assert state in ("logged", "erased"), (digest, state)
            assert index == index_of[envelope_leaf(digest)]
            named = decode_manifest(bytes(manifest)).header.named
            assert sorted(held[digest]) == sorted(str(entry.agency) for entry in named)
