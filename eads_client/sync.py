"""Sync: bring region, keyrings and checkpoint up to date with what the hub shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from eads_client.errors import NotFound, VerificationError
from eads_client.hub import Hub
from eads_client.hub_answers import KeyringEntry
from eads_client.trust_store import TrustStore
from eads_wire.encoding import AgencyId

if TYPE_CHECKING:
    from eads_client.session import Session

MOST_VERSIONS: Final = 10_000
"""Versions of one document that a sync follows."""


@dataclass(frozen=True, slots=True)
class TrustNews:
    """What a sync brought.

    Attributes:
        region: the region's newest version.
        keyrings: agencies whose keyring is new or has a new version.
        failures: agencies whose keyring did not prove itself; what was held stays in force.
    """

    region: int
    keyrings: tuple[AgencyId, ...]
    failures: tuple[tuple[AgencyId, VerificationError], ...]


def sync_region(session: Session) -> None:
    """Follow the region's chain to its newest version; needs no token.

    Raises:
        VerificationError: a version does not prove itself; it is kept as evidence.
    """
    hub = Hub(session.connect())
    try:
        _follow_region(hub, session.store)
    finally:
        hub.close()


def _follow_region(hub: Hub, store: TrustStore) -> None:
    newest = hub.region()
    held = store.trust.region_version
    if newest.version < held:
        store.keep_evidence("region", newest.document)
        raise VerificationError("stale", "the hub shows an older region than before")
    _check_distance(held, newest.version)
    documents = []
    for version in range(held + 1, newest.version + 1):
        answer = newest if version == newest.version else hub.region(version)
        documents.append((answer.document, answer.index))
    if documents:
        store.accept_regions(documents)


def _check_distance(held: int, newest: int) -> None:
    """A hub cannot keep a client busy with a version that nobody ever reaches."""
    if newest - held > MOST_VERSIONS:
        raise VerificationError("stale", f"the hub claims version {newest}: too far ahead")


def sync_trust(session: Session) -> TrustNews:
    """Follow the region, every member's keyring, and the log's checkpoint.

    Raises:
        VerificationError: the region or the checkpoint does not prove itself, or a document
            stands outside the log.
        HubError, TransportError: the hub cannot be asked.
    """
    sync_region(session)
    store, hub = session.store, session.hub
    changed: list[AgencyId] = []
    failures: list[tuple[AgencyId, VerificationError]] = []
    for entry in hub.keyrings():
        try:
            if _follow_keyring(hub, store, entry):
                changed.append(entry.agency)
        except VerificationError as error:
            # One member's bad keyring must not keep the others' notices away.
            failures.append((entry.agency, error))
    try:
        store.accept_checkpoint(hub.checkpoint())
    except NotFound:
        # An empty log has no checkpoint; then there is nothing in it either.
        if store.trust.checkpoint is not None:
            raise VerificationError("stale", "the log's checkpoint is gone") from None
    store.trust.check_covered()
    return TrustNews(store.trust.region_version, tuple(changed), tuple(failures))


def _follow_keyring(hub: Hub, store: TrustStore, entry: KeyringEntry) -> bool:
    held = store.trust.keyring_version(entry.agency)
    if entry.version == held and store.trust.keyring(entry.agency).digest == entry.digest:
        return False
    if entry.version <= held:
        raise VerificationError("stale", "the hub shows another or older keyring than before")
    _check_distance(held, entry.version)
    for version in range(held + 1, entry.version + 1):
        answer = hub.keyring(entry.agency, version)
        try:
            keyring = store.accept_keyring(answer.document, answer.index)
        except VerificationError:
            store.keep_evidence(f"keyring-{entry.agency}", answer.document)
            raise
        if (keyring.agency, keyring.version.number) != (entry.agency, version):
            raise VerificationError("stale", "the hub shows another keyring than was asked for")
    return True
