"""Places: a name, a country and, where known, a point with its stated precision.

Payloads carry no floating-point numbers. A coordinate is in whole millionths of a degree
(WGS 84): 16.7136 degrees north is `latitude_udeg: 16713600`. That is 11 cm at the equator, finer
than any statement made here, and every program reads the same value.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from eads_client.payloads.codes import Country
from eads_client.payloads.record import Line, Record, refuse

_EARTH_HALF_ROUND_M = 20_000_000


class Coordinate(Record):
    """A point on the map and how far off it may be."""

    latitude_udeg: Annotated[int, Field(ge=-90_000_000, le=90_000_000)]
    """Latitude in millionths of a degree, north positive (WGS 84)."""
    longitude_udeg: Annotated[int, Field(ge=-180_000_000, le=180_000_000)]
    """Longitude in millionths of a degree, east positive (WGS 84)."""
    precision_m: Annotated[int, Field(ge=1, le=_EARTH_HALF_ROUND_M)]
    """The true place lies within this many metres of the point."""


class Place(Record):
    """A place as far as it is known: the name, the country or a point."""

    name: Line | None = None
    """Town, crossing or address, as the issuer writes it."""
    country: Country | None = None
    coordinate: Coordinate | None = None
    """A point, with its precision."""

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.name is None and self.country is None and self.coordinate is None:
            refuse("name", "give the name, the country or the coordinate")
        return self
