"""Verbs on agencies: tokens, region and keyring documents, grants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from agencies.authentication import Principal, issue_token
from agencies.models import Agency, Grant, UsedAssertion
from eads.problems import ProblemError
from eads_wire.assertion import decode_assertion, verify_assertion
from eads_wire.encoding import AgencyId, Kid, as_kid, as_object, from_base64
from eads_wire.errors import WireError
from eads_wire.keyring import Keyring, check_keyring_fresh, decode_keyring, verify_keyring
from eads_wire.limits import GRANT_BYTES, OFFICERS
from eads_wire.log import keyring_leaf, region_leaf
from eads_wire.region import Member, Region, check_region_fresh, decode_region, verify_region
from transparency.documents import keyring_in_force, latest_keyring, latest_region
from transparency.models import KeyringDocument, RegionDocument
from transparency.sequencer import Placed, ring, submit
from transparency.store import writing
from transparency.tenancy import tenant


def exchange_assertion(assertion: str, pq: str | None) -> str:
    """A bearer token for a signed assertion (specs/token.md).

    Raises:
        ProblemError: ``bad-assertion``, ``replayed-assertion``, ``suspended``.
    """
    now = timezone.now()
    try:
        decoded = decode_assertion(assertion, pq)
        keyring = latest_keyring(decoded.agency)
        if keyring is None:
            raise WireError("unknown-key", "the agency has no keyring here")
        officer = verify_assertion(
            decoded,
            keyring,
            audience=settings.EADS_ORIGIN,
            now=now,
            pq_required=settings.EADS_TOKEN_PQ == "required",  # noqa: S105 - a choice, no secret
        )
    except WireError as error:
        raise ProblemError("bad-assertion", f"{error.stage}: {error.detail}.") from None
    agency = Agency.objects.get(id=decoded.agency)
    if agency.suspended or not agency.active:
        raise ProblemError("suspended")
    _use_once(decoded.jti, datetime.fromtimestamp(decoded.expires, UTC), now)
    return issue_token(decoded.agency, officer.keyid, now)


def _use_once(jti: str, expires: datetime, now: datetime) -> None:
    try:
        with writing():
            UsedAssertion.objects.filter(expires__lt=now).delete()
            UsedAssertion.objects.create(jti=jti, expires=expires)
    except IntegrityError:
        raise ProblemError("replayed-assertion") from None


def publish_region(raw: bytes) -> Region:
    """Store the next region document and queue it for the log.

    Raises:
        ProblemError: naming the stage that fails, or ``version-conflict``.
    """
    before = latest_region()
    decoded, _ = decode_region(raw)
    if before is not None and decoded.digest == before.digest:
        return before
    region = verify_region(raw, before)
    check_region_fresh(region, timezone.now())
    if region.origin != settings.EADS_ORIGIN:
        raise ProblemError(
            "unknown-key",
            f"The region names the log {region.origin}, this hub is {settings.EADS_ORIGIN}.",
        )
    leaf = region_leaf(region.version.number, region.digest)
    try:
        with writing():
            RegionDocument.objects.create(
                version=region.version.number, digest=region.digest, document=raw
            )
            submit("region", region.digest, leaf)
    except IntegrityError:
        if not RegionDocument.objects.filter(digest=region.digest).exists():
            raise ProblemError("version-conflict") from None
    ring()
    return region


def place_regions(placed: Sequence[Placed]) -> None:
    """In the sequencer's transaction: the region's members become this hub's tenants."""
    for each in placed:
        RegionDocument.objects.filter(digest=each.subject).update(index=each.index)
        row = RegionDocument.objects.get(digest=each.subject)
        region, _ = decode_region(bytes(row.document))
        names = [member.agency for member in region.members]
        Agency.objects.exclude(id__in=names).update(active=False)
        for member in region.members:
            Agency.objects.update_or_create(
                id=member.agency,
                defaults={
                    "country": member.country,
                    "name": member.name,
                    "active": member.active,
                },
            )


