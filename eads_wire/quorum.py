"""Signatures and quorum of a notice (specs/envelope.md, step 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eads_wire.dsse import Signature, pae
from eads_wire.encoding import AgencyId, OfficerId
from eads_wire.envelope import PAYLOAD_TYPE, Manifest
from eads_wire.errors import fail, require
from eads_wire.keyring import Keyring, Officer, Role
from eads_wire.keys import verify_signature

Keyrings = Mapping[AgencyId, Keyring]
"""Keyrings at the notice's place in the log: the issuer's, and those of reviewing agencies."""


@dataclass(frozen=True, slots=True)
class Signer:
    """An officer whose signature was verified."""

    agency: AgencyId
    officer: Officer

    def meets(self, role: Role, issuer: AgencyId) -> bool:
        """Whether this signer may stand for an entry of the issuer's quorum."""
        return role.name in self.officer.roles and self.agency == (role.agency or issuer)


def issuer_keyring(manifest: Manifest, keyrings: Keyrings) -> Keyring:
    """Step 2: the issuer's keyring. Raises WireError ``unknown-key``."""
    keyring = keyrings.get(manifest.header.issuer)
    if keyring is None:
        fail("unknown-key", "the issuer's keyring is not at hand")
    return keyring


def _find_signer(signature: Signature, manifest: Manifest, keyrings: Keyrings) -> Signer:
    own = issuer_keyring(manifest, keyrings)
    asked = sorted(own.reviewer_agencies(manifest.header.type))
    for agency in (own.agency, *asked):
        officer = keyrings[agency].officer(signature.keyid) if agency in keyrings else None
        if officer is not None:
            return Signer(agency, officer)
    fail("unknown-key", "a signature's key is no officer's of an agency that may sign")


def verify_signatures(
    manifest: Manifest, signatures: Sequence[Signature], keyrings: Keyrings
) -> tuple[Signer, ...]:
    """Step 3, first half: every signature is genuine and by an officer in force.

    Raises:
        WireError: ``unknown-key``, ``revoked-key`` or ``bad-signature``, for the first that fails.
    """
    message = pae(PAYLOAD_TYPE, manifest.raw)
    signers = []
    for signature in signatures:
        signer = _find_signer(signature, manifest, keyrings)
        signer.officer.check_valid(manifest.header.issued)
        verify_signature(signer.officer.public, signature.sig, message)
        signers.append(signer)
    return tuple(signers)


def missing_roles(
    signers: Sequence[Signer], quorum: Sequence[Role], issuer: AgencyId
) -> tuple[Role, ...]:
    """Entries of the quorum that stay unmet when each is given to a different officer.

    A maximum matching by augmenting paths (Kuhn): an officer with two roles stands for the one
    that leaves the other free. An officer who signs with two keys counts once.
    """
    people = sorted({(s.agency, s.officer.id) for s in signers})
    able = {
        person: [
            n
            for n, role in enumerate(quorum)
            if any(s.meets(role, issuer) for s in signers if (s.agency, s.officer.id) == person)
        ]
        for person in people
    }
    taken: dict[int, tuple[AgencyId, OfficerId]] = {}

    def place(person: tuple[AgencyId, OfficerId], seen: set[int]) -> bool:
        for n in able[person]:
            if n not in seen:
                seen.add(n)
                if n not in taken or place(taken[n], seen):
                    taken[n] = person
                    return True
        return False

    for person in people:
        place(person, set())
    return tuple(role for n, role in enumerate(quorum) if n not in taken)


def check_roles(signers: Sequence[Signer], keyring: Keyring, notice_type: str) -> None:
    """Every signer holds a role that the quorum names. Raises WireError ``no-quorum``."""
    quorum = keyring.quorum_for(notice_type)
    for signer in signers:
        useful = any(signer.meets(role, keyring.agency) for role in quorum)
        require(useful, "no-quorum", "a signer holds no role that the quorum names")


def check_reviewers_named(manifest: Manifest, keyring: Keyring) -> None:
    """Agencies that the quorum asks are named recipients. Raises WireError ``no-quorum``."""
    named = {entry.agency for entry in manifest.header.named}
    asked = keyring.reviewer_agencies(manifest.header.type)
    require(asked <= named, "no-quorum", "a reviewing agency is not among the named recipients")


def verify_quorum(
    manifest: Manifest, signatures: Sequence[Signature], keyrings: Keyrings
) -> tuple[Signer, ...]:
    """Step 3 whole.

    Args:
        manifest: the decoded manifest.
        signatures: those of the envelope.
        keyrings: see :data:`Keyrings`.

    Returns:
        The signers, in the order of the signatures.

    Raises:
        WireError: ``unknown-key``, ``revoked-key``, ``bad-signature`` or ``no-quorum``.
    """
    signers = verify_signatures(manifest, signatures, keyrings)
    keyring = issuer_keyring(manifest, keyrings)
    check_roles(signers, keyring, manifest.header.type)
    check_reviewers_named(manifest, keyring)
    unmet = missing_roles(signers, keyring.quorum_for(manifest.header.type), keyring.agency)
    require(not unmet, "no-quorum", "the quorum is not met")
    return signers
