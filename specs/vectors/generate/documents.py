"""An encoder of its own: JSON, DSSE documents, and how a vector file writes bytes down."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from specs.vectors.generate.primitives import name_of, sha256, sign

Json = Any

ABSENT: Final = object()
"""In a table of changes: take the key out."""

NOTICE: Final = "application/vnd.e-ads.notice.v1+json"
KEYRING: Final = "application/vnd.e-ads.keyring.v1+json"
REGION: Final = "application/vnd.e-ads.region.v1+json"
RECEIPT: Final = "application/vnd.e-ads.receipt.v1+json"

_TOKEN = re.compile(
    r"(?P<run>(?P<unit>.{1,4}?)(?P=unit){63,})|(?P<base64>[A-Za-z0-9+/]{100,}={0,2})", re.DOTALL
)


@dataclass(frozen=True)
class Vector:
    """One file: ``specs/vectors/<format>/<name>.json``."""

    format: str
    name: str
    expect: str
    comment: str
    content: Mapping[str, Json]

    @property
    def path(self) -> str:
        return f"{self.format}/{self.name}.json"

    def text(self) -> str:
        return file_text({"expect": self.expect, "comment": self.comment, **self.content})


def file_text(value: Json) -> str:
    """How every file of the folder is written."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def compact(value: Json) -> str:
    """JSON as the documents of the formats are written: keys in the order given, no blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_encoded: dict[str, bytes] = {}
_public: dict[str, str] = {}


def b64(data: bytes | str) -> str:
    """Base64; :func:`written` finds what was encoded and shows that instead."""
    raw = data.encode() if isinstance(data, str) else data
    encoded = base64.b64encode(raw).decode("ascii")
    _encoded[encoded] = raw
    return encoded


def public_key(public: bytes) -> str:
    """Base64 of a public key, which stands once in ``keys/public.json``."""
    encoded = base64.b64encode(public).decode("ascii")
    _public[encoded] = name_of(public)
    return encoded


def public_keys() -> dict[str, str]:
    """``keys/public.json``: every public key that a document was made with, by name."""
    return {name: encoded for encoded, name in sorted(_public.items(), key=lambda item: item[1])}


def digest(data: bytes | str) -> str:
    return sha256(data.encode() if isinstance(data, str) else data).hex()


def written(raw: bytes | str) -> Json:
    """Bytes as a vector holds them: text, pieces of text, or base64 where they are no text.

    A piece is text, ``["x", 1000]`` for text repeated, ``{"base64_of": ...}`` for the base64 of
    other bytes, or ``{"public": name}`` for the base64 of a public key.
    """
    if isinstance(raw, bytes):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(raw).decode("ascii")}
    else:
        text = raw
    if text.startswith("\ufeff") or "\0" in text or "\r" in text:
        return {"base64": base64.b64encode(text.encode()).decode("ascii")}
    found = list(_pieces(text))
    return found if len(found) > 1 or not all(isinstance(piece, str) for piece in found) else text


def _pieces(text: str) -> Iterator[Json]:
    end = 0
    for token in _TOKEN.finditer(text):
        piece = _piece(token)
        if piece is not None:
            if token.start() > end:
                yield text[end : token.start()]
            yield piece
            end = token.end()
    if end < len(text):
        yield text[end:]


def _piece(token: re.Match[str]) -> Json:
    if token["run"]:
        return [token["unit"], len(token["run"]) // len(token["unit"])]
    if token["base64"] in _public:
        return {"public": _public[token["base64"]]}
    raw = _encoded.get(token["base64"], b"\xff")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return {"base64_of": written(raw)}


def changed(obj: Mapping[str, Json], changes: Mapping[str, Json]) -> dict[str, Json]:
    """A copy with some keys set, and those that are :data:`ABSENT` left out."""
    merged = {**obj, **changes}
    return {key: value for key, value in merged.items() if value is not ABSENT}


def swapped(text: str, old: str, new: str) -> str:
    """The text with its first ``old`` replaced; it must be there."""
    if old not in text:
        raise ValueError(f"{old!r} does not stand in the document")
    return text.replace(old, new, 1)


def pae(payload_type: str, payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding."""
    fields = [b"DSSEv1"]
    for part in (payload_type.encode(), payload):
        fields += [str(len(part)).encode(), part]
    return b" ".join(fields)


def signature(keyid: str, seed: bytes, payload_type: str, payload: bytes) -> dict[str, Json]:
    return {"keyid": keyid, "sig": b64(sign(seed, pae(payload_type, payload)))}


def signed_document(
    payload_type: str, payload: str | bytes, signers: Iterable[Signer]
) -> dict[str, Json]:
    """A DSSE document as an object, signed by each of ``signers``."""
    raw = payload.encode() if isinstance(payload, str) else payload
    return {
        "payloadType": payload_type,
        "payload": b64(raw),
        "signatures": [signature(s.keyid, s.signing_seed, payload_type, raw) for s in signers],
    }


@dataclass(frozen=True)
class Signer:
    """Anything that signs: a root or an officer."""

    keyid: str
    signing_seed: bytes
