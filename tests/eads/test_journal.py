"""Log lines: one an event, whatever a stranger puts into a request."""

from __future__ import annotations

import logging

from eads.journal import OneLine


def written(message: str, *arguments: object, error: BaseException | None = None) -> str:
    record = logging.LogRecord(
        "eads",
        logging.ERROR,
        __file__,
        1,
        message,
        arguments,
        (type(error), error, error.__traceback__) if error else None,
    )
    return OneLine("%(levelname)s %(message)s").format(record)


def test_a_forged_line_stays_inside_its_own():
    line = written("No such page: %s", "/x\nERROR all is well\r\x1b[2K")
    assert line == "ERROR No such page: /x | ERROR all is well\\r\\x1b[2K"


def test_letters_of_every_script_are_kept():
    assert written("สวัสดี 北京 نص") == "ERROR สวัสดี 北京 نص"


def test_a_traceback_is_one_line():
    try:
        raise ValueError("broken")
    except ValueError as error:
        line = written("Unforeseen error", error=error)
    assert "\n" not in line
    assert line.endswith("ValueError: broken")
