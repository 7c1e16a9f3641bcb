"""Padding and unpadding."""

from __future__ import annotations

from collections.abc import Iterator

from specs.vectors.generate.documents import Vector, b64
from specs.vectors.generate.primitives import drawn, pad, padded_size

LENGTHS = (
    0,
    1,
    100,
    1019,
    1020,
    1021,
    1084,
    1085,
    2044,
    2045,
    4000,
    4092,
    4093,
    10_000,
    65_532,
    65_533,
    65_536,
    100_000,
    1_000_000,
    1_048_576,
    16_777_212,
    16_777_213,
    67_000_000,
)


def vectors() -> Iterator[Vector]:
    yield from _padded()
    yield from _defects()


def _padded() -> Iterator[Vector]:
    sizes = [[length, padded_size(length)] for length in LENGTHS]
    yield Vector(
        "padding", "ok-sizes", "ok", "Length of a message, and its size padded.", {"sizes": sizes}
    )
    for name, message in (
        ("empty", b""),
        ("one-byte", b"\0"),
        ("text", "ตำรวจ".encode()),
        ("fits-exactly", drawn("1020", 1020)),
        ("one-more", drawn("1021", 1021)),
    ):
        yield Vector(
            "padding",
            f"ok-{name}",
            "ok",
            "A padded message.",
            {"out": {"message": b64(message)}, "padded": {"base64": b64(pad(message))}},
        )


def _defects() -> Iterator[Vector]:
    message = b'{"type":"message"}'
    start = len(message).to_bytes(4, "big") + message
    for name, padded, comment in (
        ("nothing", b"", "No bytes."),
        ("three-bytes", b"\0\0\0", "Too short for a length."),
        ("length-only", b"\0\0\0\0", "Not the smallest size."),
        ("unpadded", start, "The message without padding."),
        ("too-small", start.ljust(1023, b"\0"), "A byte less than the smallest size."),
        ("too-large", start.ljust(1088, b"\0"), "The next size up."),
        ("not-zero", start.ljust(1023, b"\0") + b"\1", "The last byte is not zero."),
        ("not-zero-first", start + b"\1" + bytes(1023 - len(start)), "The first byte is not zero."),
        ("length-too-long", (1021).to_bytes(4, "big") + bytes(1020), "Beyond the end."),
        ("length-2-32", b"\xff" * 4 + bytes(1020), "The largest length there is."),
        (
            "length-little-endian",
            len(message).to_bytes(4, "little") + start[4:].ljust(1020, b"\0"),
            "The length in the wrong order of bytes.",
        ),
        ("not-minimal-unit", (1084).to_bytes(4, "big") + bytes(1084 + 64), "1088 would do."),
    ):
        yield Vector(
            "padding", name, "corrupt-payload", comment, {"padded": {"base64": b64(padded)}}
        )
