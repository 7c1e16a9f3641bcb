"""The cast of the tests: forces with officers and keys, and what they write.

The sender is ID-POLRI, the recipient TH-RTP, the outsider SG-SPF; REG-OFFICE reviews. Documents are
made here from keys, not by the client's ceremonies, so that a test can also make a wrong one.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from eads_client.keys import EncryptionKey, SigningKey, sign_payload
from eads_client.seal import Recipient, SealedNotice, SealRequest, new_notice_id, seal
from eads_wire.encoding import AgencyId, Digest, format_time, to_base64
from eads_wire.header import LogHead
from eads_wire.keyring import PAYLOAD_TYPE as KEYRING
from eads_wire.keyring import Keyring, decode_keyring
from eads_wire.log import EMPTY_ROOT
from eads_wire.receipt import PAYLOAD_TYPE as RECEIPT
from eads_wire.region import PAYLOAD_TYPE as REGION

ORIGIN = "localhost"
SENDER, RECIPIENT, OUTSIDER, REVIEWING = "ID-POLRI", "TH-RTP", "SG-SPF", "REG-OFFICE"
ROLES = ("liaison", "approver", "reviewer", "analyst", "admin", "service")
QUORUM = {"wanted-person": ["liaison", "approver"], "*": ["liaison"]}
SERIOUS = ("person-information", "trafficking-route")
NOW = datetime.now(UTC).replace(microsecond=0)


def document(payload_type: str, payload: Mapping[str, Any], keys: Iterable[SigningKey]) -> bytes:
    """A DSSE document over the payload, signed by the keys."""
    raw = json.dumps(payload).encode()
    body = {
        "payloadType": payload_type,
        "payload": to_base64(raw),
        "signatures": [sign_payload(key, payload_type, raw).to_json() for key in keys],
    }
    return json.dumps(body).encode()


def root_json(key: SigningKey) -> dict[str, str]:
    return {"keyid": key.keyid, "public": to_base64(key.public)}


@dataclass(frozen=True)
class Person:
    """An officer: an id, roles and two keys."""

    id: str
    roles: tuple[str, ...]
    signing: SigningKey = field(default_factory=SigningKey.generate)
    encryption: EncryptionKey = field(default_factory=EncryptionKey.generate)
    revoked: datetime | None = None

    def entry(self) -> dict[str, Any]:
        entry = {
            "id": self.id,
            "roles": list(self.roles),
            "keyid": self.signing.keyid,
            "public": to_base64(self.signing.public),
            "kid": self.encryption.kid,
            "enc_public": to_base64(self.encryption.public),
            "from": format_time(NOW - timedelta(days=30)),
            "until": format_time(NOW + timedelta(days=700)),
        }
        return entry | ({"revoked": format_time(self.revoked)} if self.revoked else {})


@dataclass
class Force:
    """An agency with its root, epoch and officers; ``keyring()`` writes its next version."""

    agency: AgencyId
    country: str
    root: SigningKey = field(default_factory=SigningKey.generate)
    epoch: EncryptionKey = field(default_factory=EncryptionKey.generate)
    people: dict[str, Person] = field(default_factory=dict)
    quorum: dict[str, list[str]] = field(default_factory=lambda: dict(QUORUM))
    version: int = 0
    digest: str = ""

    def __post_init__(self) -> None:
        for kind in SERIOUS:
            self.quorum.setdefault(kind, ["liaison", "approver"])

    def __getitem__(self, role: str) -> Person:
        return self.people[role]

    def member(self) -> dict[str, Any]:
        return {
            "agency": self.agency,
            "country": self.country,
            "name": f"Police of {self.country}",
            "roots": [self.root.keyid],
            "root_quorum": 1,
            "status": "active",
        }

    def keyring_payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "v": 1,
            "agency": self.agency,
            "version": self.version + 1,
            "issued": format_time(NOW),
            "expires": format_time(NOW + timedelta(days=300)),
            "roots": [root_json(self.root)],
            "root_quorum": 1,
            "encryption": [
                {
                    "kid": self.epoch.kid,
                    "public": to_base64(self.epoch.public),
                    "from": format_time(NOW - timedelta(days=30)),
                    "until": format_time(NOW + timedelta(days=700)),
                }
            ],
            "officers": [person.entry() for person in self.people.values()],
            "quorum": self.quorum,
        }
        return payload | ({"prev": self.digest} if self.version else {})

    def keyring(self) -> bytes:
        """The next version of the keyring, signed; the force then stands at that version."""
        raw = document(KEYRING, self.keyring_payload(), [self.root])
        self.version, self.digest = self.version + 1, decode_keyring(raw)[0].digest
        return raw

    def recipient(self) -> Recipient:
        return Recipient(self.agency, self.epoch.kid, self.epoch.public)

    def receipt(
        self, delivered: Sequence[str] = (), purged: Sequence[str] = (), role: str = "service"
    ) -> bytes:
        payload = {
            "v": 1,
            "agency": self.agency,
            "at": format_time(datetime.now(UTC)),
            "delivered": sorted(delivered),
            "purged": sorted(purged),
        }
        return document(RECEIPT, payload, [self[role].signing])


@lru_cache(maxsize=1)
def _keys() -> dict[str, tuple[SigningKey, EncryptionKey, dict[str, Person]]]:
    """Keys are made once a run: making them costs more than most tests."""
    return {
        agency: (
            SigningKey.generate(),
            EncryptionKey.generate(),
            {role: Person(f"{role}.one", (role,)) for role in ROLES},
        )
        for agency in (SENDER, RECIPIENT, OUTSIDER, REVIEWING)
    }


def force(agency: str) -> Force:
    """One of the cast, fresh: at version 0, with one officer a role."""
    root, epoch, people = _keys()[agency]
    return Force(AgencyId(agency), agency[:2], root, epoch, dict(people))


def region_payload(forces: Iterable[Force], root: SigningKey, log_key: str) -> dict[str, Any]:
    return {
        "v": 1,
        "region": "SEA",
        "version": 1,
        "issued": format_time(NOW),
        "expires": format_time(NOW + timedelta(days=300)),
        "roots": [root_json(root)],
        "root_quorum": 1,
        "log": {"origin": ORIGIN, "keys": [log_key]},
        "members": sorted((f.member() for f in forces), key=lambda m: m["agency"]),
    }


def region(forces: Iterable[Force], root: SigningKey, log_key: str) -> bytes:
    """Version 1 of the region."""
    return document(REGION, region_payload(forces, root, log_key), [root])


def request(sender: Force, to: Sequence[Force], **fields: Any) -> SealRequest:
    """A request to seal: a wanted person from the sender to itself and the others."""
    defaults: dict[str, Any] = {
        "id": new_notice_id(),
        "type": "wanted-person",
        "act": "issue",
        "issuer": sender.agency,
        "issued": datetime.now(UTC).replace(microsecond=0),
        "expires": datetime.now(UTC).replace(microsecond=0) + timedelta(days=300),
        "payload": b'{"sealed": "content"}',
        "to": [force.recipient() for force in (sender, *to)],
        "log": LogHead(ORIGIN, 0, Digest(EMPTY_ROOT.hex())),
    }
    return SealRequest(**(defaults | fields))


def sealed(sender: Force, to: Sequence[Force], **fields: Any) -> SealedNotice:
    """A sealed notice without signatures. Sealed files are left in a temporary folder."""
    return seal(request(sender, to, **fields), Path(tempfile.mkdtemp(prefix="eads-cast-")))


def signed(sender: Force, to: Sequence[Force], *roles: str, **fields: Any) -> SealedNotice:
    """A sealed notice signed by the sender's officers of these roles (default: both)."""
    notice = sealed(sender, to, **fields)
    for role in roles or ("liaison", "approver"):
        notice = notice.sign(sender[role].signing)
    return notice


def decoded(raw: bytes) -> Keyring:
    return decode_keyring(raw)[0]
