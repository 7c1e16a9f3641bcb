"""One log line an event, on standard error."""

from __future__ import annotations

import logging


class OneLine(logging.Formatter):
    """Writes control characters visibly, so that no request can forge a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return "".join(
            character if character.isprintable() else _visible(character) for character in text
        )


def _visible(character: str) -> str:
    return " | " if character == "\n" else character.encode("unicode_escape").decode()
