"""Step 1, the recipients: ``to``, wraps, blobs, signatures and routes that must fit together."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from specs.vectors.generate.cast import HIDDEN, OUTSIDER, RECIPIENT, SENDER
from specs.vectors.generate.documents import Vector, b64, digest
from specs.vectors.generate.envelope_encoding import at, edit, malformed, put
from specs.vectors.generate.notice import Change, blind_tag, kid_of, nonce_of
from specs.vectors.generate.primitives import drawn
from specs.vectors.generate.scenario import posted, read

Json = Any
TAGS = sorted(digest(f"tag {n}") for n in range(2))


def named(agency: str, kid: str | None = None) -> dict[str, Json]:
    return {"agency": agency, "kid": kid or kid_of(agency)}


def blind(*tags: str) -> list[dict[str, Json]]:
    return [{"blind": tag} for tag in tags]


def _wraps_of(to: list[dict[str, Json]]) -> Change:
    """Wraps that fit ``to``, so that nothing is wrong but ``to`` itself."""

    def change(wraps: dict[str, Json]) -> None:
        wraps.clear()
        wraps.update({entry.get("kid") or entry.get("blind") or "": b"wrap" for entry in to})

    return change


def _to(name: str, comment: str, to: list[dict[str, Json]], **notice: Json) -> Vector:
    return malformed(f"to-{name}", comment, header={"to": to}, wraps_change=_wraps_of(to), **notice)


def vectors() -> Iterator[Vector]:
    yield from _recipients()
    yield from _wraps()
    yield from _blobs()
    yield from _signatures()
    yield from _routes()
    yield from _delivered_routes()


def _recipients() -> Iterator[Vector]:
    sender, recipient = named(SENDER), named(RECIPIENT)
    yield _to("empty", "Nobody.", [])
    yield _to("unsorted", "Not in rising order of the agency.", [recipient, sender])
    yield _to(
        "agency-twice",
        "One agency under two keys.",
        [sender, recipient, named(RECIPIENT, kid_of(OUTSIDER))],
    )
    yield _to("kid-twice", "Two agencies under one key.", [sender, named("TH-XYZ", sender["kid"])])
    yield _to("without-issuer", "The issuer is not among them.", [recipient])
    yield _to("issuer-only-blind", "The issuer is never hidden.", [recipient, *blind(TAGS[0])])
    yield _to("named-after-blind", "The named come first.", [sender, *blind(TAGS[0]), recipient])
    yield _to("blind-unsorted", "Tags not in rising order.", [sender, *blind(*reversed(TAGS))])
    yield _to("blind-twice", "One tag twice.", [sender, *blind(TAGS[0], TAGS[0])])
    yield _to("blind-upper-case", "Upper-case hex.", [sender, *blind(TAGS[0].upper())])
    yield _to(
        "blind-with-agency",
        "Hidden and named at once.",
        [sender, {"blind": TAGS[0], "agency": RECIPIENT}],
    )
    yield _to(
        "unknown-key", "A key too many.", [sender, {**recipient, "name": "Royal Thai Police"}]
    )
    yield _to("without-kid", "`kid` is missing.", [sender, {"agency": RECIPIENT}])
    yield _to("without-agency", "`agency` is missing.", [sender, {"kid": kid_of(RECIPIENT)}])
    many = [sender] + [named(f"ZZ-{n:03}", f"{n:032x}") for n in range(512)]
    yield _to("513-recipients", "One more than there may be.", many)
    yield malformed(
        "to-not-a-list",
        "One recipient instead of a list.",
        header={"to": sender},
        wraps_change=_wraps_of([sender]),
    )


def _wraps() -> Iterator[Vector]:
    yield malformed(
        "manifest-wrap-too-many",
        "A wrap for nobody.",
        wraps_change=lambda wraps: wraps.update({"0" * 32: b"wrap"}),
    )
    yield malformed(
        "manifest-wrap-missing",
        "A recipient without a wrap.",
        wraps_change=lambda wraps: wraps.pop(kid_of(RECIPIENT)),
    )
    yield malformed(
        "wrap-for-nobody",
        "A wrap that the manifest does not name.",
        envelope_change=lambda envelope: envelope["wraps"].update(
            {"0" * 32: b64(drawn("a wrap", 1168))}
        ),
    )
    yield posted(
        "wrap-short",
        "malformed",
        "A wrap has 1168 bytes.",
        wraps_change=edit(kid_of(RECIPIENT), lambda wrap: wrap[:-1]),
    )
    yield posted(
        "content-key-of-16-bytes",
        "malformed",
        "A wrapped key of 16 bytes makes a shorter wrap.",
        cek_sealed=lambda cek: cek[:16],
    )
    yield posted(
        "posted-without-a-wrap",
        "malformed",
        "What is posted holds every wrap.",
        envelope_change=at("wraps", lambda wraps: wraps.pop(kid_of(RECIPIENT))),
    )


def _blobs() -> Iterator[Vector]:
    blob = {"sha256": digest("a file"), "size": 2048}
    yield malformed("blobs-empty", "Not even a body.", manifest_change=put("blobs", []))
    yield malformed(
        "blobs-33-files",
        "One file more than there may be.",
        manifest_change=edit(
            "blobs",
            lambda blobs: blobs + [{**blob, "sha256": digest(f"file {n}")} for n in range(33)],
        ),
    )
    yield malformed(
        "blob-twice",
        "Two files with one digest.",
        manifest_change=edit("blobs", lambda blobs: [*blobs, blob, blob]),
    )
    yield malformed(
        "blob-body-too-large",
        "One byte more than 1.25 MiB.",
        manifest_change=at("blobs", put("size", 1310721)),
    )
    yield malformed(
        "blob-file-too-large",
        "One byte more than 64 MiB.",
        manifest_change=edit("blobs", lambda blobs: [*blobs, {**blob, "size": 67108865}]),
    )


def _signatures() -> Iterator[Vector]:
    yield malformed("signatures-empty", "No signature.", envelope_change=put("signatures", []))
    yield malformed(
        "signatures-17",
        "One more than there may be.",
        envelope_change=edit(
            "signatures",
            lambda found: (
                found + [{"keyid": f"{n:032x}", "sig": b64(bytes(3373))} for n in range(16)]
            ),
        ),
    )
    yield malformed(
        "signature-twice",
        "The same signature twice.",
        envelope_change=edit("signatures", lambda found: found * 2),
    )
    for name, cut, comment in (
        ("mldsa-half-stripped", slice(0, 64), "Ed25519 alone: a signature has 3373 bytes."),
        ("ed25519-half-stripped", slice(64, None), "ML-DSA alone: a signature has 3373 bytes."),
    ):
        yield malformed(
            name,
            comment,
            envelope_change=at("signatures", edit("sig", lambda sig, c=cut: _cut(sig, c))),
        )


def _cut(sig: str, part: slice) -> str:
    return b64(base64.b64decode(sig)[part])


def _routes() -> Iterator[Vector]:
    def hub(name: str, comment: str, change: Change, **notice: Json) -> Vector:
        return posted(
            f"route-{name}",
            "malformed",
            comment,
            hidden=(HIDDEN,),
            envelope_change=change,
            **notice,
        )

    yield hub(
        "missing", "A hidden recipient without its route.", lambda envelope: envelope.pop("route")
    )
    yield hub(
        "for-nobody",
        "A route for a tag that is not among the recipients.",
        at(
            "route", put("0" * 64, {"agency": OUTSIDER, "kid": kid_of(OUTSIDER), "nonce": "0" * 32})
        ),
    )
    yield hub(
        "nonce-of-15-bytes",
        "A nonce has 16 bytes.",
        at("route", lambda route: next(iter(route.values())).update(nonce="0" * 30)),
    )
    yield _twice("route-to-a-named-agency", "Hidden and named at once.", RECIPIENT, OUTSIDER)
    yield _twice("route-to-a-named-key", "One key hidden and named.", OUTSIDER, RECIPIENT)
    yield _two_tags()


def _delivered_routes() -> Iterator[Vector]:
    entry = {"agency": OUTSIDER, "kid": kid_of(OUTSIDER), "nonce": "0" * 32}
    yield read(
        "route-for-nobody-delivered",
        "malformed",
        "A reader, too, refuses a route for a tag that is not among the recipients.",
        envelope_change=put("route", {"0" * 64: entry}),
    )


def _twice(name: str, comment: str, agency: str, owner: str) -> Vector:
    """A hidden recipient, with a genuine tag, that has the agency or the key of a named one."""
    nonce = nonce_of(name, agency)
    kid = kid_of(owner)
    return _posted_with_route(name, comment, {blind_tag(nonce, kid, agency): (agency, kid, nonce)})


def _two_tags() -> Vector:
    name, kids = "route-twice-to-an-agency", (kid_of(HIDDEN), kid_of(OUTSIDER))
    nonce = nonce_of(name, HIDDEN)
    route = {blind_tag(nonce, kid, HIDDEN): (HIDDEN, kid, nonce) for kid in kids}
    return _posted_with_route(name, "One agency behind two tags.", dict(sorted(route.items())))


def _posted_with_route(name: str, comment: str, route: dict[str, tuple[str, str, bytes]]) -> Vector:
    entries = {
        tag: {"agency": agency, "kid": kid, "nonce": nonce.hex()}
        for tag, (agency, kid, nonce) in route.items()
    }
    wrap = drawn(f"{name}/wrap", 1168)
    return posted(
        name,
        "malformed",
        comment,
        header_change=edit("to", lambda to: to + blind(*route)),
        wraps_change=lambda wraps: wraps.update(dict.fromkeys(route, wrap)),
        envelope_change=put("route", entries),
    )
