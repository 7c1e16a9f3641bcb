"""What is raised when a payload cannot be taken.

ValueError
└── PayloadError             the payload breaks its form; `.field` says where
    └── ForeignNoticeError   a foreign notice cannot be read; `.file` says which
"""

from __future__ import annotations

FIELD_MAX_CHARACTERS = 200


def printable(text: str) -> str:
    """Make a field path safe for a terminal and a log.

    Args:
        text: a path built from keys that a stranger may have chosen.

    Returns:
        The path with unprintable characters as `?`, at most 200 characters.
    """
    safe = "".join(character if character.isprintable() else "?" for character in text)
    return safe if len(safe) <= FIELD_MAX_CHARACTERS else safe[: FIELD_MAX_CHARACTERS - 1] + "…"


class PayloadError(ValueError):
    """A payload that breaks its form.

    The text names the field and says what to do. It never carries what stands in the payload,
    so it may be logged and shown.

    Attributes:
        field: path of the field, such as `person.names[0].script`; `payload` for the whole.
        message: what to do.
    """

    def __init__(self, field: str, message: str) -> None:
        self.field = printable(field) or "payload"
        self.message = message
        super().__init__(f"{self.field}: {message}")


class ForeignNoticeError(PayloadError):
    """A foreign notice that cannot be read.

    Attributes:
        file: name of the file, or None when the notice did not come from one.
    """

    def __init__(self, field: str, message: str, file: str | None = None) -> None:
        super().__init__(field, message)
        self.file = file

    def __str__(self) -> str:
        where = "" if self.file is None else f"{printable(self.file)}: "
        return f"{where}{self.field}: {self.message}"