def _member(agency: AgencyId) -> Member:
    region = latest_region()
    member = region.member(agency) if region else None
    if member is None:
        raise ProblemError("not-found", "The region names no such member.")
    if not member.active:
        raise ProblemError("suspended")
    return member


def publish_keyring(agency: AgencyId, raw: bytes) -> tuple[Keyring, bool]:
    """Store the next version of an agency's keyring and queue it for the log.

    Returns:
        The keyring, and whether it was new.

    Raises:
        ProblemError: naming the stage that fails, ``wrong-agency`` or ``version-conflict``.
    """
    member = _member(agency)
    decoded, _ = decode_keyring(raw)
    if decoded.agency != agency:
        raise ProblemError("wrong-agency", "The keyring is for another agency than the address.")
    # One question, so that a twin of this request cannot come in between two.
    rows = KeyringDocument.objects.filter(agency=agency, version=decoded.version.number)
    there = rows.values_list("digest", flat=True).first()
    if there == decoded.digest:
        return decoded, False
    # The stage says "out of order"; to the loser of a race "conflict" says what to do.
    if there is not None:
        raise ProblemError("version-conflict")
    keyring = verify_keyring(raw, latest_keyring(agency), member)
    check_keyring_fresh(keyring, timezone.now())
    leaf = keyring_leaf(agency, keyring.version.number, keyring.digest)
    try:
        with writing():
            KeyringDocument.objects.create(
                digest=keyring.digest,
                agency=agency,
                version=keyring.version.number,
                document=raw,
            )
            submit("keyring", keyring.digest, leaf)
    except IntegrityError:
        if not KeyringDocument.objects.filter(digest=keyring.digest).exists():
            raise ProblemError("version-conflict") from None
        return keyring, False
    ring()
    return keyring, True


def place_keyrings(placed: Sequence[Placed]) -> None:
    """In the sequencer's transaction: a keyring in the log is the agency's current one."""
    for each in placed:
        KeyringDocument.objects.filter(digest=each.subject).update(index=each.index)
        row = KeyringDocument.objects.values("agency", "version").get(digest=each.subject)
        Agency.objects.filter(id=row["agency"]).update(
            keyring_version=row["version"], keyring_digest=each.subject
        )


def put_grants(principal: Principal, body: Mapping[str, Any]) -> None:
    """Keep the sealed seeds of an epoch for the agency's officers.

    Raises:
        ProblemError: ``malformed``, ``unknown-key`` for a key that the keyring does not list.
    """
    if set(body) != {"kid", "grants"}:
        raise ProblemError("malformed", "Send kid and grants.")
    kid = as_kid(body["kid"])
    grants = as_object(body["grants"], "grants")
    if not 1 <= len(grants) <= OFFICERS:
        raise ProblemError("malformed", f"Send from 1 to {OFFICERS} grants.")
    keyring = keyring_in_force(principal.agency)
    officers = {o.kid for o in keyring.officers if o.revoked is None}
    if kid not in {e.kid for e in keyring.encryption} or not grants.keys() <= officers:
        raise ProblemError("unknown-key", "Publish the keyring that lists these keys first.")
    rows = [
        Grant(
            agency=principal.agency,
            kid=kid,
            officer_kid=officer_kid,
            grant=from_base64(value, "grant", size=GRANT_BYTES),
        )
        for officer_kid, value in grants.items()
    ]
    with writing(), tenant(principal.agency):
        Grant.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["agency", "kid", "officer_kid"],
            update_fields=["grant"],
        )


def grants_of(principal: Principal) -> list[dict[str, Any]]:
    """The grants of the officer who asks."""
    with tenant(principal.agency):
        own = Grant.objects.filter(officer_kid=Kid(principal.officer.kid)).order_by("id")
        return list(own.values("kid", "officer_kid", "grant"))
