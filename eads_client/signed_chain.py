"""A chain of signed documents in the making: keyrings and regions, version by version.

::

    ceremony/keyring-000003.json        complete: the quorum of old and new roots has signed
    ceremony/keyring-000004.open.json   waits for more roots, which other profiles may hold
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from eads_client.errors import CeremonyError
from eads_client.keys import SigningKey, sign_payload
from eads_client.keystore import Keystore
from eads_client.private_files import read_limited, write_private
from eads_wire import limits
from eads_wire.dsse import Document, Signature, decode_document, digest_of
from eads_wire.encoding import JsonObject, KeyId, decode_json, format_time, to_base64
from eads_wire.errors import WireError
from eads_wire.keys import keyid_of
from eads_wire.roots import Roots, decode_roots

_LIMIT: Final = 2 * limits.KEYRING_BYTES
_OPEN: Final = ".open.json"
_COMPLETE = re.compile(r"[a-z]+-([0-9]{6})\.json")

RootKind = Literal["root", "region-root"]
Verify = Callable[[bytes, bytes | None], Any]
"""Verifies a document against the one before it; raises WireError."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A new version of a document.

    Attributes:
        document: the bytes; complete, or to be signed by other holders of roots.
        complete: whether the quorums of the old and new roots have signed.
    """

    version: int
    document: bytes = field(repr=False)
    complete: bool


def encode_document(payload_type: str, payload: bytes, signatures: Iterable[Signature]) -> bytes:
    """A signed document as JSON bytes."""
    obj = {
        "payloadType": payload_type,
        "payload": to_base64(payload),
        "signatures": [signature.to_json() for signature in signatures],
    }
    return json.dumps(obj, separators=(",", ":")).encode("ascii")


def root_entries(publics: Sequence[SigningKey | bytes]) -> list[JsonObject]:
    """``roots`` of a payload."""
    keys = [key if isinstance(key, bytes) else key.public for key in publics]
    return [{"keyid": keyid_of(key), "public": to_base64(key)} for key in keys]


class SignedChain:
    """The documents of one keyring or region that this profile administers.

    Args:
        folder: ``ceremony/`` of the profile.
        name: ``keyring`` or ``region``.
        payload_type: of the documents.
        kind: which keys of the keystore sign.
        verify: the format's own verification.
    """

    def __init__(
        self,
        folder: Path,
        name: Literal["keyring", "region"],
        payload_type: str,
        kind: RootKind,
        verify: Verify,
    ) -> None:
        self._folder = folder
        self._name = name
        self._payload_type = payload_type
        self._kind = kind
        self._verify = verify

    @property
    def version(self) -> int:
        """The newest complete version, 0 if there is none."""
        found = (_COMPLETE.fullmatch(path.name) for path in self._folder.glob(f"{self._name}-*"))
        return max((int(match[1]) for match in found if match), default=0)

    def document(self, version: int | None = None) -> bytes:
        """The bytes of a complete version, by default the newest. Raises CeremonyError."""
        number = self.version if version is None else version
        path = self._path(number)
        if number == 0 or not path.exists():
            raise CeremonyError(f"this profile has made no {self._name} of that version yet")
        return read_limited(path, _LIMIT)

    def payload(self) -> JsonObject:
        """The newest payload, to be changed."""
        document = self._decode(self.document())
        return decode_json(document.payload, limit=limits.KEYRING_BYTES, what=self._name)

    def propose(
        self, payload: JsonObject, keystore: Keystore, issued: datetime, expires: datetime
    ) -> Proposal:
        """Make the next version of a payload and sign it with every root that is here.

        Args:
            payload: the content; version, prev and times are set here.
            keystore: of the profile.
            issued: now.
            expires: when the version ends.

        Raises:
            CeremonyError: the content breaks a rule of the format, or no root is here.
        """
        number = self.version + 1
        payload = {
            **payload,
            "version": number,
            "issued": format_time(issued),
            "expires": format_time(expires),
        }
        if number > 1:
            payload["prev"] = digest_of(self._decode(self.document()).payload)
        raw = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        return self._sign(raw, (), keystore)

    def sign(self, document: bytes, keystore: Keystore) -> Proposal:
        """Add the signatures of every root that is here to a version that waits for them.

        Args:
            document: the next version, made by any holder of a root.
            keystore: of the profile.

        Raises:
            CeremonyError: it is not the next version, breaks the format, or no root is here.
        """
        decoded = self._decode(document)
        return self._sign(decoded.payload, decoded.signatures, keystore)

    def adopt(self, document: bytes) -> int:
        """Take a complete version that another profile made, to go on from it.

        Args:
            document: the next version, with all its signatures.

        Returns:
            Its number.

        Raises:
            CeremonyError: it is not the next version, or is not signed by its quorums.
        """
        proposal = self._keep(document)
        if not proposal.complete:
            raise CeremonyError(f"the {self._name} is not signed by its quorum yet")
        return proposal.version

    def _sign(
        self, payload: bytes, signatures: Sequence[Signature], keystore: Keystore
    ) -> Proposal:
        wanted = self._signers(payload)
        present: dict[KeyId, Signature] = {each.keyid: each for each in signatures}
        for name in keystore.names(self._kind):
            keyid = KeyId(name)
            if keyid in wanted and keyid not in present:
                key = keystore.signing_key(keyid, self._kind)
                present[keyid] = sign_payload(key, self._payload_type, payload)
        if not present:
            raise CeremonyError("none of the roots that must sign is in this profile")
        return self._keep(encode_document(self._payload_type, payload, present.values()))

    def _keep(self, document: bytes) -> Proposal:
        number = self.version + 1
        before = self.document() if number > 1 else None
        try:
            self._verify(document, before)
        except WireError as error:
            if error.stage != "no-quorum":
                raise CeremonyError(f"the {self._name} cannot be made: {error.detail}") from None
            write_private(self._path(number, _OPEN), document)
            return Proposal(number, document, False)
        write_private(self._path(number), document)
        self._path(number, _OPEN).unlink(missing_ok=True)
        return Proposal(number, document, True)

    def _signers(self, payload: bytes) -> frozenset[KeyId]:
        """Roots of the version before and of this one."""
        roots = [self._roots(payload)]
        if self.version:
            roots.append(self._roots(self._decode(self.document()).payload))
        return frozenset(keyid for each in roots for keyid in each.keys)

    def _roots(self, payload: bytes) -> Roots:
        try:
            return decode_roots(decode_json(payload, limit=limits.KEYRING_BYTES, what=self._name))
        except (WireError, KeyError):
            raise CeremonyError(f"this is no {self._name}: its roots cannot be read") from None

    def _decode(self, document: bytes) -> Document:
        try:
            return decode_document(document, self._payload_type, limit=_LIMIT, what=self._name)
        except WireError as error:
            raise CeremonyError(f"this is no {self._name}: {error.detail}") from None

    def _path(self, version: int, suffix: str = ".json") -> Path:
        return self._folder / f"{self._name}-{version:06d}{suffix}"
