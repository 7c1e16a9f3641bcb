"""Token assertions: form, key, signature, time and audience."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from specs.vectors.generate.cast import OUTSIDER, RECIPIENT, Officer, agencies
from specs.vectors.generate.documents import ABSENT, Vector, b64, changed, compact, swapped
from specs.vectors.generate.primitives import (
    ASSERTION_CONTEXT,
    SIGNATURE_CONTEXT,
    ed25519_sign,
    ml_dsa_sign,
)

Json = Any
ISSUED = 1795316645  # 2026-11-22T03:04:05Z
NOW = "2026-11-22T03:04:35Z"
HUB = "hub.example"


def b64url(raw: bytes | str) -> str:
    data = raw.encode() if isinstance(raw, str) else raw
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def assertion(
    name: str,
    expect: str,
    comment: str,
    *,
    by: str = "n.srisai",
    header: Mapping[str, Json] | None = None,
    claims: Mapping[str, Json] | None = None,
    header_text: Callable[[str], str | bytes] = str,
    claims_text: Callable[[str], str | bytes] = str,
    ed_over: Callable[[bytes], bytes] = bytes,
    ed_change: Callable[[bytes], bytes] = bytes,
    pq_context: bytes = ASSERTION_CONTEXT,
    pq_by: str | None = None,
    pq_change: Callable[[str], str | None] = str,
    text: Callable[[str], str] = str,
    keyring: str = RECIPIENT,
    now: str = NOW,
    pq_required: bool = True,
) -> Vector:
    """An assertion with one change, judged with an agency's keyring at a time."""
    officer = agencies()[RECIPIENT].officer(by)
    parts = (_header(officer, header), _claims(officer, claims))
    first, second = header_text(compact(parts[0])), claims_text(compact(parts[1]))
    signing_input = f"{b64url(first)}.{b64url(second)}"
    message = ed_over(signing_input.encode())
    ed = ed_change(ed25519_sign(officer.signing_seed, message))
    pq_officer = agencies()[RECIPIENT].officer(pq_by) if pq_by else officer
    pq = b64(ml_dsa_sign(pq_officer.signing_seed, signing_input.encode(), pq_context))
    content: dict[str, Json] = {
        "keyring": f"{keyring}/1",
        "audience": HUB,
        "now": now,
        "pq_required": pq_required,
        "assertion": text(f"{signing_input}.{b64url(ed)}"),
        "assertion_pq": pq_change(pq),
    }
    if expect == "ok":
        content["out"] = {"agency": RECIPIENT, "officer": officer.id, "jti": parts[1]["jti"]}
    return Vector("assertion", name, expect, comment, content)


def _header(officer: Officer, header: Mapping[str, Json] | None) -> dict[str, Json]:
    base = {"alg": "EdDSA", "kid": officer.keyid, "typ": "e-ads-v1-token+jwt"}
    return changed(base, header or {})


def _claims(officer: Officer, claims: Mapping[str, Json] | None) -> dict[str, Json]:
    base = {
        "iss": RECIPIENT,
        "sub": officer.id,
        "aud": HUB,
        "iat": ISSUED,
        "exp": ISSUED + 120,
        "jti": "8f" * 16,
    }
    return changed(base, claims or {})


def malformed(name: str, comment: str, **how: Json) -> Vector:
    return assertion(name, "malformed", comment, **how)


def vectors() -> Iterator[Vector]:
    yield from _accepted()
    yield from _form()
    yield from _fields()
    yield from _key()
    yield from _signature()
    yield from _time()


def _accepted() -> Iterator[Vector]:
    yield assertion("ok-both-halves", "ok", "Ed25519 in the JWS, ML-DSA-65 beside it.")
    yield assertion(
        "ok-classical-only",
        "ok",
        "A hub that does not ask for the second half.",
        pq_change=lambda _pq: None,
        pq_required=False,
    )
    yield assertion("ok-300-seconds", "ok", "The longest life.", claims={"exp": ISSUED + 300})
    yield assertion(
        "ok-60-seconds-ahead",
        "ok",
        "The clocks may differ by a minute.",
        now="2026-11-22T03:03:05Z",
    )
    yield assertion("ok-last-second", "ok", "A second before it ends.", now="2026-11-22T03:06:04Z")
    yield assertion(
        "ok-keys-in-another-order",
        "ok",
        "Blanks and another order of the keys.",
        claims_text=lambda text: swapped(
            text, '{"iss":"TH-RTP",', '{ "aud":"hub.example", "iss":"TH-RTP",'
        ).replace('"aud":"hub.example","iat"', '"iat"'),
    )


