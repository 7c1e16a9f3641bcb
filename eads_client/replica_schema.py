"""Tables of the replica (SQLite), and how it is opened.

The header's data stands in clear columns: who wrote to whom, when, what kind. What was sealed
stands in ``content``, encrypted under the profile's replica key, and in ``envelope``, sealed as
it was received.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from eads_client.errors import ReplicaError

VERSION: Final = 1

TABLES: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One row a position of the mailbox, without gaps: what became of it.
CREATE TABLE entries (
    position INTEGER PRIMARY KEY,
    log_index INTEGER,
    digest TEXT NOT NULL,
    event TEXT NOT NULL,
    stage TEXT,
    step INTEGER,
    detail TEXT,
    received TEXT NOT NULL
);

-- One row a revision. A tombstone keeps its header and has neither envelope nor content.
CREATE TABLE notices (
    digest TEXT PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE REFERENCES entries (position),
    log_index INTEGER NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    type TEXT NOT NULL,
    act TEXT NOT NULL,
    re TEXT,
    issuer TEXT NOT NULL,
    issued TEXT NOT NULL,
    expires TEXT NOT NULL,
    handling TEXT NOT NULL,
    tlp TEXT NOT NULL,
    priority TEXT NOT NULL,
    area TEXT,
    signers TEXT NOT NULL,
    received TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('current', 'superseded', 'withdrawn', 'expired')),
    is_read INTEGER NOT NULL DEFAULT 0,
    envelope BLOB,
    content BLOB,
    UNIQUE (id, rev)
) WITHOUT ROWID;
CREATE INDEX notices_by_re ON notices (re) WHERE re IS NOT NULL;
CREATE INDEX notices_by_state ON notices (state, expires);

-- What did not pass, as received. notice_id where it could be read.
CREATE TABLE evidence (
    position INTEGER PRIMARY KEY REFERENCES entries (position),
    notice_id TEXT,
    raw BLOB
);

-- Digests that a receipt is owed for; then signed receipts that the hub has not taken yet.
CREATE TABLE receipts_due (
    digest TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('delivered', 'purged')),
    PRIMARY KEY (digest, what)
) WITHOUT ROWID;
CREATE TABLE receipts_signed (
    digest TEXT PRIMARY KEY,
    raw BLOB NOT NULL,
    refused TEXT
) WITHOUT ROWID;

-- Files of a notice that were written to disk; doomed ones are to be unlinked.
CREATE TABLE copies (
    digest TEXT NOT NULL,
    path TEXT NOT NULL,
    doomed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (digest, path)
) WITHOUT ROWID;

-- Recipients of what this profile sealed, encrypted: the hidden ones stand nowhere else.
CREATE TABLE sent (digest TEXT PRIMARY KEY, recipients BLOB NOT NULL) WITHOUT ROWID;
"""


@contextlib.contextmanager
def mapping_errors(doing: str) -> Iterator[None]:
    """Turn errors of SQLite into ReplicaError."""
    try:
        yield
    except sqlite3.Error as error:
        raise ReplicaError(f"the replica cannot be {doing}: {error}") from error


def connect(path: Path, agency: str) -> sqlite3.Connection:
    """Open or make the replica of an agency.

    Raises:
        ReplicaError: damaged, of another version, or another agency's.
    """
    with mapping_errors("opened"):
        # Made private before SQLite writes to it; its journal inherits the mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
        connection.row_factory = sqlite3.Row
        for pragma in (
            "journal_mode = WAL",
            # A commit is on the disk when it returns: a cursor that moved has its entry.
            "synchronous = FULL",
            # Deleted content is overwritten with zeros.
            "secure_delete = ON",
            "foreign_keys = ON",
            "trusted_schema = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
        _prepare(connection, agency)
    return connection


def _prepare(connection: sqlite3.Connection, agency: str) -> None:
    with transaction(connection):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('agency', ?)", (agency,))
            connection.execute("INSERT INTO meta VALUES ('cursor', '0')")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        elif version != VERSION:
            raise ReplicaError("the replica is of a version that this client does not know")
        held = connection.execute("SELECT value FROM meta WHERE name = 'agency'").fetchone()
        if held is None or held[0] != agency:
            raise ReplicaError("the replica is another agency's")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing: what happens inside is written as one."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
