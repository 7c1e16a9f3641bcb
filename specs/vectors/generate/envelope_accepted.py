"""Envelopes that pass every step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specs.vectors.generate import payloads
from specs.vectors.generate.cast import HIDDEN, OUTSIDER, RECIPIENT, REVIEWER, SENDER
from specs.vectors.generate.documents import Vector, digest
from specs.vectors.generate.envelope_logged import in_log
from specs.vectors.generate.primitives import drawn
from specs.vectors.generate.scenario import judged, posted, read

Json = Any
WANTED: dict[str, Json] = {
    "type": "wanted-person",
    "payload": payloads.WANTED,
    "signers": ("s.wulandari", "b.santoso#2"),
}
MISSING: dict[str, Json] = {
    "type": "missing-person",
    "payload": payloads.MISSING,
    "named": (SENDER, RECIPIENT, REVIEWER),
    "signers": ("s.wulandari", "v.tan@REG-OFFICE"),
}
FILES: dict[str, Json] = {
    "payload": payloads.WITH_FILES,
    "files": (drawn("a photograph", 900), b"She said that she knows nobody there.\n"),
}
BEFORE = digest("revision 1 of the notice")


def held(rev: int, **changes: Json) -> dict[str, Json]:
    """The revision that the reader holds."""
    return {"rev": rev, "digest": BEFORE, "issuer": SENDER, "type": "message", **changes}


def revision(rev: int, act: str = "update") -> dict[str, Json]:
    return {"rev": rev, "prev": BEFORE, "act": act}


def vectors() -> Iterator[Vector]:
    yield from _read()
    yield from _read_headers()
    yield from _revisions()
    yield from _posted()
    yield from _judged()
    yield from _judged_headers()
    yield from _bounds()


def _read() -> Iterator[Vector]:
    yield read("ok-message", "ok", "A message on one signature, as its recipient gets it.")
    yield read("ok-wanted-person", "ok", "A wanted person on two signatures.", **WANTED)
    yield read(
        "ok-issuer-reads", "ok", "The issuer opens what it has sealed itself.", by=SENDER, **WANTED
    )
    yield read(
        "ok-hidden-recipient",
        "ok",
        "A hidden recipient finds itself by its own route entry.",
        by=HIDDEN,
        hidden=(HIDDEN, OUTSIDER),
    )
    yield read(
        "ok-beside-hidden-recipient",
        "ok",
        "A named recipient gets no route entry and needs none.",
        hidden=(HIDDEN, OUTSIDER),
    )
    yield read("ok-files", "ok", "Two files, each sealed under its own number.", **FILES)
    yield read("ok-reviewer", "ok", "An officer of another agency reviews.", **MISSING)


def _read_headers() -> Iterator[Vector]:
    yield read(
        "ok-hit",
        "ok",
        "A hit, with every optional key of the header.",
        type="hit",
        payload=payloads.HIT,
        header={
            "handling": {"codes": ["H0", "H1", "H2", "H3"], "tlp": "AMBER+STRICT"},
            "priority": "immediate",
            "area": "wildlife-and-timber",
        },
    )
    yield read("ok-in-log", "ok", "The envelope is the log's last leaf.", log=in_log)
    yield read(
        "ok-empty-log",
        "ok",
        "The issuer had seen an empty log.",
        header={"log": {"origin": "hub.example", "size": 0, "root": digest(b"")}},
    )
    yield read(
        "ok-last-second", "ok", "One second before the notice expires.", now="2027-05-21T23:59:59Z"
    )
    yield read(
        "ok-other-wrap-at-hand-is-wrong",
        "ok",
        "A reader looks at its own wrap only; the other that it was handed is the hub's matter.",
        envelope_change=lambda envelope: envelope["wraps"].update(
            {"0" * 64: _first(envelope["wraps"])}
        ),
        header_change=lambda header: header["to"].append({"blind": "0" * 64}),
        wraps_change=lambda wraps: wraps.update({"0" * 64: drawn("another wrap", 1168)}),
    )


def _first(wraps: dict[str, str]) -> str:
    return next(iter(wraps.values()))


def _revisions() -> Iterator[Vector]:
    yield read(
        "ok-update",
        "ok",
        "Revision 2 follows the one held.",
        header=revision(2),
        held=held(1, type="wanted-person"),
        **WANTED,
    )
    yield read(
        "ok-withdraw",
        "ok",
        "Revision 3 withdraws; the payload is that of a withdrawal.",
        header=revision(3, "withdraw"),
        held=held(2),
        payload=payloads.WITHDRAWAL,
    )
    yield read(
        "ok-first-seen-at-revision-2",
        "ok",
        "A reader that holds no revision takes any: it was added with this one.",
        header=revision(2),
    )


def _posted() -> Iterator[Vector]:
    yield posted("ok-posted", "ok", "Posted whole: every wrap is there.", **WANTED)
    yield posted(
        "ok-posted-with-hidden-recipients",
        "ok",
        "Posted with the route to two hidden recipients.",
        hidden=(HIDDEN, OUTSIDER),
    )
    yield posted("ok-posted-with-files", "ok", "Posted with two files.", **FILES)


def _judged() -> Iterator[Vector]:
    yield judged(
        "ok-officer-with-two-roles",
        "ok",
        "The first signer could be liaison or approver; only as approver is the quorum met.",
        signers=("d.lestari", "s.wulandari"),
        type="wanted-person",
    )
    yield judged(
        "ok-two-officers-of-one-role",
        "ok",
        "The quorum asks for two liaisons, and they are different officers.",
        type="unidentified-body",
        signers=("s.wulandari", "r.hidayat"),
    )
    yield judged(
        "ok-three-signatures",
        "ok",
        "More officers than needed, each with a role that the quorum names.",
        signers=("r.hidayat", "b.santoso#2", "s.wulandari"),
        type="wanted-person",
    )
    yield judged(
        "ok-reviewer-and-two",
        "ok",
        "Liaison, approver and a reviewer from another agency, in any order.",
        type="trafficking-route",
        named=(SENDER, REVIEWER),
        signers=("v.tan@REG-OFFICE", "b.santoso#2", "s.wulandari"),
    )


def _judged_headers() -> Iterator[Vector]:
    yield judged(
        "ok-signer-from-this-second",
        "ok",
        "The approver's key is valid from the very second of issue.",
        signers=("s.wulandari", "y.kusuma"),
        type="wanted-person",
    )
    yield judged(
        "ok-blanks-and-escapes",
        "ok",
        "Blanks, line feeds and escapes in the header: what counts is the bytes.",
        header_swap=('"priority":"routine"', '"pri\\u006frity" :\n\t"r\\u006Futine" '),
    )
    yield judged(
        "ok-longest-life",
        "ok",
        "Exactly 1827 days.",
        signers=WANTED["signers"],
        header={"expires": "2031-11-23T03:04:05Z"},
        type="wanted-person",
    )
    yield judged("ok-last-revision", "ok", "Revision 65535 is the highest.", header=revision(65535))
    yield judged(
        "ok-largest-integer",
        "ok",
        "2^53-1 is the largest integer.",
        header={"log": {"origin": "~" * 255, "size": 2**53 - 1, "root": "0" * 64}},
    )


def _bounds() -> Iterator[Vector]:
    yield judged(
        "ok-4-mib",
        "ok",
        "Blanks after the object, up to the very limit.",
        text=lambda raw: raw + " " * (4 * 1024 * 1024 - len(raw)),
    )
