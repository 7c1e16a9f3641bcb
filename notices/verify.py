"""Admission: whether a notice may enter, judged before anything is written (pure).

The numbers are those of specs/envelope.md, "Verification"; the steps without a number are the
hub's own rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from eads.problems import ProblemError
from eads_wire.encoding import AgencyId
from eads_wire.envelope import (
    Envelope,
    check_blob,
    check_complete,
    check_route,
    check_wraps,
    decode_envelope,
)
from eads_wire.errors import WireError
from eads_wire.keyring import Keyring, Role
from eads_wire.quorum import (
    Signer,
    check_reviewers_named,
    check_roles,
    issuer_keyring,
    missing_roles,
    verify_signatures,
)

AHEAD = timedelta(minutes=5)
"""How far a sender's clock may run ahead."""
BACK = timedelta(days=30)
"""How long a notice may have waited between drafting and posting."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Members as they stand: their current keyrings, and those that may not take part."""

    keyrings: Mapping[AgencyId, Keyring]
    inactive: frozenset[AgencyId]


@dataclass(frozen=True, slots=True)
class Admission:
    """A notice that may enter; ``missing`` is what its quorum still lacks."""

    envelope: Envelope
    signers: tuple[Signer, ...]
    missing: tuple[Role, ...]


def decode_posted(raw: bytes, sender: AgencyId) -> Envelope:
    """Step 1 for a whole envelope, and that it is the sender's own.

    Raises:
        WireError: ``malformed``, ``unsupported``.
        ProblemError: ``wrong-agency``.
    """
    envelope = decode_envelope(raw)
    check_complete(envelope)
    if envelope.header.issuer != sender:
        raise ProblemError("wrong-agency", "The issuer is another agency than the sender.")
    return envelope


def check_times(envelope: Envelope, now: datetime) -> None:
    """Raises ProblemError ``future-dated``, ``back-dated``, ``expired``."""
    header = envelope.header
    if header.issued > now + AHEAD:
        raise ProblemError("future-dated", "issued lies ahead. Check the sender's clock.")
    if header.issued < now - BACK:
        raise ProblemError("back-dated", "Seal the notice again with the present time.")
    if header.expires <= now:
        raise ProblemError("expired", "expires has passed. Seal the notice again.")


def check_recipients(envelope: Envelope, directory: Directory, now: datetime) -> None:
    """Every recipient is an active member, and its key is one that it uses now.

    Raises:
        ProblemError: ``route-mismatch``, ``unknown-recipient``, ``outdated-recipient-key``.
    """
    try:
        check_route(envelope)
    except WireError:
        raise ProblemError("route-mismatch") from None
    kids = {entry.agency: entry.kid for entry in envelope.header.named}
    kids |= {route.agency: route.kid for route in envelope.route.values()}
    for agency, kid in kids.items():
        keyring = directory.keyrings.get(agency)
        if keyring is None or agency in directory.inactive:
            raise ProblemError("unknown-recipient", f"{agency} cannot receive notices here.")
        epochs = {e.kid for e in keyring.encryption if e.start <= now < e.until}
        if kid not in epochs:
            detail = f"The key of {agency} was changed. Read its keyring and seal again."
            raise ProblemError("outdated-recipient-key", detail)


def check_ciphertext(envelope: Envelope) -> None:
    """Step 6, for all that travels inside the envelope. Raises WireError ``corrupt-payload``."""
    check_wraps(envelope)
    check_blob(envelope.manifest.blobs[0], envelope.body)


def admit(envelope: Envelope, directory: Directory, now: datetime) -> Admission:
    """Everything that can be judged without the database.

    Raises:
        ProblemError, WireError: naming the first rule or stage that fails.
    """
    check_times(envelope, now)
    check_recipients(envelope, directory, now)
    check_ciphertext(envelope)
    manifest = envelope.manifest
    keyring = issuer_keyring(manifest, directory.keyrings)  # 2
    signers = verify_signatures(manifest, envelope.signatures, directory.keyrings)  # 3
    check_roles(signers, keyring, manifest.header.type)
    check_reviewers_named(manifest, keyring)
    quorum = keyring.quorum_for(manifest.header.type)
    return Admission(envelope, signers, missing_roles(signers, quorum, keyring.agency))
