"""Session: one opened profile with its keys, its trust, its replica and a way to its hub."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx

from eads_client.bearer import Identity
from eads_client.draft import Drafts
from eads_client.errors import ProfileError, VerificationError
from eads_client.hub import Hub
from eads_client.keys import EncryptionKey, SigningKey, Unwrapping
from eads_client.keystore import Keystore
from eads_client.opening import Reader
from eads_client.outbox import Outbox
from eads_client.profile import Profile
from eads_client.replica import Replica
from eads_client.sync import sync_region
from eads_client.transport import Transport
from eads_client.trust import Trust
from eads_client.trust_store import TrustStore
from eads_wire.contexts import grant_info
from eads_wire.encoding import Kid
from eads_wire.errors import WireError, require


def system_clock() -> datetime:
    """The time now, aware, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


class Session:
    """What the verbs of the client share.

    Args:
        profile: the profile.
        keystore: its opened keys.
        clock: the time now; aware.
        transport: how httpx sends, for tests.

    Attributes:
        drafts: the profile's drafts.
        outbox: sealed notices that the hub has not answered for.
    """

    def __init__(
        self,
        profile: Profile,
        keystore: Keystore,
        *,
        clock: Callable[[], datetime] = system_clock,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.profile = profile
        self.keystore = keystore
        self.now = clock
        self.drafts = Drafts(profile.folder("drafts"), keystore.at_rest())
        self.outbox = Outbox(profile.folder("drafts") / "outbox")
        self._transport = transport
        self._store: TrustStore | None = None
        self._hub: Hub | None = None
        self._replica: Replica | None = None
        self._epochs: dict[Kid, EncryptionKey] = {}
        self._locked = 0
        self._lock = contextlib.ExitStack()

    def close(self) -> None:
        """Close connections and files."""
        if self._hub is not None:
            self._hub.close()
        if self._replica is not None:
            self._replica.close()
        self._hub = self._replica = None
        self._lock.close()

    # ------------------------------------------------------------ parts

    @property
    def store(self) -> TrustStore:
        """The trust state and its files. Raises ProfileError without a region fingerprint."""
        if self._store is None:
            fingerprint = self.profile.settings.region_fingerprint
            if fingerprint is None:
                raise ProfileError(
                    "this profile does not know its region: compare the fingerprint of the"
                    " region's roots with the Secretariat and set region_fingerprint"
                )
            self._store = TrustStore.open(self.profile.folder("trust"), fingerprint)
        return self._store

    @property
    def trust(self) -> Trust:
        """Whom to believe."""
        return self.store.trust

    @property
    def replica(self) -> Replica:
        """The agency's copy of its mailbox."""
        if self._replica is None:
            path = self.profile.path / "replica.db"
            self._replica = Replica(path, self.keystore.at_rest(), self.profile.agency)
        return self._replica

    @property
    def hub(self) -> Hub:
        """The hub, asked as the profile's officer. The first time it fetches the region."""
        if self._hub is None:
            if self.trust.region_version == 0:
                sync_region(self)
            # A token names the hub as the region names it, not as an address does.
            identity = Identity(
                self.profile.agency,
                self.profile.officer,
                self.trust.region.origin,
                self.officer_key(),
            )
            self._hub = Hub(self.connect(), identity)
        return self._hub

    def connect(self) -> Transport:
        """A new connection pool to the hub, without a token."""
        settings = self.profile.settings
        return Transport(
            settings.hub,
            allow_http=settings.allow_http,
            ca_file=settings.ca_file,
            proxy=settings.proxy,
            transport=self._transport,
        )

    # ------------------------------------------------------------ keys

    def officer_key(self) -> SigningKey:
        """The officer's signing key. Raises ProfileError if none was made yet."""
        keyid = self.profile.settings.keyid
        if keyid is None:
            raise ProfileError("this profile has no officer's key: make the officer first")
        return self.keystore.signing_key(keyid)

    def officer_encryption_key(self) -> EncryptionKey:
        """The officer's own encryption key, which grants are sealed to."""
        kid = self.profile.settings.kid
        if kid is None:
            raise ProfileError("this profile has no officer's key: make the officer first")
        return self.keystore.encryption_key(kid, "encryption")

    def sync_grants(self) -> tuple[Kid, ...]:
        """Fetch the agency's epoch seeds that were granted to this officer.

        Returns:
            Names of the keys that are new here.

        Raises:
            VerificationError: a grant does not hold the seed that it names.
        """
        own = self.officer_encryption_key()
        held = set(self.keystore.names("epoch"))
        new = []
        for grant in self.hub.grants():
            if grant.kid in held or grant.officer_kid != own.kid:
                continue
            seed = own.unwrap(grant.grant, grant_info(grant.kid, own.kid))
            if len(seed) != 32 or (key := EncryptionKey(seed)).kid != grant.kid:
                raise VerificationError("corrupt-payload", "a grant holds another key")
            self.keystore.add_encryption(key, "epoch")
            held.add(grant.kid)
            new.append(grant.kid)
        return tuple(new)

    def find_key(self, kid: Kid) -> Unwrapping:
        """The agency's encryption key of an epoch, fetched from its grants if need be.

        Raises:
            VerificationError: ``not-for-me`` if it was not granted to this officer.
        """
        if kid in self._epochs:
            return self._epochs[kid]
        if kid not in self.keystore.names("epoch"):
            # A name that the agency never had is not asked for: anybody may write one down.
            history = self.trust.history(self.profile.agency)
            if any(kid == epoch.kid for keyring in history for epoch in keyring.encryption):
                self.sync_grants()
            if kid not in self.keystore.names("epoch"):
                raise VerificationError("not-for-me", "the key was not granted to this officer")
        self._epochs[kid] = self.keystore.encryption_key(kid)
        return self._epochs[kid]

    def reader(self) -> Reader:
        """This agency as a reader."""
        return Reader(self.profile.agency, self.find_key)

    def check_officer(self) -> None:
        """The officer's key stands in the agency's newest keyring and is in force.

        Raises:
            VerificationError: ``unknown-key`` or ``revoked-key``.
        """
        keyring = self.trust.keyring(self.profile.agency)
        officer = keyring.officer(self.officer_key().keyid)
        try:
            require(officer is not None, "unknown-key", "this officer is not in the keyring yet")
            if officer is not None:
                officer.check_valid(self.now())
        except WireError as error:
            raise VerificationError.of(error) from None

    # ------------------------------------------------------------ one process at a time

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the profile's lock; entering again within this session is free."""
        if self._locked == 0:
            self._lock.enter_context(self.profile.lock())
        self._locked += 1
        try:
            yield
        finally:
            self._locked -= 1
            if self._locked == 0:
                self._lock.close()
