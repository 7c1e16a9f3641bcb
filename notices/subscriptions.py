"""Verbs on subscriptions: where an agency wants to hear that there is mail."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from agencies.authentication import Principal
from agencies.models import Agency
from eads.problems import ProblemError
from eads_wire.encoding import AgencyId, as_choice, as_text, check_keys
from notices import outbox
from notices.models import Channel, Subscription
from notices.webhook_address import RefusedAddressError, parse_target, permitted_addresses
from transparency.store import writing
from transparency.tenancy import tenant

PER_AGENCY: Final = 20
_SECRET_BYTES: Final = 32
_EMAIL_LENGTH: Final = 254


def create(principal: Principal, body: Mapping[str, Any]) -> Subscription:
    """Subscribe a target.

    Returns:
        The subscription; ``secret`` of a webhook is to be shown now and never again.

    Raises:
        ProblemError: ``refused-address``, ``quota-exceeded``.
        WireError: ``malformed``.
    """
    check_keys(dict(body), {"kind", "target"}, what="subscription")
    kind = as_choice(body["kind"], Channel.values, "kind")
    target = as_text(body["target"], "target")
    check_target(kind, target)
    with writing(), tenant(principal.agency):
        # The agency's row is the lock: two requests at once must not pass the limit together.
        Agency.objects.select_for_update().get(id=principal.agency)
        if Subscription.objects.filter(removed__isnull=True).count() >= PER_AGENCY:
            raise ProblemError(
                "quota-exceeded",
                f"An agency may have {PER_AGENCY} subscriptions. Delete one first.",
            )
        created: Subscription = Subscription.objects.create(
            agency=principal.agency,
            kind=kind,
            target=target,
            secret=_new_secret() if kind == Channel.WEBHOOK else "",
        )
    return created


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def check_target(kind: str, target: str) -> None:
    """Refuse a target that notifications may not go to.

    Raises:
        ProblemError: ``refused-address``.
    """
    try:
        if kind == Channel.WEBHOOK:
            parsed = parse_target(target)
            permitted_addresses(parsed.host, parsed.port)
        else:
            _check_email(target)
    except RefusedAddressError as refused:
        raise ProblemError("refused-address", str(refused)) from None


def _check_email(target: str) -> None:
    if not settings.EADS_EMAIL_ENABLED:
        raise RefusedAddressError("This hub sends no e-mail. Use a webhook.")
    try:
        validate_email(target)
    except ValidationError:
        raise RefusedAddressError("This is not an e-mail address.") from None
    if len(target) > _EMAIL_LENGTH or not target.isascii():
        raise RefusedAddressError(f"Send at most {_EMAIL_LENGTH} ASCII characters.")


def list_of(agency: AgencyId) -> list[Subscription]:
    """An agency's subscriptions, oldest first."""
    with tenant(agency):
        return list(Subscription.objects.filter(removed__isnull=True).order_by("id"))


def delete(agency: AgencyId, identifier: UUID) -> None:
    """Take a subscription back; what was still owed to it is given up.

    Raises:
        ProblemError: ``not-found``.
    """
    with writing(), tenant(agency):
        subscription = _locked(identifier)
        now = timezone.now()
        subscription.secret = ""
        subscription.removed = now
        outbox.disable(subscription, "subscription deleted", now)


def enable(agency: AgencyId, identifier: UUID) -> Subscription:
    """Start again after a subscription was disabled, from the next mail on.

    Raises:
        ProblemError: ``not-found``, ``refused-address``.
    """
    with tenant(agency):
        own = Subscription.objects.filter(id=identifier, removed__isnull=True).first()
    known = _found(own)
    check_target(known.kind, known.target)
    with writing(), tenant(agency):
        subscription = _locked(identifier)
        if not subscription.enabled:
            subscription.enabled = True
            subscription.failing_since = None
            subscription.not_before = None
            subscription.save(update_fields=["enabled", "failing_since", "not_before"])
    return subscription


def _locked(identifier: UUID) -> Subscription:
    rows = Subscription.objects.select_for_update().filter(id=identifier, removed__isnull=True)
    return _found(rows.first())


def _found(subscription: Subscription | None) -> Subscription:
    if subscription is None:
        raise ProblemError("not-found")
    return subscription
