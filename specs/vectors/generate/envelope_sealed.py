"""Steps 7 to 9: opening, content, order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specs.vectors.generate import payloads
from specs.vectors.generate.cast import HIDDEN, OUTSIDER, RECIPIENT, agencies
from specs.vectors.generate.documents import Vector, digest
from specs.vectors.generate.envelope_accepted import FILES, held, revision
from specs.vectors.generate.envelope_delivered import CORRUPT, corrupt, crossed, flipped
from specs.vectors.generate.envelope_encoding import edit
from specs.vectors.generate.notice import blind_tag, kid_of, nonce_of
from specs.vectors.generate.primitives import (
    CHUNK,
    padded_size,
)
from specs.vectors.generate.scenario import read

Json = Any
HEAD = 24 + 32  # salt and commitment of a sealed body


def vectors() -> Iterator[Vector]:
    yield from _opened_wraps()
    yield from _changed_wraps()
    yield from _opened_bodies()
    yield from _chunks()
    yield from _padding()
    yield from _content()
    yield from _order()


def _opened_wraps() -> Iterator[Vector]:
    other_header = bytes(32)
    yield corrupt(
        "wrap-of-another-header",
        "The wrap is sealed under the hash of another header.",
        wrap_info=lambda _c, kid: b"e-ads/v1/wrap\0" + other_header + bytes.fromhex(kid),
    )
    yield corrupt(
        "wrap-without-kid",
        "The wrap's info does not name the key.",
        wrap_info=lambda c, _kid: b"e-ads/v1/wrap\0" + c,
    )
    yield corrupt(
        "wrap-as-a-grant",
        "The wrap is sealed in the context of a grant.",
        wrap_info=lambda c, kid: b"e-ads/v1/grant\0" + c + bytes.fromhex(kid),
    )
    yield corrupt(
        "wrap-to-another-key",
        "The wrap is sealed to the key of somebody else.",
        wrap_for={RECIPIENT: agencies()[OUTSIDER].epoch.public},
    )


def _changed_wraps() -> Iterator[Vector]:
    yield corrupt(
        "wraps-sealed-swapped",
        "The sender has put two wraps under each other's key.",
        wraps_change=lambda wraps: wraps.update(crossed(wraps)),
    )
    for name, place in (("mlkem", 7), ("x25519", 1100), ("ciphertext", 1130)):
        yield corrupt(
            f"wrap-{name}-changed",
            "Signed so, but a bit is not what was sealed.",
            wraps_change=edit(kid_of(RECIPIENT), lambda wrap, p=place: flipped(wrap, p)),
        )
    name = "hidden-wrap-with-tag"
    yield corrupt(
        name,
        "A hidden recipient's info holds the key's name, not the start of the tag.",
        by=HIDDEN,
        hidden=(HIDDEN,),
        wrap_info=lambda c, kid: b"e-ads/v1/wrap\0" + c + _tag_start(name, kid),
    )


def _tag_start(label: str, kid: str) -> bytes:
    return bytes.fromhex(blind_tag(nonce_of(label, HIDDEN), kid, HIDDEN))[:16]


def _opened_bodies() -> Iterator[Vector]:
    yield corrupt(
        "body-of-another-header",
        "The body is sealed under the hash of another header.",
        body_context=lambda _c: b"e-ads/v1/body\0" + bytes(32),
    )
    yield corrupt(
        "body-as-file-1",
        "The body is sealed as a file.",
        body_context=lambda c: b"e-ads/v1/file\0" + c + b"\0\0\0\1",
    )
    yield corrupt(
        "body-under-another-key",
        "The wraps hold another key.",
        body_key=lambda key: flipped(key, 0),
    )
    for name, place in (("salt", 0), ("commitment", 24), ("chunk", HEAD)):
        yield corrupt(
            f"body-{name}-changed",
            "Signed so, but a bit is not what was sealed.",
            body_change=lambda body, p=place: flipped(body, p % len(body)),
        )
    yield corrupt(
        "body-without-chunks", "Salt and commitment only.", body_change=lambda body: body[:HEAD]
    )


def _chunks() -> Iterator[Vector]:
    whole = HEAD + CHUNK + 16
    long = payloads.LONG
    yield read("ok-two-chunks", "ok", "A body of two chunks.", payload=long)
    yield corrupt(
        "body-without-last-chunk",
        "The first chunk is whole, the last is missing.",
        payload=long,
        body_change=lambda body: body[:whole],
    )
    yield read(
        "file-under-another-number",
        CORRUPT,
        "Each file is sealed under the next one's number.",
        **FILES,
        file_number=lambda number: number + 1,
    )


def _padding() -> Iterator[Vector]:
    def padded(name: str, comment: str, size: int, length: int | None = None) -> Vector:
        def pad(message: bytes) -> bytes:
            stated = len(message) if length is None else length
            return (stated.to_bytes(4, "big") + message).ljust(size, b"\0")

        return corrupt(f"padding-{name}", comment, padded=pad)

    yield padded("length-too-long", "The length goes beyond the end.", 1024, 1021)
    yield padded("not-smallest", "The next size up instead of the smallest that fits.", 1088)
    yield corrupt(
        "padding-not-zero",
        "A byte of the padding is not zero.",
        padded=lambda m: flipped((len(m).to_bytes(4, "big") + m).ljust(1024, b"\0"), 1023),
    )
    yield corrupt("padding-missing", "The payload without padding.", padded=bytes)
    yield corrupt(
        "padding-length-shorter",
        "The length leaves out the payload's last byte.",
        padded=lambda m: ((len(m) - 1).to_bytes(4, "big") + m).ljust(1024, b"\0"),
    )
    yield read(
        "file-padding-not-zero",
        CORRUPT,
        "A byte of a file's padding is not zero.",
        **FILES,
        padded=_last_byte_of_files,
    )


def _last_byte_of_files(message: bytes) -> bytes:
    padded = (len(message).to_bytes(4, "big") + message).ljust(padded_size(len(message)), b"\0")
    return padded if message.startswith(b"{") else flipped(padded, len(padded) - 1)


def _content() -> Iterator[Vector]:
    message = payloads.MESSAGE
    for name, payload, comment in (
        ("not-json", "Which court issued the warrant?", "Plain text."),
        ("not-utf8", message.encode("utf-16-le"), "UTF-16."),
        ("duplicate-key", message.replace("{", '{"text":"Nothing.",', 1), "`text` stands twice."),
        ("surrogate", message.replace("Question", "\\ud83d", 1), "Half a surrogate pair."),
        ("unknown-key", message.replace("{", '{"urgent":true,', 1), "Not in the schema."),
        ("missing-key", '{"type":"message","subject":"Question"}', "The text is missing."),
        ("of-another-type", payloads.HIT, "A hit in a message."),
        ("withdrawal-in-a-message", payloads.WITHDRAWAL, "A withdrawal without `act` withdraw."),
    ):
        yield corrupt(f"payload-{name}", comment, payload=payload)
    yield corrupt(
        "payload-of-a-notice-in-a-withdrawal",
        "A withdrawal carries the withdrawal's payload.",
        header=revision(2, "withdraw"),
        held=held(1),
    )


def _order() -> Iterator[Vector]:
    def stale(name: str, comment: str, rev: int, before: dict[str, Json], **header: Json) -> Vector:
        return read(name, "stale", comment, header={**revision(rev), **header}, held=before)

    yield stale("rev-skipped", "Revision 3 where revision 1 is held.", 3, held(1))
    yield stale("rev-again", "Revision 2 where another revision 2 is held.", 2, held(2))
    yield stale(
        "prev-mismatch", "`prev` is not the revision held.", 2, held(1, digest=digest("another"))
    )
    yield stale(
        "revision-of-another-issuer",
        "The revision held is another agency's.",
        2,
        held(1, issuer=RECIPIENT),
    )
    yield stale(
        "revision-of-another-type", "The revision held is of another type.", 2, held(1, type="hit")
    )
    yield read(
        "issued-again", "stale", "Revision 1 where revision 1 of the same id is held.", held=held(1)
    )
    yield read(
        "expired", "stale", "At the very second the notice expires.", now="2027-05-22T00:00:00Z"
    )
