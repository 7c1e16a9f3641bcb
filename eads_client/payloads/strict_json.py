"""Strict JSON for payloads: size limit first, UTF-8, no duplicate keys, no lone surrogates.

Numbers are integers below 2^53, so that Python and a browser read the same value; a fraction is
written in a smaller unit (centimetres, millionths of a degree). Only foreign notices may carry
fractions, and they pass through here with `fractions=True`.
"""

from __future__ import annotations

import json
import math
from typing import TypeAlias

from eads_client.payloads.refusal import PayloadError

MAX_BYTES = 1024 * 1024
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 24
_MAX_DIGITS = 17  # sixteen and a sign

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class _RefusedError(ValueError):
    """Carries a message out of the parser's hooks."""


def _integer(text: str) -> int:
    # Length first: turning a very long number into an int is slow.
    if len(text) > _MAX_DIGITS or abs(int(text)) > MAX_INTEGER:
        raise _RefusedError("write a number between -(2^53-1) and 2^53-1")
    return int(text)


def _no_fraction(text: str) -> float:
    raise _RefusedError("write whole numbers, in the smaller unit where there is a fraction")


def _fraction(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise _RefusedError("write a finite number")
    return value


def _no_constant(name: str) -> float:
    raise _RefusedError("NaN and Infinity are no JSON; leave the field out")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise _RefusedError("a key stands twice in one object; keep one of them")
        found[key] = value
    return found


def read_json(data: bytes, *, fractions: bool = False) -> Json:
    """Parse strict JSON.

    Args:
        data: UTF-8 bytes, at most 1 MiB.
        fractions: take finite numbers with a fraction too (foreign notices only).

    Returns:
        The value; objects keep the order of their keys.

    Raises:
        PayloadError: for anything else, with the path where it is known.
    """
    if len(data) > MAX_BYTES:
        raise PayloadError("payload", "larger than 1 MiB; send pictures and papers as files")
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_fraction if fractions else _no_fraction,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError:
        raise PayloadError("payload", "not UTF-8; save the text as UTF-8") from None
    except _RefusedError as refused:
        raise PayloadError("payload", str(refused)) from None
    except RecursionError:
        raise PayloadError("payload", "nested too deeply") from None
    except ValueError as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise PayloadError("payload", f"not JSON{place}; check the syntax") from None
    _check_strings(value, "", 0)
    return value


def _check_strings(value: Json, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise PayloadError(path, "nested too deeply")
    if isinstance(value, str):
        _check_string(value, path)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _check_strings(item, f"{path}[{place}]", depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_string(key, path)
            _check_strings(item, f"{path}.{key}" if path else key, depth + 1)


def _check_string(text: str, path: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise PayloadError(path, "holds half a surrogate pair; type the text again") from None
