"""Key life of an agency: roots, officers, epochs, quorum; each change is a new keyring.

For the profile that holds the agency's roots and epoch seeds. Works offline; only
:func:`publish_keyring` speaks with the hub.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from eads_client.errors import CeremonyError
from eads_client.hpke import seal_to
from eads_client.hub import Hub
from eads_client.key_requests import EnrolmentRequest, OfficerRequest, create_officer
from eads_client.keys import EncryptionKey, SigningKey
from eads_client.keystore import Keystore
from eads_client.profile import Profile
from eads_client.session import Session, system_clock
from eads_client.signed_chain import Proposal, SignedChain, root_entries
from eads_client.sync import sync_region, sync_trust
from eads_wire.contexts import grant_info
from eads_wire.encoding import AgencyId, JsonObject, Kid, OfficerId, as_time, format_time, to_base64
from eads_wire.errors import WireError
from eads_wire.keyring import PAYLOAD_TYPE, ROLES, Keyring, decode_keyring, verify_keyring
from eads_wire.keys import keyid_of, kid_of
from eads_wire.notice_types import SERIOUS
from eads_wire.region import Member

KEYRING_LIFE: Final = timedelta(days=365)
EPOCH_LIFE: Final = timedelta(days=730)
OVERLAP: Final = timedelta(days=7)
"""How long senders may still seal to the epoch before a rotation."""
_SLACK: Final = timedelta(hours=1)
"""Keys begin a little earlier, so that a clock that runs behind takes them."""
DEFAULT_QUORUM: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(sorted(SERIOUS | {"warning"}), ("liaison", "approver")),
    "*": ("liaison",),
}


def _verify(raw: bytes, before: bytes | None) -> Keyring:
    keyring, _ = decode_keyring(raw)
    roots = keyring.roots
    member = Member(keyring.agency, "XX", "-", tuple(roots.keys), roots.quorum, True)
    return verify_keyring(raw, decode_keyring(before)[0] if before else None, member)


class AgencyCeremony:
    """Changes of an agency's keyring.

    Args:
        profile: that holds the roots.
        keystore: of the profile.
        clock: the time now; aware.
    """

    def __init__(
        self,
        profile: Profile,
        keystore: Keystore,
        clock: Callable[[], datetime] = system_clock,
    ) -> None:
        self._profile = profile
        self._keystore = keystore
        self._now = clock
        self.chain = SignedChain(
            profile.folder("ceremony"), "keyring", PAYLOAD_TYPE, "root", _verify
        )

    @property
    def keyring(self) -> Keyring:
        """The newest complete keyring. Raises CeremonyError if there is none."""
        return decode_keyring(self.chain.document())[0]

    # ------------------------------------------------------------ beginning

    def create_agency(
        self,
        *,
        country: str,
        name: str,
        roots: int = 1,
        other_roots: Sequence[bytes] = (),
        root_quorum: int = 1,
        roles: Sequence[str] = ("admin",),
        quorum: Mapping[str, Sequence[str]] = DEFAULT_QUORUM,
    ) -> EnrolmentRequest:
        """Make the agency's roots, its first epoch and its first keyring.

        This profile's officer becomes the first officer, with ``roles``.

        Args:
            country: two capital letters.
            name: of the agency.
            roots: how many root keys to make here.
            other_roots: public root keys (1984 bytes) that other profiles hold.
            root_quorum: how many roots must sign each change.
            roles: of this profile's officer.
            quorum: roles that must sign, by type of notice; ``*`` for all others.

        Returns:
            The request for the Secretariat.

        Raises:
            CeremonyError: there is a keyring already, or a rule of the format is broken.
        """
        if self.chain.version:
            raise CeremonyError("this profile has made a keyring already")
        own = [self._new_root() for _ in range(roots)]
        entries = root_entries([*own, *other_roots])
        payload: JsonObject = {
            "v": 1,
            "agency": self._profile.agency,
            "roots": entries,
            "root_quorum": root_quorum,
            "encryption": [self._new_epoch(())],
            "officers": [self._officer(create_officer(self._profile, self._keystore), roles, None)],
            "quorum": {kind: list(each) for kind, each in quorum.items()},
        }
        self._propose(payload)
        keyids = tuple(sorted(entry["keyid"] for entry in entries))
        return EnrolmentRequest(self._profile.agency, country, name, keyids, root_quorum)

    def create_root(self) -> bytes:
        """Make a root key here for a keyring that another profile makes; its public half."""
        return self._new_root().public

    # ------------------------------------------------------------ officers

    def add_officer(
        self, request: OfficerRequest, roles: Sequence[str], until: datetime | None = None
    ) -> Proposal:
        """List an officer whose fingerprint was compared.

        Args:
            request: from the officer.
            roles: any of liaison, approver, reviewer, analyst, admin, service.
            until: when the officer's keys end; by default in two years.

        Raises:
            CeremonyError: another agency's officer, or one who is listed already.
        """
        if request.agency != self._profile.agency:
            raise CeremonyError(f"the officer is of {request.agency}")
        payload = self.chain.payload()
        if any(o["id"] == request.officer and "revoked" not in o for o in payload["officers"]):
            raise CeremonyError(f"{request.officer} is listed already: revoke the old key first")
        payload["officers"].append(self._officer(request, roles, until))
        return self._propose(payload)

    def set_roles(self, officer: OfficerId, roles: Sequence[str]) -> Proposal:
        """Give an officer other roles. Raises CeremonyError if there is no such officer."""
        payload = self.chain.payload()
        self._find(payload, officer)["roles"] = self._roles(roles)
        return self._propose(payload)

    def revoke_officer(self, officer: OfficerId) -> Proposal:
        """Revoke an officer's keys, and begin an epoch that this officer cannot read.

        Raises:
            CeremonyError: there is no such officer in force.
        """
        payload = self.chain.payload()
        self._find(payload, officer)["revoked"] = format_time(self._now())
        self._begin_epoch(payload, self._now())
        return self._propose(payload)

    # ------------------------------------------------------------ epochs, quorum, roots

    def rotate_epoch(self) -> Proposal:
        """Begin a new epoch; senders may use the one before for a week."""
        payload = self.chain.payload()
        self._begin_epoch(payload, self._now() + OVERLAP)
        return self._propose(payload)

    def renew(self) -> Proposal:
        """The same keyring for another year."""
        return self._propose(self.chain.payload())

    def set_quorum(self, quorum: Mapping[str, Sequence[str]]) -> Proposal:
        """Set the roles that must sign, by type of notice; ``*`` for all others."""
        payload = self.chain.payload()
        payload["quorum"] = {kind: list(each) for kind, each in quorum.items()}
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
        """Add this profile's roots to a keyring that waits for them."""
        return self.chain.sign(document, self._keystore)

    # ------------------------------------------------------------ grants

    def grants(self) -> dict[Kid, dict[Kid, bytes]]:
        """For each epoch whose seed is here, the seed sealed to every officer in force."""
        keyring, now = self.keyring, self._now()
        officers = [o for o in keyring.officers if o.revoked is None and now < o.until]
        held = set(self._keystore.names("epoch"))
        found: dict[Kid, dict[Kid, bytes]] = {}
        for epoch in keyring.encryption:
            if epoch.kid in held and officers:
                seed = self._keystore.encryption_key(epoch.kid).seed
                found[epoch.kid] = {
                    o.kid: seal_to(o.enc_public, grant_info(epoch.kid, o.kid), seed)
                    for o in officers
                }
        return found

    # ------------------------------------------------------------ inside

    def _propose(self, payload: JsonObject) -> Proposal:
        now = self._now()
        return self.chain.propose(payload, self._keystore, now, now + KEYRING_LIFE)

    def _new_root(self) -> SigningKey:
        key = SigningKey.generate()
        self._keystore.add_signing(key, "root")
        return key

    def _new_epoch(self, before: Sequence[Mapping[str, Any]]) -> JsonObject:
        key = EncryptionKey.generate()
        self._keystore.add_encryption(key, "epoch")
        start = self._start()
        if before:
            # The newest start wins: the new epoch must begin after every other.
            start = max(start, max(_time(e["from"]) for e in before) + timedelta(seconds=1))
        return {
            "kid": key.kid,
            "public": to_base64(key.public),
            "from": format_time(start),
            "until": format_time(start + EPOCH_LIFE),
        }

    def _begin_epoch(self, payload: JsonObject, last: datetime) -> None:
        """A new epoch; those before end at ``last`` at the latest."""
        epochs = payload["encryption"]
        for each in epochs:
            end = max(last, _time(each["from"]) + timedelta(seconds=1))
            each["until"] = format_time(min(end, _time(each["until"])))
        epochs.append(self._new_epoch(epochs))

    def _officer(
        self, request: OfficerRequest, roles: Sequence[str], until: datetime | None
    ) -> JsonObject:
        start = self._start()
        end = until or start + EPOCH_LIFE
        if end.tzinfo is None or end <= self._now():
            raise CeremonyError("until: give a time ahead, with its time zone")
        return {
            "id": request.officer,
            "roles": self._roles(roles),
            "keyid": keyid_of(request.public),
            "public": to_base64(request.public),
            "kid": kid_of(request.enc_public),
            "enc_public": to_base64(request.enc_public),
            "from": format_time(start),
            "until": format_time(end),
        }

    def _roles(self, roles: Sequence[str]) -> list[str]:
        if not roles or not set(roles) <= set(ROLES):
            raise CeremonyError(f"roles: one or more of {', '.join(ROLES)}")
        return sorted(set(roles))

    def _find(self, payload: JsonObject, officer: str) -> dict[str, Any]:
        officers: list[dict[str, Any]] = payload["officers"]
        for entry in officers:
            if entry["id"] == officer and "revoked" not in entry:
                return entry
        raise CeremonyError(f"there is no officer {officer!r} in force")

    def _start(self) -> datetime:
        return (self._now() - _SLACK).replace(minute=0, second=0, microsecond=0)


