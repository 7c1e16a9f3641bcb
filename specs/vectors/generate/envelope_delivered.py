"""Steps 5 and 6: the reader's place among the recipients, wraps and blobs as they arrive."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from specs.vectors.generate import payloads
from specs.vectors.generate.cast import HIDDEN, OUTSIDER, RECIPIENT, SENDER, agencies
from specs.vectors.generate.documents import Vector, b64, swapped
from specs.vectors.generate.envelope_accepted import FILES
from specs.vectors.generate.envelope_encoding import at, edit, put
from specs.vectors.generate.notice import Change, kid_of
from specs.vectors.generate.primitives import (
    cobblestone_seal,
    drawn,
    hpke_seal,
    pad,
    sha256,
)
from specs.vectors.generate.scenario import posted, read

Json = Any
CORRUPT = "corrupt-payload"


def corrupt(name: str, comment: str, **notice: Json) -> Vector:
    return read(name, CORRUPT, comment, **notice)


def vectors() -> Iterator[Vector]:
    yield from _recipient()
    yield from _routes()
    yield from _posted_routes()
    yield from _wraps()
    yield from _blobs()
    yield from _resealed()


def flipped(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def _flip64(text: str, place: int) -> str:
    return b64(flipped(base64.b64decode(text), place))


def _each(change: Change) -> Change:
    def inner(obj: dict[str, Json]) -> None:
        for value in obj.values():
            change(value)

    return inner


def _recipient() -> Iterator[Vector]:
    yield read(
        "not-for-outsider",
        "not-for-me",
        "An agency that is not among the recipients.",
        by=OUTSIDER,
        delivered=RECIPIENT,
    )
    yield read(
        "hidden-without-route",
        "not-for-me",
        "A hidden recipient cannot know itself without route.",
        by=HIDDEN,
        hidden=(HIDDEN,),
        envelope_change=lambda envelope: envelope.pop("route"),
    )
    yield read(
        "route-of-another",
        "not-for-me",
        "The route entry of another hidden recipient.",
        by=HIDDEN,
        delivered=OUTSIDER,
        hidden=(HIDDEN, OUTSIDER),
    )


def _routes() -> Iterator[Vector]:
    for name, key, value, comment in (
        ("nonce", "nonce", "00" * 16, "A route entry with another nonce."),
        ("kid", "kid", kid_of(OUTSIDER), "A route entry with another key."),
    ):
        yield read(
            f"route-{name}-mismatch",
            "not-for-me",
            comment,
            by=HIDDEN,
            hidden=(HIDDEN,),
            envelope_change=at("route", _each(put(key, value))),
        )
    yield read(
        "route-agency-mismatch",
        "not-for-me",
        "The hub claims that another's tag is the reader's.",
        by=HIDDEN,
        delivered=OUTSIDER,
        hidden=(OUTSIDER,),
        envelope_change=at("route", _each(put("agency", HIDDEN))),
    )


def _posted_routes() -> Iterator[Vector]:
    yield posted(
        "posted-route-mismatch",
        "not-for-me",
        "A posted route that does not belong to its tag.",
        hidden=(HIDDEN,),
        envelope_change=at("route", _each(put("agency", OUTSIDER))),
    )
    yield posted(
        "route-entries-swapped",
        "not-for-me",
        "Two posted route entries under each other's tag.",
        hidden=(HIDDEN, OUTSIDER),
        envelope_change=edit("route", crossed),
    )


def crossed(obj: dict[str, Json]) -> dict[str, Json]:
    return dict(zip(obj, reversed(obj.values()), strict=True))


def _wraps() -> Iterator[Vector]:
    mine = kid_of(RECIPIENT)
    yield corrupt(
        "wrap-digest-mismatch",
        "A bit of the wrap is changed on its way.",
        envelope_change=at("wraps", edit(mine, lambda wrap: _flip64(wrap, 0))),
    )
    yield corrupt(
        "wrap-withheld",
        "The reader is named, and its wrap was not handed over.",
        envelope_change=put("wraps", {}),
    )
    yield posted(
        "posted-wrap-digest-mismatch",
        CORRUPT,
        "One of the posted wraps is not the one signed.",
        envelope_change=at("wraps", edit(kid_of(SENDER), lambda wrap: _flip64(wrap, 1100))),
    )
    yield posted(
        "posted-wraps-swapped",
        CORRUPT,
        "Two posted wraps under each other's key.",
        envelope_change=edit("wraps", crossed),
    )


def _blobs() -> Iterator[Vector]:
    yield corrupt(
        "body-digest-mismatch",
        "A bit of the body is changed on its way.",
        envelope_change=edit("body", lambda body: _flip64(body, 100)),
    )
    yield corrupt(
        "body-truncated",
        "The last byte of the body is missing.",
        envelope_change=edit("body", lambda body: b64(base64.b64decode(body)[:-1])),
    )
    yield corrupt(
        "body-size-mismatch",
        "The size signed is not that of the body; the digest is.",
        manifest_change=at("blobs", edit("size", lambda size: size + 1)),
    )
    yield corrupt(
        "file-digest-mismatch",
        "A bit of the second file is changed.",
        **FILES,
        presented=lambda files: (files[0], flipped(files[1], 500)),
    )
    yield corrupt(
        "files-swapped",
        "The second file is shown as the first.",
        **FILES,
        presented=lambda files: tuple(reversed(files)),
    )


def _resealed() -> Iterator[Vector]:
    """Made by somebody who knows the content key, as every recipient does: all of it opens."""
    name = "wrap-resealed"
    yield corrupt(
        name,
        "The wrap opens to the same key, and is not the one that was signed.",
        envelope_change=_with_other_wrap(name),
    )
    name = "body-resealed"
    yield corrupt(
        name,
        "Another text of the same size, sealed with the same key: only the digest tells.",
        envelope_change=_with_other_body(name),
    )


def _header_hash(envelope: dict[str, Json]) -> bytes:
    manifest = json.loads(base64.b64decode(envelope["payload"]))
    return sha256(b"e-ads/v1/header\0" + base64.b64decode(manifest["header"]))


def _with_other_wrap(label: str) -> Change:
    def change(envelope: dict[str, Json]) -> None:
        key = agencies()[RECIPIENT].epoch
        info = b"e-ads/v1/wrap\0" + _header_hash(envelope) + bytes.fromhex(key.kid)
        randomness = drawn(f"{label}/another wrap", 64)
        wrap = hpke_seal(key.public, info, drawn(f"{label}/cek", 32), randomness)
        envelope["wraps"][key.kid] = b64(wrap)

    return change


def _with_other_body(label: str) -> Change:
    def change(envelope: dict[str, Json]) -> None:
        text = swapped(payloads.MESSAGE, "second charge", "eighth charge")
        context = b"e-ads/v1/body\0" + _header_hash(envelope)
        salt = drawn(f"{label}/another body", 24)
        body = cobblestone_seal(drawn(f"{label}/cek", 32), context, pad(text.encode()), salt)
        envelope["body"] = b64(body)

    return change
