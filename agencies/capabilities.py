"""Capabilities: what a role may do. No declaration means no."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from rest_framework.permissions import BasePermission

from eads.problems import ProblemError


class Capability(StrEnum):
    PUBLIC = "public"
    """Needs no token: the request carries its own proof, or there is nothing to protect."""
    NOTICES_POST = "notices.post"
    NOTICES_SIGN = "notices.sign"
    NOTICES_READ = "notices.read"
    RECEIPTS_POST = "receipts.post"
    RECEIPTS_READ = "receipts.read"
    DIRECTORY_READ = "directory.read"
    GRANTS_WRITE = "grants.write"
    SUBSCRIPTIONS = "subscriptions"
    STATS_READ = "stats.read"


_EVERYONE = frozenset({Capability.DIRECTORY_READ, Capability.STATS_READ})
_READER = _EVERYONE | {Capability.NOTICES_READ}
_SIGNER = _READER | {Capability.NOTICES_SIGN, Capability.RECEIPTS_POST}

ROLE_CAPABILITIES: dict[str, frozenset[Capability]] = {
    "liaison": _SIGNER | {Capability.NOTICES_POST, Capability.RECEIPTS_READ},
    "approver": _SIGNER | {Capability.RECEIPTS_READ},
    "reviewer": _SIGNER,
    "analyst": _READER | {Capability.RECEIPTS_READ},
    "admin": _EVERYONE
    | {Capability.RECEIPTS_READ, Capability.GRANTS_WRITE, Capability.SUBSCRIPTIONS},
    "service": _READER | {Capability.RECEIPTS_POST, Capability.RECEIPTS_READ},
}


def check_capability(roles: frozenset[str], capability: Capability | None) -> None:
    """Refuse unless one of the roles has the capability.

    Raises:
        ProblemError: ``forbidden``.
    """
    if capability is None or not any(capability in ROLE_CAPABILITIES[role] for role in roles):
        raise ProblemError("forbidden", f"This needs a role with the capability {capability}.")


def capability_of(view: Any, method: str) -> Capability | None:
    """What a view declares for a method: one for all, or a table by method."""
    declared = getattr(view, "capability", None)
    if not isinstance(declared, dict):
        return declared
    return declared.get(method, declared.get("GET") if method == "HEAD" else None)


class HasCapability(BasePermission):
    """The one permission class: reads the view's declaration."""

    def has_permission(self, request: Any, view: Any) -> bool:
        capability = capability_of(view, request.method)
        if capability is Capability.PUBLIC:
            return True
        if request.auth is None:
            raise ProblemError("unauthenticated")
        check_capability(request.auth.roles, capability)
        return True
