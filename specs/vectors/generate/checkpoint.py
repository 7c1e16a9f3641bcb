"""Checkpoints: signed notes of the log."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

from specs.vectors.generate.cast import ORIGIN, log_seed, note_key_id
from specs.vectors.generate.documents import Vector, b64, written
from specs.vectors.generate.merkle import leaf_hash, root_of
from specs.vectors.generate.primitives import drawn, ed25519_public, ed25519_sign

Json = Any
DASH = "—"


def body(size: int | str, root: bytes | str, origin: str = ORIGIN) -> str:
    encoded = b64(root) if isinstance(root, bytes) else root
    return f"{origin}\n{size}\n{encoded}\n"


def line(text: str, seed: bytes, name: str = ORIGIN, algorithm: int = 1) -> str:
    """A signature line by the Ed25519 key with this seed."""
    key_id = note_key_id(name, bytes([algorithm]) + ed25519_public(seed))
    return f"{DASH} {name} {b64(key_id + ed25519_sign(seed, text.encode()))}\n"


def note(size: int | str, root: bytes | str, origin: str = ORIGIN) -> str:
    text = body(size, root, origin)
    return f"{text}\n{line(text, log_seed())}"


OTHER = bytes(range(32))
WITNESS = "witness.example/la-gdp"


def checkpoint(
    name: str,
    expect: str,
    comment: str,
    *,
    size: int | str = 7,
    origin: str = ORIGIN,
    signers: tuple[Callable[[str], str], ...] | None = None,
    change: Callable[[str], str | bytes] = str,
) -> Vector:
    """A checkpoint with one change, judged with the region's origin and keys."""
    root = root_of([leaf_hash(f"leaf {n}") for n in range(7)])
    text = body(size, root, origin)
    lines = [sign(text) for sign in signers or (by_log,)]
    content: dict[str, Json] = {"region": "region/1"}
    if expect == "ok":
        content["out"] = {"origin": origin, "size": size, "root": root.hex()}
    content["checkpoint"] = written(change(text + "\n" + "".join(lines)))
    return Vector("checkpoint", name, expect, comment, content)


def by_log(text: str) -> str:
    return line(text, log_seed())


def by_witness(text: str) -> str:
    """A cosignature line; who reads checkpoints for the log's own signature passes it over."""
    key_id = note_key_id(WITNESS, b"\4" + ed25519_public(OTHER))
    return f"{DASH} {WITNESS} {b64(key_id + drawn('cosignature', 72))}\n"


def by_stranger(text: str) -> str:
    return line(text, OTHER)


def malformed(name: str, comment: str, change: Callable[[str], str | bytes], **how: Json) -> Vector:
    return checkpoint(name, "malformed", comment, change=change, **how)


def vectors() -> Iterator[Vector]:
    yield from _accepted()
    yield from _form()
    yield from _lines()
    yield from _signature_lines()
    yield from _signed()


def _accepted() -> Iterator[Vector]:
    yield checkpoint("ok", "ok", "Signed by the log.")
    yield checkpoint("ok-size-0", "ok", "Size 0 is one digit.", size=0)
    yield checkpoint("ok-largest-size", "ok", "2^53-1 is the largest size.", size=2**53 - 1)
    yield checkpoint(
        "ok-cosigned",
        "ok",
        "Cosignatures before and after are passed over.",
        signers=(by_witness, by_log, by_witness),
    )
    yield checkpoint(
        "ok-stranger-besides",
        "ok",
        "A line under the log's name by a key that the region does not list is passed over.",
        signers=(by_stranger, by_log),
    )
    yield checkpoint(
        "ok-64-lines",
        "ok",
        "As many lines as there may be.",
        signers=(by_witness,) * 63 + (by_log,),
    )


def _form() -> Iterator[Vector]:
    for name, size, comment in (
        ("leading-zero", "07", "A zero in front."),
        ("plus", "+7", "A sign."),
        ("negative", "-7", "Below zero."),
        ("hex", "0x7", "Hexadecimal."),
        ("empty", "", "No digit."),
        ("blank", "7 ", "A blank after the digit."),
        ("2-53", str(2**53), "One more than the largest size."),
        ("of-20-digits", "9" * 20, "Beyond any integer of the format."),
        ("arabic-digit", "\u0667", "A digit that is not ASCII."),
    ):
        yield checkpoint(f"size-{name}", "malformed", comment, size=size)