def _time(text: str) -> datetime:
    try:
        return as_time(text, "time")
    except WireError as error:
        raise CeremonyError(error.detail) from None


def _put(
    hub: Hub, agency: AgencyId, document: bytes, sleep: Callable[[float], None], tries: int
) -> None:
    for _ in range(tries):
        # The same document again asks whether it is in the log by now.
        if hub.put_keyring(agency, document):
            return
        sleep(1.0)
    raise CeremonyError("the log has not taken the keyring yet: publish again")


def publish_keyring(
    session: Session,
    ceremony: AgencyCeremony,
    *,
    sleep: Callable[[float], None] = time.sleep,
    tries: int = 60,
) -> int:
    """Give the hub every version that it lacks, wait for the log, then give it the grants.

    Args:
        session: of the same profile; its officer is an admin in the newest keyring.
        ceremony: whose chain to publish.
        sleep: how to wait.
        tries: seconds to wait for the log.

    Returns:
        The newest version, now in the log.

    Raises:
        HubError: a version is refused, or the agency is not enrolled yet (``not-found``).
        CeremonyError: the log did not take it in time; publishing again goes on.
    """
    agency = session.profile.agency
    newest = ceremony.chain.version
    if newest == 0:
        raise CeremonyError("this profile has made no keyring yet")
    if session.trust.region_version == 0:
        sync_region(session)
    hub = Hub(session.connect())
    try:
        for version in range(session.trust.keyring_version(agency) + 1, newest + 1):
            _put(hub, agency, ceremony.chain.document(version), sleep, tries)
    finally:
        hub.close()
    sync_trust(session)
    for kid, grants in ceremony.grants().items():
        session.hub.put_grants(kid, grants)
    return newest
