"""Padding of long content, piece by piece (specs/envelope.md, "Padding").

The same rules as ``eads_wire.padding`` for content that is not held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from eads_client.errors import DraftError
from eads_wire.errors import require
from eads_wire.padding import SMALLEST, padded_size

PIECE: Final = 1024 * 1024
_LENGTH: Final = 4


def pad_stream(source: BinaryIO, length: int) -> Iterator[bytes]:
    """Length, content and zeros in pieces of at most 1 MiB.

    Args:
        source: read to its end.
        length: bytes that it holds.

    Raises:
        DraftError: it holds another number of bytes.
    """
    yield length.to_bytes(_LENGTH, "big")
    left = length
    while piece := source.read(PIECE):
        left -= len(piece)
        if left < 0:
            break
        yield piece
    if left != 0:
        raise DraftError("a file changed while it was being sealed: try again")
    zeros = padded_size(length) - _LENGTH - length
    while zeros > 0:
        yield bytes(min(zeros, PIECE))
        zeros -= PIECE


class Unpadder:
    """Takes padded content in pieces, hands out the message, checks every rule of the padding."""

    def __init__(self) -> None:
        self._head = b""
        self._left: int | None = None
        self._total = 0

    def feed(self, piece: bytes) -> bytes:
        """The part of the message in ``piece``. Raises WireError ``corrupt-payload``."""
        self._total += len(piece)
        if self._left is None:
            self._head += piece
            if len(self._head) < _LENGTH:
                return b""
            self._left = int.from_bytes(self._head[:_LENGTH], "big")
            piece, self._head = self._head[_LENGTH:], self._head[:_LENGTH]
        message, zeros = piece[: self._left], piece[self._left :]
        self._left -= len(message)
        require(not any(zeros), "corrupt-payload", "the padding is not zero")
        return message

    def finish(self) -> None:
        """Everything was fed. Raises WireError ``corrupt-payload``."""
        require(self._total >= SMALLEST, "corrupt-payload", "the padding is too short")
        whole = self._left == 0
        length = int.from_bytes(self._head, "big")
        whole = whole and padded_size(length) == self._total
        require(whole, "corrupt-payload", "the padding does not have the size it must have")
