"""Requests that travel by hand between officers, key administrators and the Secretariat.

They carry public keys only and are not believed for their own sake: whoever takes one compares
its fingerprint by eye or telephone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from eads_client.errors import CeremonyError
from eads_client.keys import EncryptionKey, SigningKey
from eads_client.keystore import Keystore
from eads_client.profile import Profile
from eads_wire import limits
from eads_wire.encoding import (
    AgencyId,
    JsonObject,
    KeyId,
    OfficerId,
    as_agency,
    as_int,
    as_keyid,
    as_list,
    as_officer,
    as_text,
    check_keys,
    check_unique,
    decode_json,
    from_base64,
    to_base64,
)
from eads_wire.errors import WireError, require
from eads_wire.keyring import officer_fingerprint
from eads_wire.keys import ENCRYPTION_PUBLIC, SIGNING_PUBLIC
from eads_wire.roots import roots_fingerprint

_LIMIT = 64 * limits.KIB


@dataclass(frozen=True, slots=True)
class OfficerRequest:
    """An officer's public keys, for the agency's key administrator.

    Attributes:
        public: signing key, 1984 bytes.
        enc_public: encryption key, 1216 bytes.
    """

    agency: AgencyId
    officer: OfficerId
    public: bytes = field(repr=False)
    enc_public: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What the two compare (specs/keyring.md, "Fingerprints")."""
        return officer_fingerprint(self.public, self.enc_public)

    def encode(self) -> bytes:
        """As a JSON file."""
        obj: JsonObject = {
            "v": 1,
            "kind": "officer",
            "agency": self.agency,
            "officer": self.officer,
            "public": to_base64(self.public),
            "enc_public": to_base64(self.enc_public),
        }
        return json.dumps(obj, indent=1).encode() + b"\n"

    @classmethod
    def decode(cls, raw: bytes) -> OfficerRequest:
        """Read a request. Raises CeremonyError."""
        keys = ("v", "kind", "agency", "officer", "public", "enc_public")
        try:
            obj = _decode(raw, "officer", keys)
            return cls(
                as_agency(obj["agency"]),
                as_officer(obj["officer"]),
                from_base64(obj["public"], "public", size=SIGNING_PUBLIC),
                from_base64(obj["enc_public"], "enc_public", size=ENCRYPTION_PUBLIC),
            )
        except WireError as error:
            raise CeremonyError(f"this is not an officer's request: {error.detail}") from None


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """An agency's roots, for the Secretariat."""

    agency: AgencyId
    country: str
    name: str
    roots: tuple[KeyId, ...]
    root_quorum: int

    @property
    def fingerprint(self) -> str:
        """What the two compare (specs/keyring.md, "Fingerprints")."""
        return roots_fingerprint(list(self.roots), self.root_quorum)

    def encode(self) -> bytes:
        """As a JSON file."""
        obj: JsonObject = {
            "v": 1,
            "kind": "enrolment",
            "agency": self.agency,
            "country": self.country,
            "name": self.name,
            "roots": list(self.roots),
            "root_quorum": self.root_quorum,
        }
        return json.dumps(obj, indent=1, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def decode(cls, raw: bytes) -> EnrolmentRequest:
        """Read a request. Raises CeremonyError."""
        keys = ("v", "kind", "agency", "country", "name", "roots", "root_quorum")
        try:
            obj = _decode(raw, "enrolment", keys)
            items = as_list(obj["roots"], "roots", least=1, most=limits.ROOTS)
            roots = tuple(as_keyid(item) for item in items)
            check_unique(roots, "roots")
            return cls(
                as_agency(obj["agency"]),
                as_text(obj["country"], "country"),
                as_text(obj["name"], "name"),
                roots,
                as_int(obj["root_quorum"], "root_quorum", least=1, most=len(roots)),
            )
        except WireError as error:
            raise CeremonyError(f"this is not an enrolment request: {error.detail}") from None


def _decode(raw: bytes, kind: str, keys: tuple[str, ...]) -> JsonObject:
    obj = decode_json(raw, limit=_LIMIT, what="request")
    check_keys(obj, keys, what="request")
    require(as_int(obj["v"], "v") == 1, "unsupported", "v is not 1")
    require(obj["kind"] == kind, "malformed", f"its kind is not {kind}")
    return obj


def create_officer(profile: Profile, keystore: Keystore) -> OfficerRequest:
    """Make the officer's two keys, once; asking again gives the same request.

    Args:
        profile: with agency and officer set; the keys' names are written to it.
        keystore: of the profile.

    Raises:
        ProfileError: the profile names no agency or officer.
    """
    agency, officer = profile.agency, profile.officer
    keyid, kid = profile.settings.keyid, profile.settings.kid
    if keyid is not None and kid is not None:
        signing = keystore.signing_key(keyid)
        encryption = keystore.encryption_key(kid, "encryption")
    else:
        signing, encryption = SigningKey.generate(), EncryptionKey.generate()
        keystore.add_signing(signing, "signing")
        keystore.add_encryption(encryption, "encryption")
        profile.change(keyid=signing.keyid, kid=encryption.kid)
    return OfficerRequest(agency, officer, signing.public, encryption.public)
