"""Receipts: form and signatures."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from specs.vectors.generate.cast import OUTSIDER, RECIPIENT, agencies
from specs.vectors.generate.documents import (
    ABSENT,
    NOTICE,
    RECEIPT,
    Signer,
    Vector,
    b64,
    changed,
    compact,
    digest,
    signature,
    signed_document,
    swapped,
    written,
)
from specs.vectors.generate.envelope_encoding import at, drop, edit, put
from specs.vectors.generate.notice import Change, Swap, unchanged

Json = Any
DIGESTS = sorted(digest(f"notice {n}") for n in range(3))


def _officer(label: str) -> Signer:
    return agencies()[RECIPIENT].officer(label)


def receipt(
    name: str,
    expect: str,
    comment: str,
    *,
    fields: Mapping[str, Json] | None = None,
    swap: Swap | None = None,
    payload_type: str = RECEIPT,
    signers: tuple[Signer, ...] | None = None,
    document: Change = unchanged,
    text: Callable[[str], str | bytes] = str,
    keyring: str = RECIPIENT,
) -> Vector:
    """A receipt with one change, judged with an agency's keyring."""
    base = {
        "v": 1,
        "agency": RECIPIENT,
        "at": "2026-11-22T03:05:00Z",
        "delivered": DIGESTS[:2],
        "purged": [],
    }
    payload = changed(base, fields or {})
    encoded = compact(payload)
    if swap:
        encoded = swapped(encoded, *swap)
    signed = signed_document(payload_type, encoded, signers or (_officer("mailbox"),))
    document(signed)
    content: dict[str, Json] = {"keyring": f"{keyring}/1"}
    if expect == "ok":
        content["out"] = {"digest": digest(encoded), **payload}
    content["receipt"] = written(text(compact(signed)))
    return Vector("receipt", name, expect, comment, content)


def malformed(name: str, comment: str, **how: Json) -> Vector:
    return receipt(name, "malformed", comment, **how)


def vectors() -> Iterator[Vector]:
    yield from _accepted()
    yield from _form()
    yield from _fields()
    yield from _signatures()
    yield from _validity()
    yield from _halves()


def _accepted() -> Iterator[Vector]:
    yield receipt("ok-delivered", "ok", "Two notices delivered, signed by the service key.")
    yield receipt(
        "ok-purged",
        "ok",
        "A notice purged, signed by an officer.",
        fields={"delivered": [], "purged": DIGESTS[2:]},
        signers=(_officer("n.srisai"),),
    )
    yield receipt(
        "ok-both",
        "ok",
        "One notice delivered and purged at once.",
        fields={"delivered": DIGESTS[:1], "purged": DIGESTS[:1]},
    )
    yield receipt(
        "ok-two-signatures",
        "ok",
        "More signatures than needed.",
        signers=(_officer("n.srisai"), _officer("mailbox")),
    )
    yield receipt(
        "ok-last-second-of-the-key",
        "ok",
        "The key ends a second after the receipt.",
        fields={"at": "2026-11-22T03:04:59Z"},
        signers=(_officer("w.thong"),),
    )


def _form() -> Iterator[Vector]:
    yield malformed(
        "oversize",
        "One byte more than 512 KiB.",
        text=lambda raw: raw + " " * (512 * 1024 + 1 - len(raw)),
    )
    yield malformed("truncated", "The last byte is missing.", text=lambda raw: raw[:-1])
    yield malformed("document-unknown-key", "A key too many.", document=put("note", ""))
    for key in ("payload", "signatures"):
        yield malformed(f"document-without-{key}", f"`{key}` is missing.", document=drop(key))
    yield receipt(
        "payload-type-missing", "unsupported", "No payload type.", document=drop("payloadType")
    )
    yield malformed("signatures-empty", "No signature.", document=put("signatures", []))
    yield malformed(
        "signature-twice", "The same signature twice.", document=edit("signatures", lambda s: s * 2)
    )
    yield malformed(
        "signature-unknown-key", "A key too many.", document=at("signatures", put("alg", "hybrid"))
    )
    yield malformed(
        "mldsa-half-stripped",
        "Ed25519 alone: a signature has 3373 bytes.",
        document=at("signatures", edit("sig", lambda sig: b64(base64.b64decode(sig)[:64]))),
    )
    yield malformed("unknown-key", "A key too many.", fields={"opened": []})
    for key in ("agency", "at", "delivered", "purged"):
        yield malformed(f"without-{key}", f"`{key}` is missing.", fields={key: ABSENT})


