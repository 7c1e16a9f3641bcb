"""Keyring: an agency's officers, keys and quorum (specs/keyring.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from eads_wire import limits
from eads_wire.contexts import OFFICER
from eads_wire.dsse import Document, decode_document
from eads_wire.encoding import (
    AgencyId,
    Digest,
    JsonObject,
    KeyId,
    Kid,
    OfficerId,
    as_agency,
    as_choice,
    as_kid,
    as_list,
    as_object,
    as_officer,
    as_text,
    as_time,
    check_keys,
    check_unique,
    decode_json,
    from_base64,
)
from eads_wire.errors import fail, require
from eads_wire.header import as_origin
from eads_wire.keys import ENCRYPTION_PUBLIC, fingerprint, kid_of
from eads_wire.notice_types import SERIOUS, TYPES
from eads_wire.region import Member
from eads_wire.roots import (
    Roots,
    Version,
    check_fresh,
    check_succession,
    decode_roots,
    decode_signing_key,
    decode_version,
    verify_roots,
)
from eads_wire.verifier_key import VerifierKey, decode_verifier_key

PAYLOAD_TYPE: Final = "application/vnd.e-ads.keyring.v1+json"
ROLES: Final = ("liaison", "approver", "reviewer", "analyst", "admin", "service")


@dataclass(frozen=True, slots=True)
class Epoch:
    """An encryption key of the agency and its time."""

    kid: Kid
    public: bytes
    start: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Officer:
    """One entry of ``officers``."""

    id: OfficerId
    roles: frozenset[str]
    keyid: KeyId
    public: bytes
    kid: Kid
    enc_public: bytes
    start: datetime
    until: datetime
    revoked: datetime | None

    @property
    def fingerprint(self) -> str:
        """For comparing by eye (specs/keyring.md, "Fingerprints")."""
        return officer_fingerprint(self.public, self.enc_public)

    def check_valid(self, moment: datetime) -> None:
        """Raises WireError ``revoked-key`` if revoked, or outside its dates at ``moment``."""
        require(self.revoked is None, "revoked-key", "the officer's key was revoked")
        inside = self.start <= moment < self.until
        require(inside, "revoked-key", "the officer's key is outside its dates")


@dataclass(frozen=True, slots=True)
class Role:
    """One entry of a quorum; ``agency`` is None for the issuer's own."""

    name: str
    agency: AgencyId | None


@dataclass(frozen=True, slots=True)
class Keyring:
    """A decoded keyring."""

    digest: Digest
    agency: AgencyId
    version: Version
    roots: Roots
    encryption: tuple[Epoch, ...]
    officers: tuple[Officer, ...]
    witness: tuple[str, tuple[VerifierKey, ...]] | None
    quorum: Mapping[str, tuple[Role, ...]]

    def officer(self, keyid: KeyId) -> Officer | None:
        return next((o for o in self.officers if o.keyid == keyid), None)

    def epoch(self, moment: datetime) -> Epoch | None:
        """The newest encryption key that is valid at ``moment``."""
        valid = [e for e in self.encryption if e.start <= moment < e.until]
        return max(valid, key=lambda e: (e.start, e.kid), default=None)

    def quorum_for(self, notice_type: str) -> tuple[Role, ...]:
        return self.quorum.get(notice_type, self.quorum["*"])

    def reviewer_agencies(self, notice_type: str) -> frozenset[AgencyId]:
        """Other agencies that the quorum of a type asks."""
        return frozenset(r.agency for r in self.quorum_for(notice_type) if r.agency is not None)


def officer_fingerprint(public: bytes, enc_public: bytes) -> str:
    """Fingerprint of an officer's two public keys."""
    return fingerprint(OFFICER, public + enc_public)


def _span(obj: JsonObject) -> tuple[datetime, datetime]:
    start, until = as_time(obj["from"], "from"), as_time(obj["until"], "until")
    require(until > start, "malformed", "until is not after from")
    return start, until


def _encryption_key(obj: JsonObject, field: str) -> tuple[Kid, bytes]:
    kid = as_kid(obj["kid"])
    public = from_base64(obj[field], field, size=ENCRYPTION_PUBLIC)
    require(kid_of(public) == kid, "malformed", "a kid is not the name of its key")
    return kid, public


def _decode_epoch(value: Any) -> Epoch:
    obj = as_object(value, "encryption key")
    check_keys(obj, ("kid", "public", "from", "until"), what="encryption key")
    kid, public = _encryption_key(obj, "public")
    return Epoch(kid, public, *_span(obj))


def _decode_officer(value: Any) -> Officer:
    obj = as_object(value, "officer")
    required = ("id", "roles", "keyid", "public", "kid", "enc_public", "from", "until")
    check_keys(obj, required, ("revoked",), what="officer")
    roles = [
        as_choice(role, ROLES, "role")
        for role in as_list(obj["roles"], "roles", least=1, most=len(ROLES))
    ]
    check_unique(roles, "roles")
    keyid, public = decode_signing_key(obj)
    kid, enc_public = _encryption_key(obj, "enc_public")
    start, until = _span(obj)
    revoked = as_time(obj["revoked"], "revoked") if "revoked" in obj else None
    return Officer(
        as_officer(obj["id"]),
        frozenset(roles),
        keyid,
        public,
        kid,
        enc_public,
        start,
        until,
        revoked,
    )


