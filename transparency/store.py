"""Write transactions: one way into the database for everything that changes it."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# SQLite lets one writer in at a time and makes the others poll with growing sleeps, up to
# seconds. A lock in front of it lets the threads of the embedded hub queue fairly instead.
_sqlite_writer = threading.RLock()


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that writes; nests."""
    if connection.vendor == "sqlite":
        with _sqlite_writer, transaction.atomic():
            yield
    else:
        with transaction.atomic():
            yield


def uuid7() -> uuid.UUID:
    """A UUID version 7 (RFC 9562, section 6.2, method 3): time-ordered to a quarter of a
    microsecond, so that inserts stay at one end of an index and who came first stays first."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    value = milliseconds << 80 | fraction << 64 | int.from_bytes(os.urandom(8), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)
