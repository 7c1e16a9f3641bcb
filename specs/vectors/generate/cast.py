"""The cast: five agencies with their officers, keys and keyrings, a region, a log.

Sender, recipient, hidden recipient, outsider, and an office whose officers review. All people
are invented; all keys are public and good for nothing but these vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from specs.vectors.generate.documents import (
    KEYRING,
    REGION,
    Signer,
    b64,
    compact,
    digest,
    public_key,
    public_keys,
    signed_document,
    written,
)
from specs.vectors.generate.primitives import (
    drawn,
    ed25519_public,
    encryption_public,
    name_of,
    sha256,
    signing_public,
)

Json = Any

SENDER: Final = "ID-POLRI"
RECIPIENT: Final = "TH-RTP"
HIDDEN: Final = "LA-GDP"
OUTSIDER: Final = "SG-SPF"
REVIEWER: Final = "REG-OFFICE"
ORIGIN: Final = "hub.example"

FROM, UNTIL = "2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z"
ISSUED, EXPIRES = "2026-01-15T00:00:00Z", "2027-01-15T00:00:00Z"


@dataclass(frozen=True)
class Root(Signer):
    """A root key."""

    public: bytes

    def entry(self) -> dict[str, Json]:
        return {"keyid": self.keyid, "public": public_key(self.public)}


@dataclass(frozen=True)
class Epoch:
    """An encryption key of an agency."""

    kid: str
    seed: bytes
    public: bytes

    def entry(self) -> dict[str, Json]:
        return {"kid": self.kid, "public": public_key(self.public), "from": FROM, "until": UNTIL}


@dataclass(frozen=True)
class Officer(Signer):
    """An officer with both keys; ``dates`` overrides ``from``, ``until`` and adds ``revoked``."""

    id: str
    roles: tuple[str, ...]
    public: bytes
    encryption: Epoch
    dates: Mapping[str, str] = field(default_factory=dict, hash=False)

    def entry(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "roles": list(self.roles),
            "keyid": self.keyid,
            "public": public_key(self.public),
            "kid": self.encryption.kid,
            "enc_public": public_key(self.encryption.public),
            "from": FROM,
            "until": UNTIL,
            **self.dates,
        }


@cache
def root(label: str) -> Root:
    seed = drawn(f"root/{label}", 64)
    public = signing_public(seed)
    return Root(name_of(public), seed, public)


@cache
def epoch(label: str) -> Epoch:
    seed = drawn(f"encryption/{label}", 32)
    public = encryption_public(seed)
    return Epoch(name_of(public), seed, public)


def officer(agency: str, label: str, roles: str, **dates: str) -> Officer:
    """An officer; what stands after ``#`` in the label tells two keys of one officer apart."""
    seed = drawn(f"officer/{agency}/{label}", 64)
    public = signing_public(seed)
    return Officer(
        name_of(public),
        seed,
        label.partition("#")[0],
        tuple(roles.split()),
        public,
        epoch(f"{agency}/{label}"),
        dates,
    )


@dataclass(frozen=True)
class Agency:
    """An agency with the keyring that is in force in the vectors."""

    name: str
    country: str
    title: str
    roots: tuple[Root, ...]
    epoch: Epoch
    officers: tuple[Officer, ...]
    quorum: Mapping[str, list[str]]

    def officer(self, label: str) -> Officer:
        """By id, or by the id and ``#`` and the number of the entry, from 1."""
        name, _, number = label.partition("#")
        return [o for o in self.officers if o.id == name][int(number or "1") - 1]

    def payload(self) -> dict[str, Json]:
        """Version 1 of the keyring."""
        return {
            "v": 1,
            "agency": self.name,
            "version": 1,
            "issued": ISSUED,
            "expires": EXPIRES,
            "roots": [r.entry() for r in self.roots],
            "root_quorum": len(self.roots),
            "encryption": [self.epoch.entry()],
            "officers": [o.entry() for o in self.officers],
            "quorum": dict(self.quorum),
        }

    def member(self) -> dict[str, Json]:
        """The agency's entry in the region."""
        return {
            "agency": self.name,
            "country": self.country,
            "name": self.title,
            "roots": [r.keyid for r in self.roots],
            "root_quorum": len(self.roots),
            "status": "active",
        }


