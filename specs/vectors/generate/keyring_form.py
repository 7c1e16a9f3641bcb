"""Keyring, step 1: every rule of its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from specs.vectors.generate.cast import (
    HIDDEN,
    TWO,
    Agency,
    agencies,
    epoch,
    officer,
    officer_fingerprint,
    root,
    roots_fingerprint,
    verifier_key,
)
from specs.vectors.generate.documents import (
    ABSENT,
    KEYRING,
    RECEIPT,
    Signer,
    Vector,
    b64,
    changed,
    compact,
    digest,
    public_key,
    signed_document,
    swapped,
    written,
)
from specs.vectors.generate.envelope_encoding import at, drop, edit, put
from specs.vectors.generate.notice import Change, Swap, unchanged
from specs.vectors.generate.primitives import ed25519_public

Json = Any
WITNESS = "witness.example/la-gdp"


def agency() -> Agency:
    """Whose keyring the vectors judge: a small one."""
    return agencies()[HIDDEN]


def keyring(
    name: str,
    expect: str,
    comment: str,
    *,
    base: Mapping[str, Json] | None = None,
    officers: bool = False,
    fields: Mapping[str, Json] | None = None,
    change: Change = unchanged,
    swap: Swap | None = None,
    payload_bytes: Callable[[bytes], bytes] = bytes,
    payload_type: str = KEYRING,
    signers: tuple[Signer, ...] | None = None,
    document: Change = unchanged,
    text: Callable[[str], str | bytes] = str,
    before: str | None = None,
    member: Mapping[str, Json] | None = None,
    now: str | None = None,
) -> Vector:
    """A keyring with one change, judged against ``before`` or, if first, the region's entry."""
    payload = dict(base or agency().payload())
    if not officers:
        payload["officers"] = []
    payload = changed(payload, fields or {})
    change(payload)
    encoded = compact(payload)
    if swap:
        encoded = swapped(encoded, *swap)
    raw = payload_bytes(encoded.encode())
    signed = signed_document(payload_type, raw, agency().roots if signers is None else signers)
    document(signed)
    content: dict[str, Json] = {"member": {**agency().member(), **(member or {})}}
    if before:
        content["before"] = before
    if now:
        content["now"] = now
    if expect == "ok":
        content["out"] = _facts(payload, raw)
    content["keyring"] = written(text(compact(signed)))
    return Vector("keyring", name, expect, comment, content)


def _facts(payload: Mapping[str, Json], raw: bytes) -> dict[str, Json]:
    known = {o.keyid: o for o in agency().officers}
    keyids = [entry["keyid"] for entry in payload["roots"]]
    return {
        "digest": digest(raw),
        "agency": payload["agency"],
        "version": payload["version"],
        "roots_fingerprint": roots_fingerprint(keyids, payload["root_quorum"]),
        "officer_fingerprints": {
            entry["keyid"]: officer_fingerprint(known[entry["keyid"]])
            for entry in payload["officers"]
        },
    }


def malformed(name: str, comment: str, **how: Json) -> Vector:
    return keyring(name, "malformed", comment, **how)


def vectors() -> Iterator[Vector]:
    yield from _accepted()
    yield from _document()
    yield from _kind()
    yield from _version()
    yield from _roots()
    yield from _epochs()
    yield from _officers()
    yield from _officer_keys()
    yield from _quorum()
    yield from _witness()


def _accepted() -> Iterator[Vector]:
    yield keyring("ok-first", "ok", "The first version, with an officer.", officers=True)
    yield keyring("ok-without-officers", "ok", "An agency that has no officer yet.")
    yield keyring(
        "ok-two-epochs",
        "ok",
        "Two encryption keys whose times overlap.",
        change=edit("encryption", lambda epochs: [*epochs, epoch("another").entry()]),
    )
    yield keyring(
        "ok-quorum-for-every-serious-type",
        "ok",
        "`*` may be one role if no serious type needs it.",
        fields={
            "quorum": {
                "wanted-person": TWO,
                "person-information": ["approver", "reviewer@REG-OFFICE"],
                "trafficking-route": ["liaison"] * 8,
                "*": ["service"],
            }
        },
    )
    yield keyring(
        "ok-witness",
        "ok",
        "A witness with an Ed25519 cosigning key.",
        fields={"witness": _witness_of(verifier_key(WITNESS, ed25519_public(bytes(32)), 4))},
    )


