"""Files that a user names: payloads as JSON, and templates to begin with."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path
from typing import Any, Final

from eads_client import payloads
from eads_client.cli.exits import InputProblem, UsageProblem
from eads_client.draft import Content
from eads_client.payloads import PayloadError
from eads_wire import limits
from eads_wire.encoding import decode_json
from eads_wire.errors import WireError
from eads_wire.notice_types import TYPES

TEMPLATES: Final = (*payloads.PAYLOADS, "withdrawal")
STDIN: Final = Path("-")


def read_template(notice_type: str) -> str:
    """A whole invented payload of a type, to be overwritten. Raises UsageProblem."""
    if notice_type not in TEMPLATES:
        raise UsageProblem(f"there is a template for each of {', '.join(TEMPLATES)}")
    folder = resources.files("eads_client.cli") / "templates"
    return (folder / f"{notice_type}.json").read_text("utf-8")


def read_bytes(path: Path) -> bytes:
    """A file, or standard input for ``-``; at most 1 MiB. Raises InputProblem."""
    try:
        if path == STDIN:
            raw = sys.stdin.buffer.read(limits.PAYLOAD_BYTES + 1)
        else:
            with path.open("rb") as stream:
                raw = stream.read(limits.PAYLOAD_BYTES + 1)
    except OSError as error:
        raise InputProblem(f"{path}: {error.strerror}") from None
    if len(raw) > limits.PAYLOAD_BYTES:
        raise InputProblem(f"{path}: larger than 1 MiB")
    return raw


def read_content(path: Path, notice_type: str | None, act: str = "issue") -> tuple[str, Content]:
    """The payload in a file.

    Args:
        path: JSON; ``-`` is standard input.
        notice_type: of the notice; None takes the file's own ``type``.
        act: ``withdraw`` reads a withdrawal.

    Returns:
        The notice's type and its content: a model where the type has one, else plain JSON.

    Raises:
        InputProblem: with file and field.
    """
    raw = read_bytes(path)
    named = notice_type or _own_type(path, raw)
    if act != "withdraw" and named not in TYPES:
        raise InputProblem(f"{path}: type: use one of {', '.join(TYPES)}")
    try:
        if act == "withdraw" or named in payloads.PAYLOADS:
            return named, payloads.decode(named, act, raw)
        return named, decode_json(raw, limit=limits.PAYLOAD_BYTES, what="content")
    except PayloadError as error:
        raise InputProblem(f"{path}: {error}") from None
    except WireError as error:
        raise InputProblem(f"{path}: {error.detail}") from None


def _own_type(path: Path, raw: bytes) -> str:
    try:
        obj: dict[str, Any] = decode_json(raw, limit=limits.PAYLOAD_BYTES, what="payload")
    except WireError as error:
        raise InputProblem(f"{path}: {error.detail}") from None
    named = obj.get("type")
    if not isinstance(named, str):
        raise InputProblem(f"{path}: type: it is missing; name it with --type")
    return named