def _agency(
    name: str, country: str, title: str, officers: list[Officer], quorum: Mapping[str, list[str]]
) -> Agency:
    return Agency(name, country, title, (root(name),), epoch(name), tuple(officers), quorum)


TWO = ["liaison", "approver"]


@cache
def agencies() -> dict[str, Agency]:
    """The five agencies by name."""
    cast = [_sender(), _recipient(), _hidden(), _outsider(), _reviewer()]
    return {agency.name: agency for agency in cast}


def _sender() -> Agency:
    officers = [
        officer(SENDER, "s.wulandari", "liaison"),
        officer(SENDER, "b.santoso#old", "approver", revoked="2026-03-01T08:00:00Z"),
        officer(SENDER, "b.santoso#new", "approver"),
        officer(SENDER, "d.lestari", "liaison approver"),
        officer(SENDER, "r.hidayat", "liaison"),
        officer(SENDER, "a.pratama", "analyst"),
        officer(SENDER, "m.utami", "reviewer"),
        officer(SENDER, "k.nugroho", "approver", revoked="2026-10-01T00:00:00Z"),
        officer(SENDER, "t.wibowo", "approver", until="2026-11-22T03:04:05Z"),
        officer(SENDER, "y.kusuma", "approver", **{"from": "2026-11-22T03:04:05Z"}),
        officer(SENDER, "z.halim", "approver", **{"from": "2026-11-22T03:04:06Z"}),
    ]
    quorum = {
        "wanted-person": TWO,
        "person-information": TWO,
        "trafficking-route": [*TWO, f"reviewer@{REVIEWER}"],
        "missing-person": ["liaison", f"reviewer@{REVIEWER}"],
        "unidentified-body": ["liaison", "liaison"],
        "*": ["liaison"],
    }
    return _agency(SENDER, "ID", "Indonesian National Police", officers, quorum)


def _recipient() -> Agency:
    officers = [
        officer(RECIPIENT, "n.srisai", "liaison"),
        officer(RECIPIENT, "mailbox", "service"),
        officer(RECIPIENT, "p.chaiyo", "liaison", revoked="2026-09-09T09:09:09Z"),
        officer(RECIPIENT, "w.thong", "reviewer", until="2026-11-22T03:05:00Z"),
    ]
    quorum = {"*": TWO}
    return _agency(RECIPIENT, "TH", "Royal Thai Police", officers, quorum)


def _hidden() -> Agency:
    officers = [officer(HIDDEN, "k.vongsa", "liaison approver")]
    return _agency(HIDDEN, "LA", "Lao General Department of Police", officers, {"*": TWO})


def _outsider() -> Agency:
    officers = [officer(OUTSIDER, "j.ong", "liaison approver")]
    return _agency(OUTSIDER, "SG", "Singapore Police Force", officers, {"*": TWO})


def _reviewer() -> Agency:
    officers = [
        officer(REVIEWER, "v.tan", "reviewer"),
        officer(REVIEWER, "w.lim", "analyst"),
        officer(REVIEWER, "o.reyes", "reviewer", revoked="2026-05-05T00:00:00Z"),
    ]
    return _agency(REVIEWER, "MY", "Regional Review Office", officers, {"*": TWO})


def keyring_text(payload: Mapping[str, Json], signers: tuple[Signer, ...]) -> str:
    return compact(signed_document(KEYRING, compact(payload), signers))


# ------------------------------------------------------------------ the log


def log_seed() -> bytes:
    return drawn("log", 32)


def note_key_id(name: str, content: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + content)[:4]


def verifier_key(name: str, public: bytes, algorithm: int = 1) -> str:
    content = bytes([algorithm]) + public
    return f"{name}+{note_key_id(name, content).hex()}+{b64(content)}"


