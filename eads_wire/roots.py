"""Roots: the keys that sign a region or a keyring, and the chain of its versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from eads_wire import limits
from eads_wire.contexts import ROOTS
from eads_wire.dsse import Document
from eads_wire.encoding import (
    Digest,
    JsonObject,
    KeyId,
    as_digest,
    as_int,
    as_keyid,
    as_list,
    as_object,
    as_time,
    check_keys,
    check_unique,
    from_base64,
)
from eads_wire.errors import require
from eads_wire.keys import SIGNING_PUBLIC, fingerprint, keyid_of


@dataclass(frozen=True, slots=True)
class Roots:
    """Root keys by name, and how many of them must sign."""

    keys: Mapping[KeyId, bytes]
    quorum: int

    @property
    def fingerprint(self) -> str:
        """For comparing by eye (specs/keyring.md, "Fingerprints")."""
        return roots_fingerprint(list(self.keys), self.quorum)


def roots_fingerprint(keyids: list[KeyId], quorum: int) -> str:
    """Fingerprint of a set of roots, known by their names."""
    names = b"".join(bytes.fromhex(keyid) for keyid in sorted(keyids))
    return fingerprint(ROOTS, bytes([quorum]) + names)


@dataclass(frozen=True, slots=True)
class Version:
    """Where a document stands in its chain."""

    number: int
    prev: Digest | None
    issued: datetime
    expires: datetime


def decode_signing_key(obj: JsonObject) -> tuple[KeyId, bytes]:
    """Decode ``keyid`` and ``public`` of an object and check that they belong together."""
    keyid = as_keyid(obj["keyid"])
    public = from_base64(obj["public"], "public", size=SIGNING_PUBLIC)
    require(keyid_of(public) == keyid, "malformed", "a keyid is not the name of its key")
    return keyid, public


def decode_roots(obj: JsonObject) -> Roots:
    """Decode ``roots`` and ``root_quorum``. Raises WireError ``malformed``."""
    pairs: list[tuple[KeyId, bytes]] = []
    for item in as_list(obj["roots"], "roots", least=1, most=limits.ROOTS):
        root = as_object(item, "root")
        check_keys(root, ("keyid", "public"), what="root")
        pairs.append(decode_signing_key(root))
    check_unique([keyid for keyid, _ in pairs], "roots")
    quorum = as_int(obj["root_quorum"], "root_quorum", least=1, most=len(pairs))
    return Roots(dict(pairs), quorum)


def decode_version(obj: JsonObject) -> Version:
    """Decode ``version``, ``prev``, ``issued``, ``expires``. Raises WireError ``malformed``."""
    number = as_int(obj["version"], "version", least=1)
    require(("prev" in obj) == (number > 1), "malformed", "prev stands exactly from version 2 on")
    prev = as_digest(obj["prev"], "prev") if number > 1 else None
    issued, expires = as_time(obj["issued"], "issued"), as_time(obj["expires"], "expires")
    require(expires > issued, "malformed", "expires is not after issued")
    return Version(number, prev, issued, expires)


def check_succession(version: Version, before: Version, before_digest: Digest) -> None:
    """One version up, on the very payload before. Raises WireError ``stale``."""
    require(version.number == before.number + 1, "stale", "the version is not the next one")
    require(version.prev == before_digest, "stale", "prev is not the version before")


def verify_roots(document: Document, roots: Roots, before: Roots | None) -> None:
    """Signatures by the quorum of these roots and of the version before.

    Raises:
        WireError: ``unknown-key``, ``bad-signature``, ``no-quorum``.
    """
    required = [roots] if before is None else [roots, before]
    document.verify({keyid: key for each in required for keyid, key in each.keys.items()})
    signed = {signature.keyid for signature in document.signatures}
    for each in required:
        enough = len(signed & each.keys.keys()) >= each.quorum
        require(enough, "no-quorum", "too few roots have signed")


def check_fresh(version: Version, now: datetime) -> None:
    """Raises WireError ``stale`` once the document has expired."""
    require(now < version.expires, "stale", "the document has expired")
