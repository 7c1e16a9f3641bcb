"""Steps 2 and 3: keyrings and signatures."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

from specs.vectors.generate.cast import (
    HIDDEN,
    OUTSIDER,
    RECIPIENT,
    REVIEWER,
    SENDER,
    Officer,
    agencies,
)
from specs.vectors.generate.documents import NOTICE, RECEIPT, Vector, b64, pae, signature
from specs.vectors.generate.envelope_encoding import at, edit
from specs.vectors.generate.envelope_quorum import APPROVER, LIAISON, wanted
from specs.vectors.generate.notice import as_specified
from specs.vectors.generate.primitives import (
    ASSERTION_CONTEXT,
    ed25519_sign,
    ml_dsa_sign,
    sha256,
    sign,
)
from specs.vectors.generate.scenario import judged

Json = Any
ED25519 = 64
Halves = Callable[[Officer, bytes], bytes]


def vectors() -> Iterator[Vector]:
    yield from _keyrings()
    yield from _halves()
    yield from _other_halves()
    yield from _content()
    yield from _signers()
    yield from _validity()
    yield from _order()


def _keyrings() -> Iterator[Vector]:
    yield judged(
        "no-keyring-of-issuer",
        "unknown-key",
        "The issuer's keyring is not at hand.",
        keyrings=(RECIPIENT, REVIEWER),
    )
    yield judged(
        "issuer-changed",
        "unknown-key",
        "A genuine officer signs for an agency without a keyring.",
        named=(SENDER, HIDDEN),
        header={"issuer": HIDDEN},
    )


def _forged(name: str, comment: str, halves: Halves) -> Vector:
    """An envelope whose one signature is made by ``halves`` over the manifest."""

    def forge(officer: Officer, manifest: bytes) -> dict[str, Json]:
        return {"keyid": officer.keyid, "sig": b64(halves(officer, manifest))}

    return judged(name, "bad-signature", comment, sign=forge)


def _genuine(officer: Officer, manifest: bytes) -> bytes:
    return sign(officer.signing_seed, pae(NOTICE, manifest))


def _ml_dsa(officer: Officer, manifest: bytes, context: bytes) -> bytes:
    message = pae(NOTICE, manifest)
    first = ed25519_sign(officer.signing_seed, message)
    return first + ml_dsa_sign(officer.signing_seed, message, context)


def _flipped(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def _halves() -> Iterator[Vector]:
    yield _forged(
        "ed25519-half-wrong",
        "A bit of the Ed25519 half is changed.",
        lambda officer, manifest: _flipped(_genuine(officer, manifest), 40),
    )
    yield _forged(
        "mldsa-half-wrong",
        "A bit of the ML-DSA half is changed.",
        lambda officer, manifest: _flipped(_genuine(officer, manifest), 1000),
    )
    yield _forged(
        "mldsa-half-zero",
        "The ML-DSA half is blanked out.",
        lambda officer, manifest: _genuine(officer, manifest)[:ED25519] + bytes(3309),
    )
    yield _forged(
        "ed25519-half-zero",
        "The Ed25519 half is blanked out.",
        lambda officer, manifest: bytes(ED25519) + _genuine(officer, manifest)[ED25519:],
    )
    yield _forged(
        "halves-swapped",
        "ML-DSA first, Ed25519 after.",
        lambda officer, manifest: (
            _genuine(officer, manifest)[ED25519:] + _genuine(officer, manifest)[:ED25519]
        ),
    )


def _other_halves() -> Iterator[Vector]:
    yield _forged(
        "ed25519-half-of-another",
        "The Ed25519 half is another officer's.",
        lambda officer, manifest: (
            _genuine(_sender("r.hidayat"), manifest)[:ED25519]
            + _genuine(officer, manifest)[ED25519:]
        ),
    )
    yield _forged(
        "mldsa-half-of-another",
        "The ML-DSA half is another officer's.",
        lambda officer, manifest: (
            _genuine(officer, manifest)[:ED25519]
            + _genuine(_sender("r.hidayat"), manifest)[ED25519:]
        ),
    )
    yield _forged(
        "mldsa-without-context",
        "The ML-DSA context is empty.",
        lambda officer, manifest: _ml_dsa(officer, manifest, b""),
    )
    yield _forged(
        "mldsa-context-of-assertion",
        "The ML-DSA context is that of a token assertion.",
        lambda officer, manifest: _ml_dsa(officer, manifest, ASSERTION_CONTEXT),
    )
    yield _forged(
        "ed25519-with-order-added",
        "S of the Ed25519 half with the group's order added.",
        lambda officer, manifest: _malleable(_genuine(officer, manifest)),
    )


_ORDER = 2**252 + 27742317777372353535851937790883648493


def _malleable(raw: bytes) -> bytes:
    scalar = int.from_bytes(raw[32:64], "little") + _ORDER
    return raw[:32] + scalar.to_bytes(32, "little") + raw[64:]


def _sender(name: str) -> Officer:
    return agencies()[SENDER].officer(name)


def _content() -> Iterator[Vector]:
    yield _forged(
        "signed-as-a-receipt",
        "The signature is over another payload type.",
        lambda officer, manifest: sign(officer.signing_seed, pae(RECEIPT, manifest)),
    )
    yield _forged(
        "signed-without-pae",
        "The signature is over the bare manifest.",
        lambda officer, manifest: sign(officer.signing_seed, manifest),
    )
    yield judged(
        "manifest-changed-after-signing",
        "bad-signature",
        "A blank is added to the manifest.",
        envelope_change=edit("payload", lambda text: b64(base64.b64decode(text) + b" ")),
    )
    yield judged(
        "header-changed-after-signing",
        "bad-signature",
        "The hub lowers the handling.",
        envelope_change=edit("payload", _lowered),
    )
    yield judged(
        "keyid-of-another",
        "bad-signature",
        "A signature under the name of another officer's key.",
        envelope_change=at("signatures", edit("keyid", lambda _keyid: _sender("r.hidayat").keyid)),
    )


def _digest(manifest: bytes) -> bytes:
    return pae(NOTICE, sha256(manifest))


def _lowered(payload: str) -> str:
    manifest = base64.b64decode(payload).decode()
    start = manifest.index('"header":"') + len('"header":"')
    end = manifest.index('"', start)
    header = base64.b64decode(manifest[start:end]).replace(b'"AMBER"', b'"CLEAR"')
    return b64(manifest[:start] + b64(header) + manifest[end:])


def _signers() -> Iterator[Vector]:
    yield judged(
        "signed-by-outsider",
        "unknown-key",
        "An officer of an agency that nobody asked.",
        signers=(f"j.ong@{OUTSIDER}",),
        keyrings=(SENDER, OUTSIDER, REVIEWER),
    )
    yield judged(
        "signed-by-recipient",
        "unknown-key",
        "An officer of a recipient cannot sign for the issuer.",
        signers=(f"n.srisai@{RECIPIENT}",),
        keyrings=(SENDER, RECIPIENT),
    )
    yield judged(
        "signed-by-root",
        "unknown-key",
        "A root of the issuer's keyring is no officer.",
        sign=lambda _officer, manifest: signature(
            agencies()[SENDER].roots[0].keyid,
            agencies()[SENDER].roots[0].signing_seed,
            NOTICE,
            manifest,
        ),
    )


def _validity() -> Iterator[Vector]:
    yield wanted(
        "signer-revoked", "revoked-key", "The approver's key was revoked.", LIAISON, "k.nugroho"
    )
    yield wanted(
        "same-officer-by-two-keys",
        "revoked-key",
        "One officer signs with the key in force and the one before, which was revoked.",
        LIAISON,
        APPROVER,
        "b.santoso#1",
    )
    yield wanted(
        "signer-until-this-second",
        "revoked-key",
        "The key ends at the very second of issue.",
        LIAISON,
        "t.wibowo",
    )
    yield wanted(
        "signer-from-next-second",
        "revoked-key",
        "The key begins one second after issue.",
        LIAISON,
        "z.halim",
    )


def _bad_liaison(officer: Officer, manifest: bytes) -> dict[str, Json]:
    made = as_specified(officer, manifest)
    if officer.id == LIAISON:
        made["sig"] = b64(_flipped(_genuine(officer, manifest), 0))
    return made


def _bad_approver(officer: Officer, manifest: bytes) -> dict[str, Json]:
    made = as_specified(officer, manifest)
    return made if officer.id == LIAISON else {**made, "sig": b64(bytes(3373))}


def _order() -> Iterator[Vector]:
    yield wanted(
        "second-signature-bad",
        "bad-signature",
        "The first of two is genuine, the second is not.",
        APPROVER,
        LIAISON,
        sign=_bad_liaison,
    )
    yield wanted(
        "bad-before-unknown",
        "bad-signature",
        "Signatures are judged in their order: a bad one first.",
        LIAISON,
        f"j.ong@{OUTSIDER}",
        sign=_bad_liaison,
    )
    yield wanted(
        "unknown-before-bad",
        "unknown-key",
        "Signatures are judged in their order: an unknown one first.",
        f"j.ong@{OUTSIDER}",
        LIAISON,
        sign=_bad_liaison,
    )
    yield wanted(
        "revoked-and-bad",
        "revoked-key",
        "Of one signature, the key is judged before the halves.",
        LIAISON,
        "k.nugroho",
        sign=_bad_approver,
    )
