"""Errors of the wire formats.

::

    WireError                 .stage, .detail
      (one class; ``stage`` says which step failed, as in specs/README.md)
"""

from __future__ import annotations

from typing import Final, Literal, NoReturn

Stage = Literal[
    "malformed",
    "unsupported",
    "bad-signature",
    "no-quorum",
    "unknown-key",
    "revoked-key",
    "not-in-log",
    "not-for-me",
    "corrupt-payload",
    "stale",
]

STAGES: Final[tuple[Stage, ...]] = (
    "malformed",
    "unsupported",
    "bad-signature",
    "no-quorum",
    "unknown-key",
    "revoked-key",
    "not-in-log",
    "not-for-me",
    "corrupt-payload",
    "stale",
)


class WireError(Exception):
    """Bytes that do not pass.

    Args:
        stage: the first stage that failed (specs/README.md, "Errors").
        detail: one sentence that names the field or rule; never content of a sealed payload.
    """

    def __init__(self, stage: Stage, detail: str) -> None:
        super().__init__(f"{stage}: {detail}")
        self.stage: Stage = stage
        self.detail = detail


def fail(stage: Stage, detail: str) -> NoReturn:
    """Raise a WireError."""
    raise WireError(stage, detail)


def require(condition: bool, stage: Stage, detail: str) -> None:
    """Raise a WireError unless ``condition`` holds."""
    if not condition:
        raise WireError(stage, detail)
