"""Padmé padding, so that sizes say little (specs/envelope.md, "Padding").

Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication
with PURBs", PETS 2019, section 4.
"""

from __future__ import annotations

from typing import Final

from eads_wire.errors import require

SMALLEST: Final = 1024
"""Bytes; every shorter message is padded to this."""
_LENGTH: Final = 4


def padded_size(length: int) -> int:
    """Size in bytes of a padded message of ``length`` bytes."""
    total = length + _LENGTH
    exponent = total.bit_length() - 1
    unit = 1 << (exponent - exponent.bit_length())
    return max(SMALLEST, -(-total // unit) * unit)


def pad(message: bytes) -> bytes:
    """Length, message and zeros."""
    return (len(message).to_bytes(_LENGTH, "big") + message).ljust(padded_size(len(message)), b"\0")


def unpad(padded: bytes) -> bytes:
    """The message inside.

    Raises:
        WireError: ``corrupt-payload`` if the size or a padding byte is wrong.
    """
    length = int.from_bytes(padded[:_LENGTH], "big")
    end = _LENGTH + length
    right = padded_size(length) == len(padded)
    require(right, "corrupt-payload", "the padding does not have the size it must have")
    zeros = padded.count(0, end)
    require(zeros == len(padded) - end, "corrupt-payload", "the padding is not zero")
    return padded[_LENGTH:end]
