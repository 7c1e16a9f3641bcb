"""A sealed notice with every step open to a defect.

:class:`Notice` says what is sealed and what goes wrong; :func:`make` runs the steps of the
specification in order (header, wraps, body, manifest, signatures, envelope) and applies each
change exactly where it belongs, so that all that comes after is genuine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from specs.vectors.generate import payloads
from specs.vectors.generate.cast import ORIGIN, RECIPIENT, SENDER, Officer, agencies, keyrings
from specs.vectors.generate.documents import (
    NOTICE,
    b64,
    changed,
    compact,
    digest,
    signature,
    swapped,
)
from specs.vectors.generate.merkle import leaf_hash, root_of
from specs.vectors.generate.primitives import cobblestone_seal, drawn, hpke_seal, pad, sha256

Json = Any
Swap = tuple[str, str]
Change = Callable[[dict[str, Json]], object]

NOTICE_ID: Final = "01a20135-fc88-7a31-9d2f-3b5c7d9e1f20"
ISSUED: Final = "2026-11-22T03:04:05Z"
EXPIRES: Final = "2027-05-22T00:00:00Z"
NOW: Final = "2026-11-22T04:00:00Z"


def unchanged(_obj: dict[str, Json]) -> None:
    """No defect here."""


@dataclass(frozen=True)
class Notice:
    """What to seal, for whom, and which defect to put where."""

    label: str
    type: str = "message"
    payload: str | bytes = payloads.MESSAGE
    named: tuple[str, ...] = (SENDER, RECIPIENT)
    hidden: tuple[str, ...] = ()
    files: tuple[bytes, ...] = ()
    signers: tuple[str, ...] = ("s.wulandari",)
    """Officers of the issuer by id, or of another agency as ``id@AGENCY``."""
    whole: bool = True
    """With wraps and body; without, only steps 1 to 3 can be taken."""

    header: Mapping[str, Json] = field(default_factory=dict)
    header_change: Change = unchanged
    header_swap: Swap | None = None
    header_bytes: Callable[[bytes], bytes] = bytes

    wrap_info: Callable[[bytes, str], bytes] | None = None
    wrap_for: Mapping[str, bytes] = field(default_factory=dict)
    """Public key to seal an agency's wrap to, where it is not the agency's own."""
    wraps_change: Change = unchanged
    cek_sealed: Callable[[bytes], bytes] = bytes
    padded: Callable[[bytes], bytes] = pad
    body_key: Callable[[bytes], bytes] = bytes
    body_context: Callable[[bytes], bytes] | None = None
    body_change: Callable[[bytes], bytes] = bytes
    file_number: Callable[[int], int] = int

    manifest_change: Change = unchanged
    manifest_swap: Swap | None = None
    manifest_bytes: Callable[[bytes], bytes] = bytes

    sign: Callable[[Officer, bytes], dict[str, Json]] | None = None
    """How an officer signs a manifest, where not as specified."""
    envelope_change: Change = unchanged
    envelope_swap: Swap | None = None


@dataclass(frozen=True)
class Made:
    """The envelope, and what its maker knows about it."""

    raw: str
    header: dict[str, Json]
    header_hash: bytes
    cek: bytes
    manifest: bytes
    files: tuple[bytes, ...]
    route: dict[str, Json]


def kid_of(agency: str) -> str:
    return agencies()[agency].epoch.kid


def nonce_of(label: str, agency: str) -> bytes:
    return drawn(f"{label}/nonce/{agency}", 16)


def blind_tag(nonce: bytes, kid: str, agency: str) -> str:
    return sha256(b"e-ads/v1/blind\0" + nonce + bytes.fromhex(kid) + agency.encode()).hex()


def officer_named(name: str) -> Officer:
    who, _, agency = name.partition("@")
    return agencies()[agency or SENDER].officer(who)


def log_leaves() -> list[str]:
    """What the hub had logged before the notice: the region and every keyring."""
    leaves = [f"e-ads/v1 region 1 {'5c' * 32}"]
    for agency in sorted(agencies()):
        payload, _ = keyrings(agency)["1"]
        leaves.append(f"e-ads/v1 keyring {agency} 1 {digest(compact(payload))}")
    return leaves


def base_header(notice: Notice) -> dict[str, Json]:
    """A header without a defect."""
    tags = [
        blind_tag(nonce_of(notice.label, agency), kid_of(agency), agency)
        for agency in notice.hidden
    ]
    leaves = [leaf_hash(leaf) for leaf in log_leaves()]
    answers = notice.type in ("hit", "flag", "message", "correction")
    return {
        "v": 1,
        "suite": "EADS1",
        "id": NOTICE_ID,
        "rev": 1,
        "type": notice.type,
        "act": "issue",
        **({"re": digest("the notice that is answered")} if answers else {}),
        "issuer": SENDER,
        "issued": ISSUED,
        "expires": EXPIRES,
        "to": [
            *({"agency": agency, "kid": kid_of(agency)} for agency in sorted(notice.named)),
            *({"blind": tag} for tag in sorted(tags)),
        ],
        "handling": {"codes": ["H1"], "tlp": "AMBER"},
        "priority": "routine",
        "log": {"origin": ORIGIN, "size": len(leaves), "root": root_of(leaves).hex()},
    }


def _header(notice: Notice) -> tuple[dict[str, Json], bytes]:
    header = changed(base_header(notice), notice.header)
    notice.header_change(header)
    text = compact(header)
    if notice.header_swap:
        text = swapped(text, *notice.header_swap)
    return header, notice.header_bytes(text.encode())


def _wraps(notice: Notice, c: bytes, cek: bytes) -> dict[str, bytes]:
    wraps: dict[str, bytes] = {}
    for agency in (*notice.named, *notice.hidden):
        kid = kid_of(agency)
        info = b"e-ads/v1/wrap\0" + c + bytes.fromhex(kid)
        if notice.wrap_info:
            info = notice.wrap_info(c, kid)
        public = notice.wrap_for.get(agency, agencies()[agency].epoch.public)
        randomness = drawn(f"{notice.label}/wrap/{agency}", 64)
        name = kid
        if agency in notice.hidden:
            name = blind_tag(nonce_of(notice.label, agency), kid, agency)
        wraps[name] = hpke_seal(public, info, notice.cek_sealed(cek), randomness)
    notice.wraps_change(wraps)
    return wraps


def _body(notice: Notice, c: bytes, cek: bytes) -> bytes:
    if not notice.whole:
        return drawn(f"{notice.label}/body", 33)
    payload = notice.payload.encode() if isinstance(notice.payload, str) else notice.payload
    context = b"e-ads/v1/body\0" + c
    if notice.body_context:
        context = notice.body_context(c)
    salt = drawn(f"{notice.label}/body", 24)
    sealed = cobblestone_seal(notice.body_key(cek), context, notice.padded(payload), salt)
    return notice.body_change(sealed)


def _files(notice: Notice, c: bytes, cek: bytes) -> tuple[bytes, ...]:
    sealed = []
    for number, content in enumerate(notice.files, start=1):
        context = b"e-ads/v1/file\0" + c + notice.file_number(number).to_bytes(4, "big")
        salt = drawn(f"{notice.label}/file/{number}", 24)
        sealed.append(cobblestone_seal(cek, context, notice.padded(content), salt))
    return tuple(sealed)


def _manifest(
    notice: Notice, header: bytes, wraps: Mapping[str, bytes], blobs: tuple[bytes, ...]
) -> bytes:
    manifest: dict[str, Json] = {
        "header": b64(header),
        "blobs": [{"sha256": digest(blob), "size": len(blob)} for blob in blobs],
        "wraps": {name: digest(wrap) for name, wrap in wraps.items()},
    }
    notice.manifest_change(manifest)
    text = compact(manifest)
    if notice.manifest_swap:
        text = swapped(text, *notice.manifest_swap)
    return notice.manifest_bytes(text.encode())


def as_specified(officer: Officer, manifest: bytes) -> dict[str, Json]:
    """The signature of the specification."""
    return signature(officer.keyid, officer.signing_seed, NOTICE, manifest)


def make(notice: Notice) -> Made:
    """Seal, sign and encode; the envelope holds every wrap and every route entry."""
    header, header_raw = _header(notice)
    c = sha256(b"e-ads/v1/header\0" + header_raw)
    cek = drawn(f"{notice.label}/cek", 32)
    wraps = _wraps(notice, c, cek)
    body, files = _body(notice, c, cek), _files(notice, c, cek)
    manifest = _manifest(notice, header_raw, wraps, (body, *files))
    sign = notice.sign or as_specified
    envelope: dict[str, Json] = {
        "payloadType": NOTICE,
        "payload": b64(manifest),
        "signatures": [sign(officer_named(name), manifest) for name in notice.signers],
        "wraps": {name: b64(wrap) for name, wrap in wraps.items()} if notice.whole else {},
        "body": b64(body),
    }
    route = _route(notice)
    if route:
        envelope["route"] = route
    notice.envelope_change(envelope)
    text = compact(envelope)
    if notice.envelope_swap:
        text = swapped(text, *notice.envelope_swap)
    return Made(text, header, c, cek, manifest, files, route)


def _route(notice: Notice) -> dict[str, Json]:
    route = {}
    for agency in notice.hidden:
        nonce = nonce_of(notice.label, agency)
        entry = {"agency": agency, "kid": kid_of(agency), "nonce": nonce.hex()}
        route[blind_tag(nonce, kid_of(agency), agency)] = entry
    return dict(sorted(route.items()))


def delivered_to(agency: str) -> Change:
    """What the hub hands an agency: its own wrap and route entry, and nobody else's."""

    def change(envelope: dict[str, Json]) -> None:
        own = {tag: e for tag, e in envelope.get("route", {}).items() if e["agency"] == agency}
        names = {kid_of(agency), *own}
        envelope["wraps"] = {n: w for n, w in envelope["wraps"].items() if n in names}
        envelope.pop("route", None)
        if own:
            envelope["route"] = own

    return change


def both(first: Change, second: Change) -> Change:
    """One change after the other."""

    def change(obj: dict[str, Json]) -> None:
        first(obj)
        second(obj)

    return change
