"""From sealed bytes to a typed payload and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import ValidationError

from eads_client.payloads.answers import Correction, Flag, Hit, Message
from eads_client.payloads.missing_person import MissingPerson
from eads_client.payloads.refusal import PayloadError
from eads_client.payloads.strict_json import Json, read_json
from eads_client.payloads.trafficking_route import TraffickingRoute
from eads_client.payloads.wanted_person import WantedPerson
from eads_client.payloads.withdrawal import Withdrawal

Payload: TypeAlias = (
    WantedPerson | MissingPerson | TraffickingRoute | Hit | Flag | Message | Correction | Withdrawal
)

PAYLOADS: Mapping[str, type[Payload]] = {
    "wanted-person": WantedPerson,
    "missing-person": MissingPerson,
    "trafficking-route": TraffickingRoute,
    "hit": Hit,
    "flag": Flag,
    "message": Message,
    "correction": Correction,
}
"""Type of an envelope -> model of its payload, for `act` issue and update."""

_ACTS = ("issue", "update", "withdraw")

# Pydantic's error types -> what to do. Others speak for themselves and quote limits only.
_WHAT_TO_DO = {
    "missing": "fill in this field",
    "extra_forbidden": "no such field; remove it",
    "string_type": "write text",
    "int_type": "write a whole number",
    "bool_type": "write true or false",
    "tuple_type": "write a list",
    "dict_type": "write an object",
    "model_type": "write an object",
    "model_attributes_type": "write an object",
}


def decode(notice_type: str, act: str, data: bytes) -> Payload:
    """Decode the payload of an opened envelope.

    Args:
        notice_type: `type` of the envelope's header.
        act: `act` of the header; `withdraw` has the same payload for every type.
        data: the payload: strict UTF-8 JSON of at most 1 MiB, after unpadding.

    Returns:
        The payload, fully checked.

    Raises:
        PayloadError: the bytes are no valid payload of this type; `.field` names the first
            field at fault. The message carries no content.
    """
    if act not in _ACTS:
        raise PayloadError("act", f"use one of {', '.join(_ACTS)}")
    model = Withdrawal if act == "withdraw" else PAYLOADS.get(notice_type)
    if model is None:
        raise PayloadError("type", "this version knows no payload of this type")
    if not isinstance(read_json(data), dict):
        raise PayloadError("payload", "write an object")
    try:
        return model.model_validate_json(data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise as_payload_error(error) from None


def encode(payload: Payload) -> bytes:
    """Encode a payload for sealing.

    Fields without a value are left out. The bytes are decoded once before they are returned, so
    nothing leaves that a recipient would refuse.

    Args:
        payload: the payload.

    Returns:
        Compact UTF-8 JSON.

    Raises:
        PayloadError: the payload was changed past its checks, or exceeds 1 MiB.
    """
    try:
        tree = payload.model_dump(mode="json", exclude_none=True, warnings=False)
        text = json.dumps(_without_empty_lists(tree), ensure_ascii=False, separators=(",", ":"))
        data = text.encode("utf-8")
    except ValueError:  # what no model would have let in: an odd object, half a surrogate pair
        raise PayloadError("payload", "changed past its checks; build it anew") from None
    decode(payload.type, "withdraw" if isinstance(payload, Withdrawal) else "issue", data)
    return data


def as_payload_error(error: ValidationError) -> PayloadError:
    """The first problem of a validation as a `PayloadError`, without any input.

    Args:
        error: what a model raised.
    """
    first: Any = error.errors(include_url=False, include_input=False)[0]
    context = first.get("ctx", {})
    path = "".join(_step(part) for part in first["loc"]).removeprefix(".")
    below = context.get("field", "") if first["type"] == "rule" else ""
    field = f"{path}.{below}" if path and below else path + below
    if first["type"] == "string_pattern_mismatch":
        return PayloadError(field, f"write it in the form {context['pattern']}")
    return PayloadError(field, _WHAT_TO_DO.get(first["type"], first["msg"]))


def _step(part: int | str) -> str:
    return f"[{part}]" if isinstance(part, int) else f".{part}"


def _without_empty_lists(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _without_empty_lists(item) for key, item in value.items() if item != []}
    if isinstance(value, list):
        return [_without_empty_lists(item) for item in value]
    return value
