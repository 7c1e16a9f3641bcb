"""Region and keyring history: what is in the log, decoded and cached.

Documents never change, so a decoded one is kept by its version.
"""

from __future__ import annotations

from functools import lru_cache

from eads_wire.encoding import AgencyId
from eads_wire.keyring import Keyring, decode_keyring
from eads_wire.region import Region, decode_region
from transparency.models import KeyringDocument, RegionDocument


def latest_region() -> Region | None:
    """The newest region in the log."""
    version = (
        RegionDocument.objects.filter(index__isnull=False)
        .order_by("-version")
        .values_list("version", flat=True)
        .first()
    )
    return None if version is None else _region(version)


@lru_cache(maxsize=8)
def _region_at(version: int, digest: str) -> Region:
    row = RegionDocument.objects.get(version=version, digest=digest)
    return decode_region(bytes(row.document))[0]


def _region(version: int) -> Region:
    digest = RegionDocument.objects.values_list("digest", flat=True).get(version=version)
    return _region_at(version, digest)


# Keyed by digest, so that a process which serves two databases (tests) never mixes them up.
@lru_cache(maxsize=2048)
def keyring_by_digest(digest: str) -> Keyring:
    """A keyring that the hub has verified and stored."""
    row = KeyringDocument.objects.get(digest=digest)
    return decode_keyring(bytes(row.document))[0]


def latest_keyring(agency: AgencyId) -> Keyring | None:
    """The newest keyring of an agency that is in the log."""
    digest = (
        KeyringDocument.objects.filter(agency=agency, index__isnull=False)
        .order_by("-version")
        .values_list("digest", flat=True)
        .first()
    )
    return None if digest is None else keyring_by_digest(digest)


def keyring_in_force(agency: AgencyId) -> Keyring:
    """The newest keyring of an agency that has one. Raises LookupError."""
    keyring = latest_keyring(agency)
    if keyring is None:
        raise LookupError(f"{agency} has no keyring")
    return keyring
