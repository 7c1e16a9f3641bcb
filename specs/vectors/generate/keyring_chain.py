"""Keyring, steps 2 to 5: order, signatures, revocation, freshness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specs.vectors.generate.cast import HIDDEN, OUTSIDER, Root, agencies, keyrings, root
from specs.vectors.generate.documents import (
    KEYRING,
    REGION,
    Vector,
    b64,
    compact,
    digest,
    pae,
    signature,
)
from specs.vectors.generate.envelope_encoding import at, edit, put
from specs.vectors.generate.keyring_form import agency, keyring
from specs.vectors.generate.primitives import sign

Json = Any
AFTER = "2027-01-15T00:00:00Z"


def vectors() -> Iterator[Vector]:
    yield from _first()
    yield from _order()
    yield from _signatures()
    yield from _roots()
    yield from _revocation()
    yield from _freshness()


def _old() -> Root:
    return agency().roots[0]


def _new() -> Root:
    return root(f"{HIDDEN}/new")


def _first() -> Iterator[Vector]:
    yield keyring(
        "first-of-another-agency",
        "unknown-key",
        "The region's entry is another agency's.",
        member={"agency": OUTSIDER},
    )
    yield keyring(
        "first-is-version-2",
        "stale",
        "No version is known, and this is not the first.",
        fields={"version": 2, "prev": digest("version 1")},
    )
    yield keyring(
        "first-with-other-roots",
        "unknown-key",
        "The region names another root.",
        member={"roots": [_new().keyid]},
    )
    yield keyring(
        "first-with-a-root-too-many",
        "unknown-key",
        "A root that the region does not name.",
        change=edit("roots", lambda roots: [*roots, _new().entry()]),
    )
    yield keyring(
        "first-with-other-quorum",
        "unknown-key",
        "The region asks for two signatures of two.",
        change=edit("roots", lambda roots: [*roots, _new().entry()]),
        member={"roots": sorted([_old().keyid, _new().keyid]), "root_quorum": 2},
    )


def _next(name: str, expect: str, comment: str, **how: Json) -> Vector:
    """A successor of the hidden recipient's version 1."""
    payload, _ = keyrings(HIDDEN)["1"]
    base = {**payload, "version": 2, "prev": digest(compact(payload))}
    return keyring(name, expect, comment, base=base, before=f"{HIDDEN}/1", **how)


def _order() -> Iterator[Vector]:
    yield _next("ok-second", "ok", "The second version follows the first.")
    yield _next(
        "of-another-agency",
        "unknown-key",
        "Another agency's keyring as the next version.",
        fields={"agency": OUTSIDER},
    )
    yield _next("version-skipped", "stale", "Version 3 after version 1.", fields={"version": 3})
    yield _next(
        "prev-mismatch",
        "stale",
        "`prev` is not the digest of the version before.",
        fields={"prev": digest("another version 1")},
    )
    yield keyring("rolled-back", "stale", "Version 1 again.", before=f"{HIDDEN}/1", officers=True)
    yield keyring(
        "version-again",
        "stale",
        "Another version 2 where version 2 is held.",
        base={**keyrings(HIDDEN)["2"][0], "issued": "2026-06-02T00:00:00Z"},
        before=f"{HIDDEN}/2",
        officers=True,
    )


def _signatures() -> Iterator[Vector]:
    def forged(name: str, comment: str, raw: Json) -> Vector:
        return keyring(name, "bad-signature", comment, document=raw)

    yield forged(
        "ed25519-half-wrong",
        "The Ed25519 half is blanked out.",
        at("signatures", edit("sig", lambda _s: b64(bytes(64) + _genuine()[64:]))),
    )
    yield forged(
        "mldsa-half-wrong",
        "The ML-DSA half is blanked out.",
        at("signatures", edit("sig", lambda _s: b64(_genuine()[:64] + bytes(3309)))),
    )
    yield forged(
        "signed-as-a-region",
        "The signature is over another payload type.",
        lambda document: document.update(
            signatures=[signature(_old().keyid, _old().signing_seed, REGION, _small())]
        ),
    )
    yield keyring(
        "signed-by-officer",
        "unknown-key",
        "An officer is no root.",
        officers=True,
        signers=(agency().officers[0],),
    )
    yield keyring(
        "signed-by-root-of-another-agency",
        "unknown-key",
        "Another agency's root.",
        signers=agencies()[OUTSIDER].roots,
    )
    yield keyring(
        "stranger-besides",
        "unknown-key",
        "A stranger signs beside the root.",
        signers=(_old(), *agencies()[OUTSIDER].roots),
    )


def _small() -> bytes:
    return compact({**agency().payload(), "officers": []}).encode()


def _genuine() -> bytes:
    return sign(_old().signing_seed, pae(KEYRING, _small()))


def _roots() -> Iterator[Vector]:
    both = {"roots": [_old().entry(), _new().entry()], "root_quorum": 2}
    only_new = {"roots": [_new().entry()], "root_quorum": 1}
    pair = (_old(), _new())
    yield _next("ok-root-added", "ok", "A second root, and both sign.", fields=both, signers=pair)
    yield _next(
        "ok-root-changed",
        "ok",
        "Another root; the old one and the new one sign.",
        fields=only_new,
        signers=pair,
    )
    yield _next(
        "root-changed-without-the-old",
        "no-quorum",
        "The new root alone signs itself in.",
        fields=only_new,
        signers=(_new(),),
    )
    yield _next(
        "root-changed-without-the-new",
        "no-quorum",
        "The old root alone names a new one.",
        fields=only_new,
        signers=(_old(),),
    )
    yield _next(
        "one-of-two-roots",
        "no-quorum",
        "Two roots must sign from now on, one did.",
        fields=both,
        signers=(_old(),),
    )


def _revocation() -> Iterator[Vector]:
    payload, _ = keyrings(HIDDEN)["2"]
    base = {**payload, "version": 3, "prev": digest(compact(payload))}

    def third(name: str, expect: str, comment: str, **how: Json) -> Vector:
        return keyring(name, expect, comment, base=base, before=f"{HIDDEN}/2", **how)

    yield third("ok-revoked-stays", "ok", "The revoked officer stands unchanged.", officers=True)
    yield third("revoked-officer-left-out", "revoked-key", "The revoked officer is gone.")
    yield third(
        "unrevoked-officer",
        "revoked-key",
        "The revoked officer is in force again.",
        officers=True,
        change=at("officers", lambda entry: entry.pop("revoked")),
    )
    for name, key, value, comment in (
        ("revoked-later", "revoked", "2026-06-01T00:00:01Z", "The time of revocation is moved."),
        ("revoked-officer-renamed", "id", "k.phommachan", "Another id."),
        ("revoked-officer-promoted", "roles", ["admin"], "Other roles."),
    ):
        yield third(
            name,
            "revoked-key",
            f"The entry of the revoked officer is changed. {comment}",
            officers=True,
            change=at("officers", put(key, value)),
        )


def _freshness() -> Iterator[Vector]:
    yield keyring("expired", "stale", "At the very second it expires.", now=AFTER)
    yield keyring(
        "ok-last-second", "ok", "One second before it expires.", now="2027-01-14T23:59:59Z"
    )
