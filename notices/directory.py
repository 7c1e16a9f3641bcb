"""The directory: members as they stand, and the keyrings that judge a notice."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from eads_wire.encoding import AgencyId
from eads_wire.envelope import Envelope, Manifest
from eads_wire.keyring import Keyring
from eads_wire.quorum import issuer_keyring
from notices.verify import Directory
from transparency.documents import keyring_by_digest


def read_directory(agencies: Iterable[AgencyId]) -> Directory:
    """The current keyrings of some agencies; those without one are left out."""
    wanted = sorted(set(agencies))
    keyrings: dict[AgencyId, Keyring] = {}
    inactive = set()
    marks = ", ".join(["%s"] * len(wanted)) or "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, keyring_digest, active, suspended FROM agencies_agency"  # noqa: S608
            f" WHERE id IN ({marks})",
            wanted,
        )
        rows = cursor.fetchall()
    for agency, digest, active, suspended in rows:
        if digest:
            keyrings[AgencyId(agency)] = keyring_by_digest(digest)
        if suspended or not active:
            inactive.add(AgencyId(agency))
    return Directory(keyrings, frozenset(inactive))


def directory_for(envelope: Envelope) -> Directory:
    """The recipients of a notice and the agencies that its quorum asks."""
    recipients = {agency for agency, _ in envelope.recipients()}
    directory = read_directory(recipients)
    own = directory.keyrings.get(envelope.header.issuer)
    reviewers = own.reviewer_agencies(envelope.header.type) if own else frozenset()
    return directory if reviewers <= recipients else read_directory(recipients | reviewers)


def verified_with(manifest: Manifest, directory: Directory) -> str:
    """Which keyrings the signatures were judged by: the issuer's and its reviewers'."""
    keyring = issuer_keyring(manifest, directory.keyrings)
    asked = {keyring.agency, *keyring.reviewer_agencies(manifest.header.type)}
    return ",".join(directory.keyrings[a].digest for a in sorted(asked) if a in directory.keyrings)