def _fields() -> Iterator[Vector]:
    yield receipt(
        "payload-type-of-a-notice", "unsupported", "Signed as a notice.", payload_type=NOTICE
    )
    for name, value in (("2", 2), ("true", True), ("missing", ABSENT)):
        yield receipt(
            f"v-{name}", "unsupported", "Only the number 1 is version 1.", fields={"v": value}
        )
    yield malformed("v-written-1.0", "1.0 is no integer of this format.", swap=('"v":1', '"v":1.0'))
    for name, value, comment in (
        ("unsorted", DIGESTS[::-1], "Not in order."),
        ("twice", [DIGESTS[0], DIGESTS[0]], "One notice twice."),
        ("upper-case", [DIGESTS[0].upper()], "Upper-case hex."),
        ("short", [DIGESTS[0][:32]], "32 digits."),
        ("null", None, "A list that is null."),
        ("1001", sorted(digest(str(n)) for n in range(1001)), "One more than there may be."),
    ):
        yield malformed(f"delivered-{name}", comment, fields={"delivered": value})
    yield malformed("nothing", "Nothing delivered, nothing purged.", fields={"delivered": []})
    yield malformed("at-february-30", "No such day.", fields={"at": "2026-02-30T03:05:00Z"})
    yield malformed("agency-lower-case", "Lower case.", fields={"agency": "th-rtp"})


def _signatures() -> Iterator[Vector]:
    outsider = agencies()[OUTSIDER].officer("j.ong")
    yield receipt(
        "signed-by-outsider", "unknown-key", "Another agency's officer.", signers=(outsider,)
    )
    yield receipt(
        "outsider-besides",
        "unknown-key",
        "Another agency's officer beside the right one.",
        signers=(_officer("mailbox"), outsider),
    )
    yield receipt(
        "for-another-agency",
        "unknown-key",
        "The keyring is another agency's.",
        signers=(outsider,),
        keyring=OUTSIDER,
    )
    yield receipt(
        "signed-by-root",
        "unknown-key",
        "A root is no officer.",
        signers=agencies()[RECIPIENT].roots,
    )


def _validity() -> Iterator[Vector]:
    yield receipt(
        "signer-revoked",
        "revoked-key",
        "The officer's key was revoked.",
        signers=(_officer("p.chaiyo"),),
    )
    yield receipt(
        "signer-until-this-second",
        "revoked-key",
        "The key ends at the second of the receipt.",
        signers=(_officer("w.thong"),),
    )
    yield receipt(
        "before-the-key",
        "revoked-key",
        "Dated before the key's first day.",
        fields={"at": "2025-12-31T23:59:59Z"},
    )


def _halves() -> Iterator[Vector]:
    yield receipt(
        "mldsa-half-wrong",
        "bad-signature",
        "The ML-DSA half is blanked out.",
        document=at("signatures", edit("sig", lambda sig: sig[:84] + b64(bytes(3373))[84:])),
    )
    yield receipt(
        "ed25519-half-wrong",
        "bad-signature",
        "The Ed25519 half is blanked out.",
        document=at("signatures", edit("sig", lambda sig: "A" * 84 + sig[84:])),
    )
    yield receipt(
        "signed-as-a-notice",
        "bad-signature",
        "The signature is over another payload type.",
        document=lambda document: document.update(
            signatures=[_signed_as(NOTICE, document["payload"])]
        ),
    )
    yield receipt(
        "bad-before-revoked",
        "bad-signature",
        "Signatures are judged in their order.",
        signers=(_officer("mailbox"), _officer("p.chaiyo")),
        document=at("signatures", edit("sig", lambda sig: "A" * 84 + sig[84:])),
    )


def _signed_as(payload_type: str, payload: str) -> dict[str, Json]:
    officer = _officer("mailbox")
    return signature(officer.keyid, officer.signing_seed, payload_type, base64.b64decode(payload))
