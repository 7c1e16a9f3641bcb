"""A drawn face that stands where a photograph would: plain shapes, standard library only.

`python -m eads_client.samples.portrait FILE` writes the PNG that lies beside this module.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path
from typing import NamedTuple

WIDTH = 300
HEIGHT = 400


class _Ellipse(NamedTuple):
    x: float
    y: float
    across: float
    down: float
    colour: tuple[int, int, int]

    def depth(self, x: int, y: int) -> float:
        """1 in the middle, 0 at the edge, negative outside."""
        return 1 - ((x - self.x) / self.across) ** 2 - ((y - self.y) / self.down) ** 2


_HAIR, _SKIN, _SHIRT, _DARK = (38, 32, 30), (201, 160, 126), (70, 92, 120), (46, 34, 30)
# Painted in this order, later ones over earlier ones.
_SHAPES = (
    _Ellipse(150, 420, 135, 110, _SHIRT),
    _Ellipse(150, 300, 38, 60, (186, 145, 112)),
    _Ellipse(150, 165, 94, 108, _HAIR),
    _Ellipse(61, 205, 13, 24, (190, 148, 116)),
    _Ellipse(239, 205, 13, 24, (190, 148, 116)),
    _Ellipse(150, 200, 84, 108, _SKIN),
    _Ellipse(150, 108, 80, 34, _HAIR),
    _Ellipse(115, 172, 22, 5, _DARK),
    _Ellipse(185, 172, 22, 5, _DARK),
    _Ellipse(115, 194, 16, 9, (240, 238, 232)),
    _Ellipse(185, 194, 16, 9, (240, 238, 232)),
    _Ellipse(115, 194, 7, 8, _DARK),
    _Ellipse(185, 194, 7, 8, _DARK),
    _Ellipse(150, 226, 11, 20, (188, 144, 110)),
    _Ellipse(150, 266, 30, 8, (150, 92, 84)),
)


def pixels() -> bytes:
    """The picture row by row, three bytes a pixel, with a grain like that of a photograph."""
    rows = bytearray()
    grain = 1
    for y in range(HEIGHT):
        rows.append(0)  # PNG filter of the row: none
        for x in range(WIDTH):
            grain = (grain * 1103515245 + 12345) % 2**31
            rows.extend(_shade(x, y, (grain >> 16) % 3 - 1))
    return bytes(rows)


def _shade(x: int, y: int, grain: int) -> tuple[int, int, int]:
    colour, light = (196, 202, 208), -y / 16
    for shape in _SHAPES:
        if (depth := shape.depth(x, y)) >= 0:
            colour, light = shape.colour, 14 * depth - 8
    red, green, blue = (max(0, min(255, round(part + light) + grain)) for part in colour)
    return red, green, blue


def png() -> bytes:
    """The picture as a PNG file."""
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(pixels(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(png())
