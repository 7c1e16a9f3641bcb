"""Regions: form, order, signatures, freshness."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from specs.vectors.generate.cast import (
    ORIGIN,
    SENDER,
    Root,
    agencies,
    log_key,
    region_payload,
    region_roots,
    root,
    roots_fingerprint,
    verifier_key,
)
from specs.vectors.generate.documents import (
    ABSENT,
    KEYRING,
    REGION,
    Vector,
    b64,
    changed,
    compact,
    digest,
    signed_document,
    swapped,
    written,
)
from specs.vectors.generate.envelope_encoding import at, drop, edit, put
from specs.vectors.generate.notice import Change, Swap, unchanged
from specs.vectors.generate.primitives import ed25519_public

Json = Any


def first_fingerprint() -> str:
    return roots_fingerprint([r.keyid for r in region_roots()], 1)


def region(
    name: str,
    expect: str,
    comment: str,
    *,
    fields: Mapping[str, Json] | None = None,
    change: Change = unchanged,
    swap: Swap | None = None,
    payload_type: str = REGION,
    signers: tuple[Root, ...] | None = None,
    document: Change = unchanged,
    text: Callable[[str], str | bytes] = str,
    before: str | None = None,
    fingerprint: str | None = None,
    now: str | None = None,
) -> Vector:
    """A region with one change; the first is judged by its roots' fingerprint."""
    base = region_payload()
    base["members"] = base["members"][:2]
    if before:
        base |= {"version": 2, "prev": digest(compact(region_payload()))}
    payload = changed(base, fields or {})
    change(payload)
    encoded = compact(payload)
    if swap:
        encoded = swapped(encoded, *swap)
    signed = signed_document(payload_type, encoded, signers or region_roots()[:1])
    document(signed)
    content: dict[str, Json] = {}
    if before:
        content["before"] = before
    else:
        content["fingerprint"] = fingerprint or first_fingerprint()
    if now:
        content["now"] = now
    if expect == "ok":
        content["out"] = _facts(payload, encoded)
    content["region"] = written(text(compact(signed)))
    return Vector("region", name, expect, comment, content)


def _facts(payload: Mapping[str, Json], encoded: str) -> dict[str, Json]:
    keyids = [entry["keyid"] for entry in payload["roots"]]
    return {
        "digest": digest(encoded),
        "region": payload["region"],
        "version": payload["version"],
        "roots_fingerprint": roots_fingerprint(keyids, payload["root_quorum"]),
        "members": [[m["agency"], m["status"]] for m in payload["members"]],
    }


def malformed(name: str, comment: str, **how: Json) -> Vector:
    return region(name, "malformed", comment, **how)


def vectors() -> Iterator[Vector]:
    yield from _accepted()
    yield from _form()
    yield from _log()
    yield from _members()
    yield from _first()
    yield from _order()
    yield from _signatures()


def _accepted() -> Iterator[Vector]:
    yield region("ok-first", "ok", "The first version, known by its roots' fingerprint.")
    yield region(
        "ok-without-members", "ok", "A region that has no member yet.", fields={"members": []}
    )
    yield region(
        "ok-suspended",
        "ok",
        "A member is suspended.",
        change=at("members", put("status", "suspended")),
    )
    yield region(
        "ok-name-of-200-letters",
        "ok",
        "200 characters, each of four bytes: characters are counted.",
        change=at("members", put("name", "\U00010400" * 200)),
    )
    yield region("ok-last-second", "ok", "A second before it expires.", now="2027-01-14T23:59:59Z")


def _form() -> Iterator[Vector]:
    limit = 1024 * 1024
    yield malformed(
        "oversize",
        "One byte more than 1 MiB.",
        text=lambda raw: raw + " " * (limit + 1 - len(raw.encode())),
    )
    yield malformed("unknown-key", "A key too many.", fields={"comment": ""})
    for key in ("region", "version", "issued", "expires", "roots", "root_quorum", "log", "members"):
        yield malformed(f"without-{key}", f"`{key}` is missing.", fields={key: ABSENT})
    yield region(
        "payload-type-of-a-keyring", "unsupported", "Signed as a keyring.", payload_type=KEYRING
    )
    for name, value in (("2", 2), ("true", True), ("missing", ABSENT)):
        yield region(
            f"v-{name}", "unsupported", "Only the number 1 is version 1.", fields={"v": value}
        )
    for name, value, comment in (
        ("lower-case", "sea", "Lower case."),
        ("long", "S" * 33, "33 letters."),
    ):
        yield malformed(f"region-{name}", comment, fields={"region": value})
    yield malformed("prev-at-version-1", "Nothing was before.", fields={"prev": digest("nothing")})
    yield malformed("no-prev-at-version-2", "`prev` is missing.", fields={"version": 2})


