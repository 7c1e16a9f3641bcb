"""From errors of the wire to errors of the SDK."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from eads_client.errors import BadAnswer, VerificationError
from eads_wire.errors import WireError


@contextlib.contextmanager
def verifying(step: int | None = None) -> Iterator[None]:
    """Turn what fails inside into a VerificationError that carries the step's number."""
    try:
        yield
    except WireError as error:
        raise VerificationError.of(error, step=step) from error
    except VerificationError as error:
        if error.step is None:
            error.step = step
        raise


@contextlib.contextmanager
def answering(what: str) -> Iterator[None]:
    """Turn a malformed answer of the hub into a BadAnswer."""
    try:
        yield
    except WireError as error:
        raise BadAnswer(f"the hub's answer ({what}) is not of the API: {error.detail}") from None
