"""Step 1, the encoding: JSON, base64, hex and keys of every layer of an envelope."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from specs.vectors.generate.cast import HIDDEN, RECIPIENT
from specs.vectors.generate.documents import NOTICE, RECEIPT, Vector, swapped
from specs.vectors.generate.notice import Change, kid_of
from specs.vectors.generate.scenario import judged, posted, read

Json = Any
MIB = 1024 * 1024


def malformed(name: str, comment: str, **notice: Json) -> Vector:
    return judged(name, "malformed", comment, **notice)


def unsupported(name: str, comment: str, **notice: Json) -> Vector:
    return judged(name, "unsupported", comment, **notice)


def put(key: str, value: Json) -> Change:
    """A change that sets one key."""
    return lambda obj: obj.update({key: value})


def drop(key: str) -> Change:
    """A change that takes one key out."""
    return lambda obj: obj.pop(key)


def at(key: str, change: Change) -> Change:
    """A change of the object under a key, or of the first object of the list there."""

    def inner(obj: dict[str, Json]) -> None:
        below = obj[key]
        change(below[0] if isinstance(below, list) else below)

    return inner


def edit(key: str, how: Callable[[Json], Json]) -> Change:
    """A change that puts another value in place of one."""
    return lambda obj: obj.update({key: how(obj[key])})


def vectors() -> Iterator[Vector]:
    yield from _layers()
    yield from _inner_layers()
    yield from _envelope_keys()
    yield from _inner_keys()
    yield from _manifest_keys()
    yield from _kinds()
    yield from _base64()
    yield from _hex()


def _layers() -> Iterator[Vector]:
    yield malformed(
        "oversize",
        "One byte more than 4 MiB.",
        text=lambda raw: raw + " " * (4 * MIB + 1 - len(raw)),
    )
    yield malformed("truncated", "The last byte is missing.", text=lambda raw: raw[:-1])
    yield malformed("trailing-bytes", "A second value follows.", text=lambda raw: raw + "{}")
    yield malformed("byte-order-mark", "A byte order mark.", text=lambda raw: "\ufeff" + raw)
    yield malformed("empty", "No bytes at all.", text=lambda _raw: "")
    yield malformed("not-an-object", "A list of one envelope.", text=lambda raw: f"[{raw}]")
    yield malformed(
        "not-utf8",
        "A byte that is not UTF-8, in a key that would be unknown anyway.",
        text=lambda raw: swapped(raw, '"body"', '"body\udcff"').encode("utf-8", "surrogateescape"),
    )
    yield malformed(
        "duplicate-key", "`body` stands twice.", text=lambda raw: swapped(raw, "{", '{"body":"",')
    )
    own = f'"{kid_of(RECIPIENT)}":'
    yield read(
        "duplicate-wrap",
        "malformed",
        "The reader's wrap stands twice; the one that counts may be the first or the last.",
        envelope_swap=('"wraps":{', f'"wraps":{{{own}"",'),
    )


def _inner_layers() -> Iterator[Vector]:
    yield malformed(
        "manifest-oversize",
        "The manifest has one byte more than 512 KiB.",
        manifest_bytes=lambda raw: raw + b" " * (512 * 1024 + 1 - len(raw)),
    )
    yield malformed(
        "manifest-duplicate-key",
        "`blobs` stands twice.",
        manifest_swap=('"blobs"', '"blobs":[],"blobs"'),
    )
    yield malformed(
        "header-oversize",
        "The header has one byte more than 128 KiB.",
        header_bytes=lambda raw: raw + b" " * (128 * 1024 + 1 - len(raw)),
    )
    yield malformed(
        "header-byte-order-mark",
        "The header begins with a byte order mark.",
        header_bytes=lambda raw: b"\xef\xbb\xbf" + raw,
    )
    yield malformed(
        "header-not-utf8",
        "The header holds half a character.",
        header_bytes=lambda raw: raw.replace(b"routine", b"routin\xc3"),
    )
    yield malformed(
        "header-duplicate-key",
        "`rev` stands twice with the same value.",
        header_swap=('"rev":1', '"rev":1,"rev":1'),
    )
    yield malformed(
        "header-duplicate-nested-key",
        "`tlp` stands twice.",
        header_swap=('"tlp":"AMBER"', '"tlp":"AMBER","tlp":"CLEAR"'),
    )


def _envelope_keys() -> Iterator[Vector]:
    yield malformed("unknown-key", "A key too many.", envelope_change=put("comment", ""))
    for key in ("payload", "signatures", "wraps", "body"):
        yield malformed(f"no-{key}", f"`{key}` is missing.", envelope_change=drop(key))
    yield unsupported("no-payload-type", "No payload type.", envelope_change=drop("payloadType"))
    yield unsupported(
        "payload-type-of-a-receipt",
        "The payload type is that of a receipt.",
        envelope_change=put("payloadType", RECEIPT),
    )
    yield unsupported(
        "payload-type-of-version-2",
        "A payload type that does not exist yet.",
        envelope_change=put("payloadType", NOTICE.replace("v1", "v2")),
    )
    yield unsupported(
        "payload-type-first",
        "Nothing but another payload type: it is looked at before the keys.",
        text=lambda _raw: '{"payloadType":"application/json"}',
    )


def _inner_keys() -> Iterator[Vector]:
    yield malformed(
        "signature-unknown-key",
        "A certificate beside the signature.",
        envelope_change=at("signatures", put("cert", "")),
    )
    for key in ("keyid", "sig"):
        yield malformed(
            f"signature-without-{key}",
            f"`{key}` is missing.",
            envelope_change=at("signatures", drop(key)),
        )
    yield posted(
        "route-without-nonce",
        "malformed",
        "A route entry without `nonce`.",
        hidden=(HIDDEN,),
        envelope_change=at("route", _of_first(drop("nonce"))),
    )
    yield posted(
        "route-unknown-key",
        "malformed",
        "A route entry with a key too many.",
        hidden=(HIDDEN,),
        envelope_change=at("route", _of_first(put("name", ""))),
    )


def _of_first(change: Change) -> Change:
    return lambda obj: change(next(iter(obj.values())))


def _manifest_keys() -> Iterator[Vector]:
    yield malformed("manifest-unknown-key", "A key too many.", manifest_change=put("type", ""))
    for key in ("header", "blobs", "wraps"):
        yield malformed(
            f"manifest-without-{key}", f"`{key}` is missing.", manifest_change=drop(key)
        )
    yield malformed(
        "blob-unknown-key", "A key too many.", manifest_change=at("blobs", put("name", "body"))
    )
    for key in ("sha256", "size"):
        yield malformed(
            f"blob-without-{key}", f"`{key}` is missing.", manifest_change=at("blobs", drop(key))
        )


def _kinds() -> Iterator[Vector]:
    yield malformed(
        "signatures-not-a-list",
        "One signature instead of a list.",
        envelope_change=edit("signatures", lambda signatures: signatures[0]),
    )
    yield malformed(
        "route-null",
        "No hidden recipient is no `route`, not null.",
        envelope_change=put("route", None),
    )
    yield malformed(
        "blob-size-float",
        "33.0 is no integer of this format.",
        manifest_swap=('"size":33', '"size":33.0'),
    )
    yield malformed(
        "blob-size-negative", "A size below zero.", manifest_change=at("blobs", put("size", -33))
    )
    yield malformed(
        "header-inline",
        "The header as an object instead of its bytes.",
        manifest_change=put("header", {"v": 1}),
    )


def _base64() -> Iterator[Vector]:
    yield malformed(
        "base64-line-break",
        "A line feed within the base64.",
        envelope_change=edit("payload", lambda text: text[:76] + "\n" + text[76:]),
    )
    yield malformed(
        "base64-without-padding",
        "The padding is missing.",
        envelope_change=at("signatures", edit("sig", lambda text: swapped(text, "==", ""))),
    )
    yield malformed(
        "base64-with-more-padding",
        "Padding where none belongs.",
        envelope_change=edit("body", lambda text: text + "="),
    )
    yield malformed(
        "base64-unused-bits",
        "An unused bit of the last character is set.",
        envelope_change=at("signatures", edit("sig", _with_unused_bit)),
    )
    yield malformed(
        "base64-url-alphabet",
        "Minus and underscore instead of plus and slash.",
        envelope_change=at("signatures", edit("sig", _url_alphabet)),
    )


def _with_unused_bit(text: str) -> str:
    last = text[-3]
    return swapped(text, last + "==", chr(ord(last) + 1) + "==")


def _url_alphabet(text: str) -> str:
    return swapped(text, "+", "-").replace("+", "-").replace("/", "_")


def _hex() -> Iterator[Vector]:
    yield malformed(
        "keyid-upper-case",
        "Upper-case hex.",
        envelope_change=at("signatures", edit("keyid", str.upper)),
    )
    yield malformed(
        "keyid-of-31-digits",
        "A digit is missing.",
        envelope_change=at("signatures", edit("keyid", lambda text: text[:-1])),
    )
    yield malformed(
        "blob-digest-upper-case",
        "Upper-case hex.",
        manifest_change=at("blobs", edit("sha256", str.upper)),
    )
    yield malformed(
        "re-with-line-feed",
        "A line feed after the digits, which some patterns let pass.",
        header_change=edit("re", lambda text: text + "\n"),
    )