def _lines() -> Iterator[Vector]:
    for name, origin, comment in (
        ("empty", "", "No name."),
        ("blank", "hub example", "A blank."),
        ("not-ascii", "hub.exampl\u00e9", "A letter that is not ASCII."),
    ):
        yield checkpoint(f"origin-{name}", "malformed", comment, origin=origin)
    yield malformed("empty", "Nothing.", lambda _text: "")
    yield malformed("not-utf8", "A byte that is not UTF-8.", lambda text: text.encode() + b"\xff\n")
    yield malformed("carriage-returns", "Two bytes end a line.", lambda t: t.replace("\n", "\r\n"))
    yield malformed("without-signatures", "The body alone.", lambda t: t.partition(DASH)[0])
    yield malformed("without-empty-line", "No empty line.", lambda t: t.replace("\n\n", "\n"))
    yield malformed("two-empty-lines", "An empty line more.", lambda t: t.replace("\n\n", "\n\n\n"))
    yield malformed("without-last-line-feed", "The last line does not end.", lambda t: t[:-1])
    yield malformed("trailing-line", "A line that is no signature.", lambda text: text + "end\n")
    yield malformed("trailing-empty-line", "An empty line at the end.", lambda text: text + "\n")
    yield malformed("extension-line", "Extensions are not used.", _extended)
    yield malformed("hyphen", "A hyphen instead of the dash.", lambda t: t.replace(DASH, "-"))
    yield malformed("two-blanks", "Two blanks after the dash.", lambda t: t.replace("— ", "—  "))


def _signature_lines() -> Iterator[Vector]:
    yield malformed(
        "signature-too-short",
        "A key id and nothing more.",
        lambda text: text + f"{DASH} {WITNESS} {b64(b'abcd')}\n",
    )
    yield malformed(
        "signature-unused-bits",
        "The base64 is not canonical.",
        lambda text: text + f"{DASH} {WITNESS} {b64(bytes(76))[:-3]}B==\n",
    )
    yield malformed(
        "65-lines", "One line more than there may be.", lambda text: text + by_witness("") * 64
    )
    yield malformed("oversize", "More than 64 KiB.", lambda text: text + _wide() * 8)
    root = b64(root_of([leaf_hash(f"leaf {n}") for n in range(7)]))
    for name, value, comment in (
        ("short", b64(bytes(31)), "31 bytes."),
        ("hex", "00" * 32, "Hexadecimal."),
        ("unpadded", root.rstrip("="), "No padding."),
        ("unused-bits", _next_letter(root), "An unused bit is set."),
    ):
        yield malformed(f"root-{name}", comment, lambda t, v=value: _resigned(t.replace(root, v)))


def _wide() -> str:
    """A line of the form, of 8 KiB; eight of them are too much."""
    return f"{DASH} {'w' * 255} {b64(bytes(6144))[:8192]}\n"


def _next_letter(text: str) -> str:
    return text[:-2] + chr(ord(text[-2]) + 1) + "="


def _extended(text: str) -> str:
    return _resigned(text.replace("\n\n", "\nextension\n\n"))


def _resigned(text: str) -> str:
    """The same body under a genuine signature, so that the body alone is at fault."""
    start = text.partition("\n\n")[0] + "\n"
    return f"{start}\n{by_log(start)}"


def _signed() -> Iterator[Vector]:
    yield checkpoint(
        "of-another-log",
        "unknown-key",
        "Another origin, signed by the region's log.",
        origin="other.example",
    )
    yield checkpoint(
        "signed-by-stranger",
        "unknown-key",
        "A key that the region does not list.",
        signers=(by_stranger,),
    )
    yield checkpoint(
        "signed-by-witness-only", "unknown-key", "Cosigned, but not signed.", signers=(by_witness,)
    )
    yield checkpoint(
        "key-under-another-name",
        "unknown-key",
        "The log's key under a witness's name.",
        signers=(lambda text: line(text, log_seed(), WITNESS),),
    )
    yield checkpoint(
        "signature-wrong",
        "bad-signature",
        "The size is changed after signing.",
        change=lambda text: text.replace("\n7\n", "\n8\n"),
    )
    yield checkpoint(
        "signature-wrong-besides",
        "bad-signature",
        "One line by the log verifies, another does not.",
        signers=(by_log, lambda text: by_log(text + "7\n")),
    )
    yield checkpoint(
        "signature-of-63-bytes",
        "bad-signature",
        "The log's signature has lost a byte.",
        change=_shortened,
    )


def _shortened(text: str) -> str:
    start, _, signature = text.rstrip("\n").rpartition(" ")
    return f"{start} {b64(base64.b64decode(signature)[:-1])}\n"
