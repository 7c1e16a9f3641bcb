"""Reading the test vectors (specs/vectors/README.md); any test of any client may use it."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "specs" / "vectors"

Vector = dict[str, Any]


def names(*formats: str) -> list[str]:
    """``<format>/<name>`` of every vector of some formats."""
    found = [path for each in formats for path in sorted((FOLDER / each).glob("*.json"))]
    return [f"{path.parent.name}/{path.stem}" for path in found]


def formats() -> list[str]:
    """Every folder that holds vectors."""
    return sorted(
        path.name for path in FOLDER.iterdir() if path.name not in ("keys", "generate")
        and path.is_dir()
    )  # fmt: skip


def load(name: str) -> Vector:
    """One vector."""
    content: Vector = json.loads((FOLDER / f"{name}.json").read_bytes())
    return content


def bytes_of(value: Any) -> bytes:
    """The bytes that a vector writes down: text, pieces of text, or base64."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict):
        if "base64" in value:
            return base64.b64decode(value["base64"])
        if "public" in value:
            return public_keys()[value["public"]].encode()
        return base64.b64encode(bytes_of(value["base64_of"]))
    return b"".join(
        piece[0].encode() * piece[1] if isinstance(piece, list) else bytes_of(piece)
        for piece in value
    )


@cache
def public_keys() -> dict[str, str]:
    """Base64 of every public key, by name."""
    content: dict[str, str] = load("keys/public")
    return content


@cache
def document(reference: str) -> bytes:
    """A document of ``keys/``: ``ID-POLRI/1`` is that agency's keyring, ``region/1`` the region."""
    name, _, version = reference.partition("/")
    return bytes_of(load(f"keys/{name}")["documents"][version])
