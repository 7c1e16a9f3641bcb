"""Grants: an agency's seed for an officer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from specs.vectors.generate.cast import SENDER, Epoch, agencies, epoch
from specs.vectors.generate.documents import Vector, b64
from specs.vectors.generate.primitives import drawn, hpke_seal

Json = Any
CONTEXT = b"e-ads/v1/grant\0"


def _ours() -> Epoch:
    return agencies()[SENDER].epoch


def _reader() -> Epoch:
    return agencies()[SENDER].officer("s.wulandari").encryption


def _names(first: Epoch, second: Epoch) -> bytes:
    return bytes.fromhex(first.kid + second.kid)


def grant(
    name: str,
    expect: str,
    comment: str,
    *,
    seed: bytes | None = None,
    info: bytes | None = None,
    public: bytes | None = None,
    change: Callable[[bytes], bytes] = bytes,
) -> Vector:
    """A grant of the sender's seed to its liaison, with one change."""
    ours, reader = _ours(), _reader()
    sealed = hpke_seal(
        public or reader.public,
        info or CONTEXT + _names(ours, reader),
        seed or ours.seed,
        drawn(f"grant/{name}", 64),
    )
    content: dict[str, Json] = {
        "kid": ours.kid,
        "officer_kid": reader.kid,
        "encryption_seed": reader.seed.hex(),
    }
    if expect == "ok":
        content["out"] = {"seed": ours.seed.hex()}
    content["grant"] = b64(change(sealed))
    return Vector("grant", name, expect, comment, content)


def corrupt(name: str, comment: str, **how: Json) -> Vector:
    return grant(name, "corrupt-payload", comment, **how)


def vectors() -> Iterator[Vector]:
    ours, reader, another = _ours(), _reader(), epoch("another")
    other = agencies()[SENDER].officer("r.hidayat").encryption
    yield grant("ok", "ok", "An officer opens the agency's seed.")
    yield corrupt("to-another-officer", "Sealed to another key.", public=other.public)
    yield corrupt(
        "kids-swapped",
        "The info names the keys in the wrong order.",
        info=CONTEXT + _names(reader, ours),
    )
    yield corrupt(
        "of-another-epoch",
        "The info names another key of the agency.",
        info=CONTEXT + _names(another, reader),
    )
    yield corrupt(
        "as-a-wrap",
        "Sealed in the context of a wrap.",
        info=b"e-ads/v1/wrap\0" + _names(ours, reader),
    )
    yield corrupt(
        "seed-of-another-key",
        "The seed inside is not that of the key named.",
        seed=another.seed,
    )
    yield corrupt("changed", "A bit is changed.", change=lambda g: g[:-1] + bytes([g[-1] ^ 1]))
    yield corrupt("short", "A byte is missing.", change=lambda g: g[:-1])