def _document() -> Iterator[Vector]:
    limit = 4 * 1024 * 1024
    yield malformed(
        "oversize", "One byte more than 4 MiB.", text=lambda raw: raw + " " * (limit + 1 - len(raw))
    )
    yield malformed("unknown-key", "A key beside the payload.", document=put("mediaType", ""))
    yield malformed("no-signatures", "`signatures` is missing.", document=drop("signatures"))
    yield malformed(
        "duplicate-key", "`agency` stands twice.", swap=('"agency"', '"agency":"LA-GDP","agency"')
    )
    yield malformed(
        "payload-unknown-key", "A key that the format does not name.", fields={"country": "LA"}
    )
    for key in (
        "agency",
        "version",
        "issued",
        "expires",
        "roots",
        "root_quorum",
        "encryption",
        "officers",
        "quorum",
    ):
        yield malformed(f"payload-without-{key}", f"`{key}` is missing.", fields={key: ABSENT})


def _kind() -> Iterator[Vector]:
    yield keyring(
        "payload-type-of-a-receipt", "unsupported", "Signed as a receipt.", payload_type=RECEIPT
    )
    yield keyring(
        "payload-type-missing", "unsupported", "No payload type.", document=drop("payloadType")
    )
    for name, value in (("2", 2), ("true", True), ("missing", ABSENT)):
        yield keyring(
            f"v-{name}", "unsupported", "Only the number 1 is version 1.", fields={"v": value}
        )
    yield keyring(
        "v-first",
        "unsupported",
        "Version 2 with other keys: the version is looked at first.",
        fields={"v": 2, "roots": ABSENT, "root": {}},
    )


def _version() -> Iterator[Vector]:
    yield malformed("version-0", "Versions count from 1.", fields={"version": 0})
    yield malformed("prev-at-version-1", "Nothing was before.", fields={"prev": digest("x")})
    yield malformed("no-prev-at-version-2", "`prev` is missing.", fields={"version": 2})
    yield malformed(
        "expires-when-issued", "No life at all.", fields={"expires": "2026-01-15T00:00:00Z"}
    )
    yield malformed("agency-lower-case", "Lower case.", fields={"agency": "la-gdp"})


def _roots() -> Iterator[Vector]:
    yield malformed("roots-empty", "No root.", fields={"roots": []})
    yield malformed("root-twice", "One root twice.", change=edit("roots", lambda roots: roots * 2))
    yield malformed("root-quorum-0", "Nobody need sign.", fields={"root_quorum": 0})
    yield malformed("root-quorum-too-high", "More than there are roots.", fields={"root_quorum": 2})
    yield malformed("root-unknown-key", "A key too many.", change=at("roots", put("name", "")))
    yield malformed("root-without-public", "No key.", change=at("roots", drop("public")))
    yield malformed(
        "root-keyid-of-another-key",
        "The keyid is not the name of the key.",
        change=at("roots", put("keyid", root("another").keyid)),
    )
    yield malformed(
        "root-public-short",
        "A key has 1984 bytes.",
        change=at("roots", put("public", b64(agency().roots[0].public[:-1]))),
    )


def _epochs() -> Iterator[Vector]:
    yield malformed("encryption-empty", "No encryption key.", fields={"encryption": []})
    yield malformed(
        "encryption-kid-twice",
        "One key for two epochs.",
        change=edit("encryption", lambda epochs: epochs * 2),
    )
    yield malformed(
        "encryption-kid-of-another-key",
        "The kid is not the name of the key.",
        change=at("encryption", put("kid", epoch("another").kid)),
    )
    yield malformed(
        "encryption-public-short",
        "A key has 1216 bytes.",
        change=at("encryption", put("public", b64(agency().epoch.public[:-1]))),
    )
    yield malformed(
        "encryption-until-when-from",
        "`until` is not after `from`.",
        change=at("encryption", put("until", "2026-01-01T00:00:00Z")),
    )
    yield malformed("encryption-without-until", "No end.", change=at("encryption", drop("until")))


def _officer(name: str, comment: str, change: Change) -> Vector:
    return malformed(f"officer-{name}", comment, officers=True, change=at("officers", change))


