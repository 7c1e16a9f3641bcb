"""Key life of a region: the Secretariat's roots and the list of members.

For the Secretariat's offline profile. The signed documents are handed to the hub's operator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from eads_client.errors import CeremonyError
from eads_client.key_requests import EnrolmentRequest
from eads_client.keys import SigningKey
from eads_client.keystore import Keystore
from eads_client.profile import Profile
from eads_client.session import system_clock
from eads_client.signed_chain import Proposal, SignedChain, root_entries
from eads_wire.encoding import AgencyId, JsonObject
from eads_wire.region import PAYLOAD_TYPE, Region, decode_region, verify_region

REGION_LIFE: Final = timedelta(days=365)


def _verify(raw: bytes, before: bytes | None) -> Region:
    return verify_region(raw, decode_region(before)[0] if before else None)


class RegionCeremony:
    """Changes of a region's document.

    Args:
        profile: that holds the region's roots.
        keystore: of the profile.
        clock: the time now; aware.
    """

    def __init__(
        self,
        profile: Profile,
        keystore: Keystore,
        clock: Callable[[], datetime] = system_clock,
    ) -> None:
        self._keystore = keystore
        self._now = clock
        self.chain = SignedChain(
            profile.folder("ceremony"), "region", PAYLOAD_TYPE, "region-root", _verify
        )

    @property
    def region(self) -> Region:
        """The newest complete region. Raises CeremonyError if there is none."""
        return decode_region(self.chain.document())[0]

    @property
    def fingerprint(self) -> str:
        """Of the region's roots: what every member compares before its first sync."""
        return self.region.roots.fingerprint

    def create(
        self,
        *,
        region: str,
        origin: str,
        log_keys: Sequence[str],
        roots: int = 1,
        other_roots: Sequence[bytes] = (),
        root_quorum: int = 1,
    ) -> Proposal:
        """Make the region's roots and its first document, without members.

        Args:
            region: its name, such as ``SEA``.
            origin: name of the hub's log.
            log_keys: 1 to 4 verifier keys of the log (``name+hex+base64``).
            roots: how many root keys to make here.
            other_roots: public root keys (1984 bytes) that other profiles hold.
            root_quorum: how many roots must sign each change.

        Raises:
            CeremonyError: there is a region already, or a rule of the format is broken.
        """
        if self.chain.version:
            raise CeremonyError("this profile has made a region already")
        own = [self._new_root() for _ in range(roots)]
        return self._propose(
            {
                "v": 1,
                "region": region,
                "roots": root_entries([*own, *other_roots]),
                "root_quorum": root_quorum,
                "log": {"origin": origin, "keys": list(log_keys)},
                "members": [],
            }
        )

    def create_root(self) -> bytes:
        """Make a root key here for a region that another profile makes; its public half."""
        return self._new_root().public

    def enrol(self, *requests: EnrolmentRequest) -> Proposal:
        """Make agencies members, whose fingerprints were compared.

        Raises:
            CeremonyError: an agency is a member already.
        """
        payload = self.chain.payload()
        for request in requests:
            if any(member["agency"] == request.agency for member in payload["members"]):
                raise CeremonyError(f"{request.agency} is a member already")
            payload["members"].append(
                {
                    "agency": request.agency,
                    "country": request.country,
                    "name": request.name,
                    "roots": list(request.roots),
                    "root_quorum": request.root_quorum,
                    "status": "active",
                }
            )
        payload["members"].sort(key=_agency_of)
        return self._propose(payload)

    def suspend(self, agency: AgencyId) -> Proposal:
        """Suspend a member: its notices are refused and none is sealed to it."""
        return self._set_status(agency, "suspended")

    def resume(self, agency: AgencyId) -> Proposal:
        """End a suspension."""
        return self._set_status(agency, "active")

    def renew(self) -> Proposal:
        """The same region for another year."""
        return self._propose(self.chain.payload())

    def set_log_keys(self, log_keys: Sequence[str]) -> Proposal:
        """Set the keys that may sign the log's checkpoints."""
        payload = self.chain.payload()
        payload["log"]["keys"] = list(log_keys)
        return self._propose(payload)

    def rotate_roots(
        self, *, roots: int = 1, other_roots: Sequence[bytes] = (), root_quorum: int = 1
    ) -> Proposal:
        """Put new roots in the place of all old ones; the quorums of both sign."""
        payload = self.chain.payload()
        own = [self._new_root() for _ in range(roots)]
        payload["roots"] = root_entries([*own, *other_roots])
        payload["root_quorum"] = root_quorum
        return self._propose(payload)

    def sign(self, document: bytes) -> Proposal:
        """Add this profile's roots to a region document that waits for them."""
        return self.chain.sign(document, self._keystore)

    def _set_status(self, agency: AgencyId, status: str) -> Proposal:
        payload = self.chain.payload()
        member: dict[str, Any] | None = next(
            (each for each in payload["members"] if each["agency"] == agency), None
        )
        if member is None:
            raise CeremonyError(f"{agency} is not a member")
        member["status"] = status
        return self._propose(payload)

    def _propose(self, payload: JsonObject) -> Proposal:
        now = self._now()
        return self.chain.propose(payload, self._keystore, now, now + REGION_LIFE)

    def _new_root(self) -> SigningKey:
        key = SigningKey.generate()
        self._keystore.add_signing(key, "region-root")
        return key


def _agency_of(member: dict[str, Any]) -> str:
    return str(member["agency"])