def _log() -> Iterator[Vector]:
    def log(**fields: Json) -> dict[str, Json]:
        return {"log": {"origin": ORIGIN, "keys": [log_key()], **fields}}

    public = ed25519_public(bytes(32))
    for name, fields, comment in (
        ("unknown-key", log(url="hub.example"), "A key too many."),
        ("keys-empty", log(keys=[]), "At least one key."),
        ("five-keys", log(keys=[log_key()] * 5), "At most four keys."),
        ("origin-with-blank", log(origin="hub example"), "A blank."),
        (
            "key-of-another-name",
            log(keys=[verifier_key("another.example", public)]),
            "Not the origin.",
        ),
        ("key-of-a-witness", log(keys=[verifier_key(ORIGIN, public, 4)]), "A cosigning key."),
        ("key-short", log(keys=[verifier_key(ORIGIN, public[:31])]), "31 bytes."),
        (
            "key-id-wrong",
            log(keys=[f"{ORIGIN}+00000000+{log_key().split('+', 2)[2]}"]),
            "Not its id.",
        ),
        ("key-without-id", log(keys=[ORIGIN + log_key()[len(ORIGIN) + 9 :]]), "No key id."),
        ("key-with-padding", log(keys=[log_key() + "="]), "Padding where none belongs."),
    ):
        yield malformed(f"log-{name}", comment, fields=fields)


def _members() -> Iterator[Vector]:
    def one(name: str, comment: str, change: Change) -> Vector:
        return malformed(f"member-{name}", comment, change=at("members", change))

    yield malformed("members-unsorted", "Not in order.", change=edit("members", lambda m: m[::-1]))
    yield malformed("member-twice", "One twice.", change=edit("members", lambda m: [m[0], m[0]]))
    yield one("unknown-key", "A key too many.", put("city", "Jakarta"))
    yield one("without-status", "`status` is missing.", drop("status"))
    yield one("status-unknown", "A word of its own.", put("status", "expelled"))
    yield one("country-of-three-letters", "Two capital letters.", put("country", "IDN"))
    yield one("name-empty", "At least one character.", put("name", ""))
    yield one("name-of-201-letters", "At most 200 characters.", put("name", "n" * 201))
    yield one("name-with-line-feed", "A control character.", put("name", "Indonesian\nPolice"))
    yield one("name-with-c1-control", "A control character.", put("name", "Indonesian\u0085Police"))
    yield one("roots-empty", "At least one root.", put("roots", []))
    yield one("root-twice", "One root twice.", edit("roots", lambda roots: roots * 2))
    yield one("root-quorum-0", "Nobody need sign.", put("root_quorum", 0))
    yield one("root-quorum-too-high", "More than there are roots.", put("root_quorum", 2))


def _first() -> Iterator[Vector]:
    first, second = region_roots()
    yield region(
        "first-with-another-fingerprint",
        "unknown-key",
        "Not the roots that were compared.",
        fingerprint=roots_fingerprint([first.keyid], 1),
    )
    yield region(
        "first-with-another-quorum",
        "unknown-key",
        "The same roots, but both must sign.",
        fields={"root_quorum": 2},
        signers=(first, second),
    )


def _order() -> Iterator[Vector]:
    _, second = region_roots()
    yield region("ok-second", "ok", "The second version follows.", before="region/1")
    yield region(
        "ok-second-by-the-other-root",
        "ok",
        "One of two roots suffices.",
        before="region/1",
        signers=(second,),
    )
    yield region(
        "of-another-region",
        "unknown-key",
        "Another region's document.",
        before="region/1",
        fields={"region": "EU"},
    )
    yield region(
        "version-skipped", "stale", "Version 3 after 1.", before="region/1", fields={"version": 3}
    )
    yield region(
        "prev-mismatch",
        "stale",
        "Not the version before.",
        before="region/1",
        fields={"prev": digest("another")},
    )
    yield region(
        "rolled-back",
        "stale",
        "Version 1 again.",
        before="region/1",
        fields={"version": 1, "prev": ABSENT},
    )


def _signatures() -> Iterator[Vector]:
    _, second = region_roots()
    stranger = agencies()[SENDER].roots[0]
    new = root("secretariat/3")
    yield region("signed-by-stranger", "unknown-key", "A member's root.", signers=(stranger,))
    yield region(
        "roots-changed-without-the-old",
        "no-quorum",
        "A new root signs itself in.",
        before="region/1",
        fields={"roots": [new.entry()]},
        signers=(new,),
    )
    yield region(
        "roots-changed-without-the-new",
        "no-quorum",
        "No new root has signed.",
        before="region/1",
        fields={"roots": [new.entry()]},
    )
    yield region(
        "ok-roots-changed",
        "ok",
        "Old and new sign.",
        before="region/1",
        fields={"roots": [new.entry()]},
        signers=(new, second),
    )
    yield region(
        "signature-wrong",
        "bad-signature",
        "The payload is changed after signing.",
        document=edit("payload", _resigned),
    )
    yield region("expired", "stale", "At the very second.", now="2027-01-15T00:00:00Z")


def _resigned(_payload: str) -> str:
    return b64(compact({**region_payload(), "members": []}))