def log_key() -> str:
    return verifier_key(ORIGIN, ed25519_public(log_seed()))


# ------------------------------------------------------------------ the region


@cache
def region_roots() -> tuple[Root, ...]:
    return (root("secretariat/1"), root("secretariat/2"))


def region_payload() -> dict[str, Json]:
    """Version 1: two roots, one of which must sign."""
    return {
        "v": 1,
        "region": "SEA",
        "version": 1,
        "issued": ISSUED,
        "expires": EXPIRES,
        "roots": [r.entry() for r in region_roots()],
        "root_quorum": 1,
        "log": {"origin": ORIGIN, "keys": [log_key()]},
        "members": [agencies()[name].member() for name in sorted(agencies())],
    }


def region_text(payload: Mapping[str, Json], signers: tuple[Signer, ...]) -> str:
    return compact(signed_document(REGION, compact(payload), signers))


# ------------------------------------------------------------------ fingerprints


def grouped(raw: bytes) -> str:
    digits = raw.hex()[:32]
    return " ".join(digits[n : n + 4] for n in range(0, 32, 4))


def officer_fingerprint(one: Officer) -> str:
    return grouped(sha256(b"e-ads/v1/officer\0" + one.public + one.encryption.public))


def roots_fingerprint(keyids: list[str], quorum: int) -> str:
    names = b"".join(bytes.fromhex(keyid) for keyid in sorted(keyids))
    return grouped(sha256(b"e-ads/v1/roots\0" + bytes([quorum]) + names))


# ------------------------------------------------------------------ keys/*.json


def key_files() -> dict[str, Json]:
    """``keys/<name>.json``: seeds, public keys, and documents that vectors refer to by name."""
    files = {f"keys/{name}.json": _agency_file(agency) for name, agency in agencies().items()}
    files["keys/region.json"] = _region_file()
    files["keys/public.json"] = public_keys()
    return files


def _agency_file(agency: Agency) -> Json:
    return {
        "comment": "Test keys. Anybody can sign and read with them.",
        "agency": agency.name,
        "roots": [{"keyid": r.keyid, "signing_seed": r.signing_seed.hex()} for r in agency.roots],
        "encryption": [{"kid": agency.epoch.kid, "encryption_seed": agency.epoch.seed.hex()}],
        "officers": [
            {
                "id": o.id,
                "keyid": o.keyid,
                "signing_seed": o.signing_seed.hex(),
                "kid": o.encryption.kid,
                "encryption_seed": o.encryption.seed.hex(),
            }
            for o in agency.officers
        ],
        "documents": {number: written(text) for number, (_, text) in keyrings(agency.name).items()},
    }


@cache
def keyrings(name: str) -> dict[str, tuple[dict[str, Json], str]]:
    """Payload and document of each version of an agency's keyring."""
    agency = agencies()[name]
    first = agency.payload()
    versions = {"1": (first, keyring_text(first, agency.roots))}
    if name == HIDDEN:
        second = second_version(first)
        versions["2"] = (second, keyring_text(second, agency.roots))
    return versions


def second_version(first: Mapping[str, Json]) -> dict[str, Json]:
    """The hidden recipient's next keyring: its officer is revoked."""
    (entry,) = first["officers"]
    return {
        **first,
        "version": 2,
        "prev": digest(compact(first)),
        "issued": "2026-06-01T00:00:00Z",
        "officers": [{**entry, "revoked": "2026-06-01T00:00:00Z"}],
    }


def _region_file() -> Json:
    payload = region_payload()
    return {
        "comment": "Test keys. Anybody can sign with them.",
        "region": "SEA",
        "roots": [{"keyid": r.keyid, "signing_seed": r.signing_seed.hex()} for r in region_roots()],
        "log": {"origin": ORIGIN, "key": log_key(), "ed25519_seed": log_seed().hex()},
        "documents": {"1": written(region_text(payload, region_roots()[:1]))},
    }
