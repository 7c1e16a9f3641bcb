"""e-ADS client: the SDK of a partner agency.

    from eads_client import Client

    with Client.open("profile", passphrase) as client:
        for arrival in client.poll():
            if arrival.notice is not None:
                print(arrival.event, arrival.notice.summary)

Sync, typed, without hidden threads; every error is an ``EadsError`` (:mod:`eads_client.errors`).
"""

from __future__ import annotations

from eads_client.agency_ceremony import AgencyCeremony, publish_keyring
from eads_client.approving import PendingNotice
from eads_client.client import Client
from eads_client.delivery import Delivery, VerifiedReceipt
from eads_client.draft import Draft, Drafts
from eads_client.errors import (
    BadAnswer,
    CeremonyError,
    Conflict,
    DraftError,
    EadsError,
    Erased,
    HubError,
    HubTimeout,
    HubUnreachable,
    KeystoreError,
    NotAuthorised,
    NotFound,
    PassphraseError,
    ProfileError,
    ReplicaError,
    TransportError,
    TryLater,
    VerificationError,
)
from eads_client.hub_answers import Figures, NoticeStatus, Subscription
from eads_client.key_requests import EnrolmentRequest, OfficerRequest, create_officer
from eads_client.keystore import Keystore
from eads_client.opening import NoticeFile, OpenedNotice
from eads_client.outcome import Unverifiable
from eads_client.profile import Profile, Settings
from eads_client.receiving import Arrival
from eads_client.region_ceremony import RegionCeremony
from eads_client.seal import SealedNotice
from eads_client.session import Session
from eads_client.signed_chain import Proposal
from eads_client.stored_notice import StoredNotice
from eads_client.sync import TrustNews
from eads_client.thread import Clock, Thread, ThreadEntry

__all__ = [
    "AgencyCeremony",
    "Arrival",
    "BadAnswer",
    "CeremonyError",
    "Client",
    "Clock",
    "Conflict",
    "Delivery",
    "Draft",
    "DraftError",
    "Drafts",
    "EadsError",
    "EnrolmentRequest",
    "Erased",
    "Figures",
    "HubError",
    "HubTimeout",
    "HubUnreachable",
    "Keystore",
    "KeystoreError",
    "NotAuthorised",
    "NotFound",
    "NoticeFile",
    "NoticeStatus",
    "OfficerRequest",
    "OpenedNotice",
    "PassphraseError",
    "PendingNotice",
    "Profile",
    "ProfileError",
    "Proposal",
    "RegionCeremony",
    "ReplicaError",
    "SealedNotice",
    "Session",
    "Settings",
    "StoredNotice",
    "Subscription",
    "Thread",
    "ThreadEntry",
    "TransportError",
    "TrustNews",
    "TryLater",
    "Unverifiable",
    "VerificationError",
    "VerifiedReceipt",
    "create_officer",
    "publish_keyring",
]