def _decode_role(value: Any, own: AgencyId) -> Role:
    text = as_text(value, "quorum role")
    name, at, agency = text.partition("@")
    as_choice(name, ROLES, "quorum role")
    if not at:
        return Role(name, None)
    other = as_agency(agency, "quorum agency")
    outside = name == "reviewer" and other != own
    require(outside, "malformed", "only a reviewer may be asked, and of another agency")
    return Role(name, other)


def _decode_quorum(value: Any, own: AgencyId) -> dict[str, tuple[Role, ...]]:
    obj = as_object(value, "quorum")
    require("*" in obj, "malformed", "quorum has no *")
    quorum: dict[str, tuple[Role, ...]] = {}
    for kind, items in obj.items():
        as_choice(kind, (*TYPES, "*"), "quorum type")
        entries = as_list(items, "quorum", least=1, most=limits.QUORUM)
        quorum[kind] = tuple(_decode_role(item, own) for item in entries)
    for kind in SERIOUS:
        enough = len(quorum.get(kind, quorum["*"])) >= 2
        require(enough, "malformed", f"the quorum for {kind} has fewer than two entries")
    return quorum


def _decode_witness(value: Any) -> tuple[str, tuple[VerifierKey, ...]]:
    obj = as_object(value, "witness")
    check_keys(obj, ("name", "keys"), what="witness")
    keys = tuple(
        decode_verifier_key(as_text(item, "witness key"))
        for item in as_list(obj["keys"], "witness keys", least=1, most=4)
    )
    return as_origin(obj["name"], "witness name"), keys


def _check_distinct(roots: Roots, epochs: tuple[Epoch, ...], officers: tuple[Officer, ...]) -> None:
    check_unique([*roots.keys, *(o.keyid for o in officers)], "keyids")
    check_unique([*(e.kid for e in epochs), *(o.kid for o in officers)], "kids")
    check_unique([o.id for o in officers if o.revoked is None], "officers in force")


def decode_keyring(raw: bytes) -> tuple[Keyring, Document]:
    """Step 1: form.

    Returns:
        The keyring and the signed document that it came in.

    Raises:
        WireError: ``malformed`` or ``unsupported``.
    """
    document = decode_document(raw, PAYLOAD_TYPE, limit=limits.KEYRING_BYTES, what="keyring")
    obj = decode_json(document.payload, limit=limits.KEYRING_BYTES, what="keyring payload")
    require(obj.get("v") == 1 and obj["v"] is not True, "unsupported", "v is not 1")
    required = (
        *("v", "agency", "version", "issued", "expires", "roots", "root_quorum"),
        *("encryption", "officers", "quorum"),
    )
    check_keys(obj, required, ("prev", "witness"), what="keyring")
    agency, version, roots = as_agency(obj["agency"]), decode_version(obj), decode_roots(obj)
    epochs = tuple(
        _decode_epoch(e)
        for e in as_list(obj["encryption"], "encryption", least=1, most=limits.EPOCHS)
    )
    officers = tuple(
        _decode_officer(o)
        for o in as_list(obj["officers"], "officers", least=0, most=limits.OFFICERS)
    )
    _check_distinct(roots, epochs, officers)
    keyring = Keyring(
        document.digest,
        agency,
        version,
        roots,
        epochs,
        officers,
        _decode_witness(obj["witness"]) if "witness" in obj else None,
        _decode_quorum(obj["quorum"], agency),
    )
    return keyring, document


def _check_first(keyring: Keyring, member: Member) -> None:
    require(keyring.agency == member.agency, "unknown-key", "the keyring is another agency's")
    require(keyring.version.number == 1, "stale", "the first version is not 1")
    same = set(keyring.roots.keys) == set(member.roots)
    same = same and keyring.roots.quorum == member.root_quorum
    require(same, "unknown-key", "the roots are not those that the region names")


def _check_revocations(keyring: Keyring, before: Keyring) -> None:
    entries = set(keyring.officers)
    kept = all(o in entries for o in before.officers if o.revoked is not None)
    require(kept, "revoked-key", "a revoked officer was changed or left out")


def verify_keyring(raw: bytes, before: Keyring | None, member: Member) -> Keyring:
    """Steps 1 to 4 of verification.

    Args:
        raw: the document as received.
        before: the version held, or None for the first.
        member: the agency's entry in the region.

    Raises:
        WireError: naming the first stage that fails.
    """
    keyring, document = decode_keyring(raw)
    if before is None:
        _check_first(keyring, member)
    else:
        require(keyring.agency == before.agency, "unknown-key", "the keyring is another agency's")
        check_succession(keyring.version, before.version, before.digest)
    verify_roots(document, keyring.roots, before.roots if before else None)
    if before is not None:
        _check_revocations(keyring, before)
    return keyring


def check_keyring_fresh(keyring: Keyring, now: datetime) -> None:
    """Step 5. Raises WireError ``stale``."""
    check_fresh(keyring.version, now)


def find_officer(keyring: Keyring, keyid: KeyId) -> Officer:
    """The officer of a signing key. Raises WireError ``unknown-key``."""
    officer = keyring.officer(keyid)
    if officer is None:
        fail("unknown-key", "the key is no officer's")
    return officer
