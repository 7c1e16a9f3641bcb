"""Token assertion: a signed request for a bearer token (specs/token.md; RFC 7523, RFC 7515)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from eads_wire import limits
from eads_wire.contexts import ML_DSA_TOKEN
from eads_wire.encoding import (
    AgencyId,
    KeyId,
    OfficerId,
    as_agency,
    as_int,
    as_keyid,
    as_kid,
    as_officer,
    as_text,
    check_keys,
    decode_json,
    from_base64,
)
from eads_wire.errors import fail, require
from eads_wire.keyring import Keyring, Officer
from eads_wire.keys import ED25519_SIGNATURE, MLDSA65_SIGNATURE, verify_token_halves

TYP = "e-ads-v1-token+jwt"


@dataclass(frozen=True, slots=True)
class Assertion:
    """A decoded, not yet verified assertion; times are seconds since 1970."""

    agency: AgencyId
    officer: OfficerId
    keyid: KeyId
    audience: str
    issued: int
    expires: int
    jti: str
    signing_input: bytes
    signature: bytes
    pq_signature: bytes | None


def _segment(text: str, what: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        fail("malformed", f"{what} is not base64url")
    same = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text
    require(same, "malformed", f"{what} is not canonical base64url")
    return raw


def decode_assertion(assertion: str, pq: str | None) -> Assertion:
    """Step 1: form.

    Args:
        assertion: the compact JWS.
        pq: base64 of the ML-DSA-65 signature, or None.

    Raises:
        WireError: ``malformed``.
    """
    require(len(assertion) <= limits.ASSERTION_BYTES, "malformed", "the assertion is too large")
    require(assertion.isascii(), "malformed", "the assertion is not ASCII")
    parts = assertion.split(".")
    require(len(parts) == 3, "malformed", "the assertion has not three parts")
    limit = limits.ASSERTION_BYTES
    header = decode_json(_segment(parts[0], "header"), limit=limit, what="assertion header")
    claims = decode_json(_segment(parts[1], "claims"), limit=limit, what="assertion claims")
    check_keys(header, ("alg", "kid", "typ"), what="assertion header")
    check_keys(claims, ("iss", "sub", "aud", "iat", "exp", "jti"), what="assertion claims")
    known = header["alg"] == "EdDSA" and header["typ"] == TYP
    require(known, "malformed", "the assertion header is not that of this format")
    issued, expires = as_int(claims["iat"], "iat"), as_int(claims["exp"], "exp")
    life = expires - issued
    short = 0 < life <= limits.ASSERTION_LIFE.total_seconds()
    require(short, "malformed", "exp is not 1 to 300 seconds after iat")
    signature = _segment(parts[2], "signature")
    require(len(signature) == ED25519_SIGNATURE, "malformed", "the signature has the wrong size")
    return Assertion(
        as_agency(claims["iss"], "iss"),
        as_officer(claims["sub"], "sub"),
        as_keyid(header["kid"], "kid"),
        as_text(claims["aud"], "aud"),
        issued,
        expires,
        as_kid(claims["jti"], "jti"),
        f"{parts[0]}.{parts[1]}".encode("ascii"),
        signature,
        None if pq is None else from_base64(pq, "assertion_pq", size=MLDSA65_SIGNATURE),
    )


def verify_assertion(
    assertion: Assertion, keyring: Keyring, *, audience: str, now: datetime, pq_required: bool
) -> Officer:
    """Steps 2 to 4 of verification.

    Returns:
        The officer who asks.

    Raises:
        WireError: naming the first stage that fails.
    """
    officer = keyring.officer(assertion.keyid)
    if officer is None or officer.id != assertion.officer or keyring.agency != assertion.agency:
        fail("unknown-key", "the key is not that officer's")
    officer.check_valid(now)
    present = assertion.pq_signature is not None or not pq_required
    require(present, "bad-signature", "assertion_pq is required")
    verify_token_halves(
        officer.public,
        assertion.signature,
        assertion.pq_signature,
        assertion.signing_input,
        ML_DSA_TOKEN,
    )
    require(assertion.audience == audience, "unknown-key", "the assertion is for another hub")
    ahead = assertion.issued - now.timestamp()
    in_time = ahead <= limits.ASSERTION_SKEW.total_seconds()
    require(in_time, "stale", "the assertion is dated ahead")
    require(assertion.expires > now.timestamp(), "stale", "the assertion has expired")
    return officer
