"""Step 1, the header: every rule of its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specs.vectors.generate.cast import SENDER
from specs.vectors.generate.documents import ABSENT, Vector, digest
from specs.vectors.generate.envelope_encoding import at, drop, malformed, put, unsupported

Json = Any
TWO = ("s.wulandari", "b.santoso#2")
WANTED: dict[str, Json] = {"type": "wanted-person", "signers": TWO}


def vectors() -> Iterator[Vector]:
    yield from _keys()
    yield from _version()
    yield from _revision()
    yield from _names()
    yield from _times()
    yield from _life()
    yield from _handling()
    yield from _log()


def _keys() -> Iterator[Vector]:
    yield malformed("header-unknown-key", "A key too many.", header={"title": "a name"})
    for key in (
        "id",
        "rev",
        "type",
        "act",
        "issuer",
        "issued",
        "expires",
        "to",
        "handling",
        "priority",
        "log",
    ):
        yield malformed(f"header-without-{key}", f"`{key}` is missing.", header={key: ABSENT})
    for key in ("codes", "tlp"):
        yield malformed(
            f"handling-without-{key}",
            f"`{key}` is missing.",
            header_change=at("handling", drop(key)),
        )
    yield malformed(
        "handling-unknown-key", "A key too many.", header_change=at("handling", put("note", ""))
    )
    for key in ("origin", "size", "root"):
        yield malformed(
            f"log-without-{key}", f"`{key}` is missing.", header_change=at("log", drop(key))
        )
    yield malformed("log-unknown-key", "A key too many.", header_change=at("log", put("time", "")))


def _version() -> Iterator[Vector]:
    for name, value in (("2", 2), ("true", True), ("text", "1")):
        yield unsupported(f"version-{name}", "Only the number 1 is version 1.", header={"v": value})
    yield unsupported("version-missing", "No version.", header={"v": ABSENT})
    yield unsupported("suite-2", "Another suite.", header={"suite": "EADS2"})
    yield unsupported("suite-missing", "No suite.", header={"suite": ABSENT})
    yield unsupported(
        "version-first",
        "Version 2 with other keys: the version is looked at before the keys.",
        header={"v": 2, "suite": ABSENT, "to": ABSENT, "parts": []},
    )
    yield unsupported(
        "suite-first",
        "Another suite with other keys: the suite is looked at before the keys.",
        header={"suite": "EADS9", "rev": ABSENT, "salt": ""},
    )
    yield unsupported("type-unknown", "A type that does not exist.", header={"type": "purple"})
    yield unsupported(
        "type-before-act",
        "Unknown type and unknown act: the type stands first in the table.",
        header={"type": "purple", "act": "recall"},
    )
    yield malformed(
        "rev-before-type",
        "Revision 0 of an unknown type: `rev` stands first in the table.",
        header={"type": "purple", "rev": 0},
    )
    yield malformed("type-not-text", "A type that is a number.", header={"type": 7})
    yield malformed(
        "act-upper-case", "A word in capitals is another word.", header={"act": "ISSUE"}
    )


def _revision() -> Iterator[Vector]:
    prev = digest("a revision before")
    yield malformed("rev-0", "Revisions count from 1.", header={"rev": 0})
    yield malformed(
        "rev-65536",
        "Beyond the last revision.",
        header={"rev": 65536, "prev": prev, "act": "update"},
    )
    yield malformed("rev-true", "True is not 1.", header={"rev": True})
    yield malformed(
        "rev-float", "1.0 is no integer of this format.", header_swap=('"rev":1', '"rev":1.0')
    )
    yield malformed("prev-at-revision-1", "Nothing was before.", header={"prev": prev})
    yield malformed(
        "no-prev-at-revision-2", "`prev` is missing.", header={"rev": 2, "act": "update"}
    )
    yield malformed(
        "prev-upper-case",
        "Upper-case hex.",
        header={"rev": 2, "act": "update", "prev": prev.upper()},
    )
    yield malformed(
        "issue-at-revision-2",
        "Only revision 1 issues.",
        header={"rev": 2, "prev": prev, "act": "issue"},
    )
    yield malformed("update-at-revision-1", "Nothing to update.", header={"act": "update"})
    yield malformed("act-unknown", "An act that does not exist.", header={"act": "recall"})
    yield malformed("hit-without-re", "A hit of nothing.", type="hit", header={"re": ABSENT})
    yield malformed(
        "wanted-person-with-re", "A notice answers nothing.", header={"re": prev}, **WANTED
    )


def _names() -> Iterator[Vector]:
    for name, value, comment in (
        ("id-uuid-version-4", "01a20135-fc88-4a31-9d2f-3b5c7d9e1f20", "A UUID of version 4."),
        ("id-upper-case", "01A20135-FC88-7A31-9D2F-3B5C7D9E1F20", "Upper-case hex."),
        ("id-other-variant", "01a20135-fc88-7a31-cd2f-3b5c7d9e1f20", "Not RFC 9562's variant."),
    ):
        yield malformed(name, comment, header={"id": value})
    for name, value, comment in (
        ("lower-case", "id-POLRI", "Lower case."),
        ("long-prefix", "INDO-POLRI", "Four letters before the hyphen."),
        ("short-name", "ID-P", "One letter after the hyphen."),
        ("long-name", "ID-" + "P" * 17, "Seventeen letters after the hyphen."),
    ):
        yield malformed(
            f"agency-{name}",
            comment,
            named=(SENDER,),
            header={"issuer": value},
            header_change=at("to", put("agency", value)),
        )


def _times() -> Iterator[Vector]:
    for name, value, comment in (
        ("february-30", "2026-02-30T00:00:00Z", "There is no such day."),
        ("second-60", "2026-12-31T23:59:60Z", "Leap seconds have no place."),
        ("hour-24", "2026-11-22T24:00:00Z", "The day ends at 23:59:59."),
        ("year-1999", "1999-11-22T03:04:05Z", "Years begin at 2000."),
        ("offset", "2026-11-22T03:04:05+00:00", "An offset instead of Z."),
        ("lower-case", "2026-11-22t03:04:05z", "Lower case."),
        ("fraction", "2026-11-22T03:04:05.000Z", "A fraction of a second."),
    ):
        yield malformed(f"time-{name}", comment, header={"issued": value, "expires": _after(value)})


def _after(value: str) -> str:
    return "1999-12-31T00:00:00Z" if value.startswith("1999") else "2027-05-22T00:00:00Z"


def _life() -> Iterator[Vector]:
    yield malformed(
        "expires-when-issued", "No life at all.", header={"expires": "2026-11-22T03:04:05Z"}
    )
    yield malformed(
        "expires-before-issued", "Expired at birth.", header={"expires": "2026-11-22T03:04:04Z"}
    )
    yield malformed(
        "expires-after-1827-days",
        "A second longer than a wanted person may live.",
        header={"expires": "2031-11-23T03:04:06Z"},
        **WANTED,
    )
    yield malformed(
        "expires-after-1096-days",
        "A second longer than an unidentified body may live.",
        header={"expires": "2029-11-22T03:04:06Z"},
        type="unidentified-body",
        signers=("s.wulandari", "r.hidayat"),
    )
    yield malformed(
        "expires-after-366-days",
        "A second longer than a message may live.",
        header={"expires": "2027-11-23T03:04:06Z"},
    )


def _handling() -> Iterator[Vector]:
    for name, codes, comment in (
        ("unsorted", ["H2", "H1"], "Not in order."),
        ("twice", ["H1", "H1"], "One code twice."),
        ("unknown", ["H4"], "A code that does not exist."),
        ("empty", [], "At least one code."),
    ):
        yield malformed(
            f"handling-{name}", comment, header={"handling": {"codes": codes, "tlp": "AMBER"}}
        )
    yield malformed(
        "tlp-white",
        "Not a label of TLP 2.0.",
        header={"handling": {"codes": ["H1"], "tlp": "WHITE"}},
    )
    yield malformed("priority-unknown", "A word of its own.", header={"priority": "high"})
    yield malformed("area-unknown", "A word of its own.", header={"area": "gambling"})


def _log() -> Iterator[Vector]:
    for name, origin, comment in (
        ("blank", "hub example", "A blank."),
        ("plus", "hub+example", "A plus sign."),
        ("empty", "", "Empty."),
        ("too-long", "h" * 256, "256 characters."),
        ("not-ascii", "hub.exampl\u00e9", "A letter that is not ASCII."),
    ):
        yield malformed(
            f"log-origin-{name}", comment, header_change=at("log", put("origin", origin))
        )
    yield malformed(
        "log-origin-surrogate",
        "Half a surrogate pair, written as an escape.",
        header_swap=('"hub.example"', '"hub.\\ud800"'),
    )
    yield malformed(
        "log-size-2-53",
        "One more than the largest integer.",
        header_change=at("log", put("size", 2**53)),
    )
    yield malformed(
        "log-size-minus-zero",
        "Minus zero has a sign.",
        header={"log": {"origin": "hub.example", "size": 0, "root": digest(b"")}},
        header_swap=('"size":0', '"size":-0'),
    )
    yield malformed(
        "log-root-of-empty-log",
        "Size 0 with another root than the SHA-256 of nothing.",
        header_change=at("log", put("size", 0)),
    )
