"""Partial dates and times.

A date of birth is often known by year or month only. Nothing is filled up: `1984` stays `1984`.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, RootModel, field_validator
from pydantic_core import PydanticCustomError

PARTIAL_DATE_PATTERN = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
FIRST_YEAR = 1850
LAST_YEAR = 2199
_TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
_SHAPE = re.compile(PARTIAL_DATE_PATTERN)
_TIME_SHAPE = re.compile(_TIME_PATTERN)


class PartialDate(RootModel[Annotated[str, Field(pattern=PARTIAL_DATE_PATTERN)]]):
    """A date known to the year, the month or the day: `1984`, `1984-03` or `1984-03-17`.

    Years from 1850 to 2199; month and day must be in the calendar.
    """

    model_config = ConfigDict(strict=True, frozen=True)

    @field_validator("root")
    @classmethod
    def _in_calendar(cls, text: str) -> str:
        if not _SHAPE.fullmatch(text):
            raise PydanticCustomError("date", "write the date as YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = _parts(text)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise PydanticCustomError("date", "write a year between 1850 and 2199")
        if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
            raise PydanticCustomError("date", "no such day in the calendar")
        return text

    def __str__(self) -> str:
        return self.root

    @property
    def precision(self) -> str:
        """`year`, `month` or `day`."""
        return {4: "year", 7: "month", 10: "day"}[len(self.root)]

    @property
    def earliest(self) -> date:
        """The first day it can mean."""
        return date(*_parts(self.root))

    @property
    def latest(self) -> date:
        """The last day it can mean."""
        first = self.earliest
        if self.precision == "year":
            return date(first.year, 12, 31)
        if self.precision == "month":
            return first.replace(day=calendar.monthrange(first.year, first.month)[1])
        return first


def _parts(text: str) -> tuple[int, int, int]:
    year, month, day = [*text.split("-"), "1", "1"][:3]
    return int(year), int(month), int(day)


def _time(text: str) -> str:
    if not _TIME_SHAPE.fullmatch(text):
        raise PydanticCustomError("time", "write the time as YYYY-MM-DDTHH:MM:SSZ")
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise PydanticCustomError("time", "no such time") from None
    return text


Timestamp = Annotated[str, Field(pattern=_TIME_PATTERN), AfterValidator(_time)]
"""A moment in UTC, to the second: `2026-01-31T08:00:00Z`."""


def in_order(first: PartialDate | None, last: PartialDate | None) -> bool:
    """Whether `first` can lie before or on `last`; True where one of them is not known."""
    return first is None or last is None or first.earliest <= last.latest