def _officers() -> Iterator[Vector]:
    yield _officer("unknown-key", "A key too many.", put("name", "K. Vongsa"))
    yield _officer("without-roles", "`roles` is missing.", drop("roles"))
    yield _officer("without-enc-public", "`enc_public` is missing.", drop("enc_public"))
    yield _officer("roles-empty", "At least one role.", put("roles", []))
    yield _officer("role-twice", "One role twice.", put("roles", ["liaison", "liaison"]))
    yield _officer("role-unknown", "A role that does not exist.", put("roles", ["chief"]))
    yield _officer("id-upper-case", "Upper case.", put("id", "K.Vongsa"))
    yield _officer("id-begins-with-dot", "A dot at the beginning.", put("id", ".vongsa"))
    yield _officer("id-of-65", "65 characters.", put("id", "k" * 65))
    yield _officer(
        "keyid-of-another-key", "Not the name of the key.", put("keyid", root("another").keyid)
    )
    yield _officer(
        "kid-of-another-key", "Not the name of the key.", put("kid", epoch("another").kid)
    )
    yield _officer(
        "until-before-from", "`until` is not after `from`.", put("until", "2025-01-01T00:00:00Z")
    )
    yield _officer("revoked-true", "A time, not a word.", put("revoked", True))


def _officer_keys() -> Iterator[Vector]:
    yield _officer(
        "with-key-of-root",
        "A root that is an officer as well.",
        lambda entry: entry.update(agency().roots[0].entry()),
    )
    yield _officer(
        "with-key-of-agency",
        "An officer with the agency's own encryption key.",
        lambda entry: entry.update(
            kid=agency().epoch.kid, enc_public=public_key(agency().epoch.public)
        ),
    )
    yield malformed(
        "officer-twice-in-force",
        "Two entries of one id, none revoked.",
        officers=True,
        change=edit("officers", lambda entries: [*entries, _second_key().entry()]),
    )
    yield malformed(
        "officer-kid-twice",
        "Two officers with one encryption key.",
        officers=True,
        change=edit(
            "officers",
            lambda entries: [
                *entries,
                {
                    **_second_key().entry(),
                    "id": "another",
                    "kid": entries[0]["kid"],
                    "enc_public": entries[0]["enc_public"],
                },
            ],
        ),
    )


def _second_key() -> Any:
    return officer(HIDDEN, "k.vongsa#2", "liaison")


def _quorum() -> Iterator[Vector]:
    for name, quorum, comment in (
        ("without-star", {"wanted-person": TWO}, "`*` is always there."),
        ("empty", {"*": []}, "At least one role."),
        ("of-nine", {"*": ["liaison"] * 9}, "At most eight."),
        ("role-unknown", {"*": ["liaison", "chief"]}, "A role that does not exist."),
        ("type-unknown", {"*": TWO, "purple": TWO}, "A type that does not exist."),
        (
            "liaison-elsewhere",
            {"*": ["liaison", "liaison@REG-OFFICE"]},
            "Only reviewers elsewhere.",
        ),
        ("reviewer-at-home", {"*": ["liaison", "reviewer@LA-GDP"]}, "Not another agency."),
        ("wanted-person-alone", {"wanted-person": ["liaison"], "*": TWO}, "One for an arrest."),
        (
            "person-information-alone",
            {"person-information": ["liaison"], "*": TWO},
            "One for a person's whereabouts.",
        ),
        ("trafficking-route-alone", {"trafficking-route": ["admin"], "*": TWO}, "One for a route."),
        ("star-alone", {"wanted-person": TWO, "*": ["liaison"]}, "One for two serious types."),
    ):
        yield malformed(f"quorum-{name}", comment, fields={"quorum": quorum})


def _witness_of(*keys: str) -> Json:
    return {"name": WITNESS, "keys": list(keys)}


def _witness() -> Iterator[Vector]:
    good = verifier_key(WITNESS, ed25519_public(bytes(32)), 4)
    wrong_id = f"{WITNESS}+00000000+{good.split('+', 2)[2]}"
    for name, witness, comment in (
        ("unknown-key", {**_witness_of(good), "url": ""}, "A key too many."),
        ("keys-empty", _witness_of(), "At least one key."),
        ("five-keys", _witness_of(*[good] * 5), "At most four keys."),
        ("key-id-wrong", _witness_of(wrong_id), "The key id is not that of the key."),
        ("name-with-blank", {"name": "a witness", "keys": [good]}, "A blank in the name."),
    ):
        yield malformed(f"witness-{name}", comment, fields={"witness": witness})