def _form() -> Iterator[Vector]:
    yield malformed(
        "oversize",
        "Blanks in the claims make it larger than 4 KiB.",
        claims_text=lambda text: swapped(text, "{", "{" + " " * 2800),
    )
    yield malformed(
        "two-parts", "The signature is missing.", text=lambda jws: jws.rpartition(".")[0]
    )
    yield malformed("four-parts", "A part too many.", text=lambda jws: f"{jws}.")
    yield malformed("empty", "Nothing.", text=lambda _jws: "")
    yield malformed("not-ascii", "A letter that is not ASCII.", text=lambda jws: f"{jws}\u00e9")
    yield malformed("padded", "Base64url with padding.", text=lambda jws: f"{jws}==")
    yield malformed(
        "standard-alphabet",
        "Plus and slash instead of minus and underscore.",
        ed_change=bytes,
        text=_standard,
        claims={"jti": "9a" * 16},
    )
    yield malformed("unused-bits", "An unused bit is set.", text=_unused_bit)
    yield malformed("claims-a-list", "A list.", claims_text=lambda text: f"[{text}]")
    yield malformed(
        "duplicate-claim",
        "`iss` stands twice.",
        claims_text=lambda text: swapped(text, "{", '{"iss":"SG-SPF",'),
    )
    yield malformed(
        "signature-of-63-bytes", "A byte of the signature is missing.", ed_change=lambda ed: ed[:-1]
    )
    yield malformed("pq-of-3308-bytes", "A byte is missing.", pq_change=_short)
    yield malformed(
        "pq-base64url",
        "`assertion_pq` is standard base64.",
        pq_change=lambda pq: pq.replace("+", "-").replace("/", "_"),
    )
    yield malformed("pq-empty", "Given, and empty.", pq_change=lambda _pq: "")


def _standard(jws: str) -> str:
    signing_input, _, signature = jws.rpartition(".")
    standard = signature.replace("-", "+").replace("_", "/")
    if standard == signature:
        raise ValueError("the signature has no letter that differs")
    return f"{signing_input}.{standard}"


def _unused_bit(jws: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return jws[:-1] + alphabet[alphabet.index(jws[-1]) + 1]


def _short(pq: str) -> str:
    return b64(base64.b64decode(pq)[:-1])


def _fields() -> Iterator[Vector]:
    yield malformed("header-unknown-key", "A key too many.", header={"cty": "JWT"})
    yield malformed("claim-unknown", "A claim too many.", claims={"nbf": ISSUED})
    for key in ("alg", "kid", "typ"):
        yield malformed(f"header-without-{key}", f"`{key}` is missing.", header={key: ABSENT})
    for key in ("iss", "sub", "aud", "iat", "exp", "jti"):
        yield malformed(f"claims-without-{key}", f"`{key}` is missing.", claims={key: ABSENT})
    yield malformed("alg-none", "No signature wanted.", header={"alg": "none"})
    yield malformed("typ-jwt", "Another type.", header={"typ": "JWT"})
    yield malformed("kid-upper-case", "Upper-case hex.", header={"kid": "AB" * 16})
    yield malformed(
        "iat-float",
        "A time with a fraction.",
        claims_text=lambda text: swapped(text, str(ISSUED), f"{ISSUED}.0"),
    )
    yield malformed("iss-lower-case", "Lower case.", claims={"iss": "th-rtp"})
    yield malformed("aud-list", "A list of hubs.", claims={"aud": [HUB]})
    yield malformed("exp-301-seconds", "A second too long.", claims={"exp": ISSUED + 301})
    yield malformed("exp-when-issued", "No life at all.", claims={"exp": ISSUED})


def _key() -> Iterator[Vector]:
    yield assertion(
        "officer-of-another-agency",
        "unknown-key",
        "The key is not in that keyring.",
        keyring=OUTSIDER,
    )
    yield assertion(
        "for-another-officer",
        "unknown-key",
        "The key is another officer's.",
        claims={"sub": "mailbox"},
    )
    yield assertion(
        "for-another-agency",
        "unknown-key",
        "`iss` is not the keyring's agency.",
        claims={"iss": OUTSIDER},
    )
    yield assertion("officer-revoked", "revoked-key", "The key was revoked.", by="p.chaiyo")
    yield assertion(
        "officer-past-its-dates",
        "revoked-key",
        "The key ends at this very second.",
        by="w.thong",
        now="2026-11-22T03:05:00Z",
    )


def _signature() -> Iterator[Vector]:
    bad = "bad-signature"
    yield assertion("ed25519-wrong", bad, "A bit is changed.", ed_change=lambda ed: b"\1" + ed[1:])
    yield assertion(
        "signed-without-header",
        bad,
        "The signature is over the claims alone.",
        ed_over=lambda message: message.partition(b".")[2],
    )
    yield assertion(
        "claims-changed", bad, "The claims are changed after signing.", text=_other_claims
    )
    yield assertion("pq-missing", bad, "The hub asks for both halves.", pq_change=lambda _pq: None)
    yield assertion("pq-zero", bad, "Blanked out.", pq_change=lambda _pq: b64(bytes(3309)))
    yield assertion("pq-of-another-officer", bad, "Another officer's.", pq_by="mailbox")
    yield assertion(
        "pq-context-of-documents",
        bad,
        "The context string is that of a document.",
        pq_context=SIGNATURE_CONTEXT,
    )
    yield assertion(
        "pq-wrong-where-not-required",
        bad,
        "Not asked for, but given, and wrong.",
        pq_change=lambda _pq: b64(bytes(3309)),
        pq_required=False,
    )


def _other_claims(jws: str) -> str:
    header, claims, signature = jws.split(".")
    decoded = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).decode()
    return f"{header}.{b64url(swapped(decoded, '8f8f', '0f8f'))}.{signature}"


def _time() -> Iterator[Vector]:
    yield assertion(
        "for-another-hub", "unknown-key", "Another audience.", claims={"aud": "other.example"}
    )
    yield assertion("expired", "stale", "At the very second.", now="2026-11-22T03:06:05Z")
    yield assertion("61-seconds-ahead", "stale", "Dated ahead.", now="2026-11-22T03:03:04Z")
