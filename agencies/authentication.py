"""Who asks: bearer tokens, checked in this process against the agency's current keyring."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.db import connection
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from eads.problems import ProblemError
from eads_wire.encoding import AgencyId, KeyId
from eads_wire.errors import WireError
from eads_wire.keyring import Officer
from transparency.documents import keyring_by_digest

TOKEN_SECONDS: Final = 600
_SALT: Final = "e-ads/v1/bearer"
_MAX_TOKEN: Final = 512


@dataclass(frozen=True, slots=True)
class Principal:
    """An officer of an agency, with the roles that the agency's keyring gives now."""

    agency: AgencyId
    officer: Officer
    mailbox_head: int

    @property
    def roles(self) -> frozenset[str]:
        return self.officer.roles

    @property
    def is_authenticated(self) -> bool:
        return True


def issue_token(agency: AgencyId, keyid: KeyId, now: datetime) -> str:
    """A bearer token for ten minutes: signed by the hub, opaque to the client."""
    expires = int(now.timestamp()) + TOKEN_SECONDS
    return signing.dumps([agency, keyid, expires], salt=_SALT)


# A token is read once and then found here: no signature check on the polling path.
@lru_cache(maxsize=8192)
def _read_token(token: str, _key: str) -> tuple[AgencyId, KeyId, int]:
    agency, keyid, expires = signing.loads(token, salt=_SALT)
    return AgencyId(agency), KeyId(keyid), int(expires)


def _standing(agency: AgencyId) -> tuple[bool, str, int]:
    """Whether an agency may speak, its keyring and its mailbox head: the one query that every
    request pays, so it is written out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT active AND NOT suspended, keyring_digest, mailbox_head"
            " FROM agencies_agency WHERE id = %s",
            [agency],
        )
        row = cursor.fetchone()
    if row is None or not row[1]:
        raise ProblemError("unauthenticated")
    return bool(row[0]), row[1], row[2]


def authenticate_token(token: str) -> Principal:
    """Who holds a token.

    Raises:
        ProblemError: ``unauthenticated``, ``suspended``.
    """
    if len(token) > _MAX_TOKEN:
        raise ProblemError("unauthenticated")
    try:
        agency, keyid, expires = _read_token(token, settings.SECRET_KEY)
    except (signing.BadSignature, ValueError, TypeError):
        raise ProblemError("unauthenticated") from None
    now = time.time()
    if now >= expires:
        raise ProblemError("unauthenticated", "The token has run out. Ask for a new one.")
    allowed, digest, head = _standing(agency)
    if not allowed:
        raise ProblemError("suspended")
    officer = keyring_by_digest(digest).officer(keyid)
    try:
        if officer is None:
            raise ProblemError("unauthenticated", "The officer's key is no longer listed.")
        officer.check_valid(datetime.fromtimestamp(now, UTC))
    except WireError:
        raise ProblemError("unauthenticated", "The officer's key is not in force.") from None
    return Principal(agency, officer, head)


def authenticate_header(header: str) -> Principal:
    """Who sent an ``Authorization`` header. Raises ProblemError."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError("unauthenticated")
    return authenticate_token(token.strip())


def principal_of(request: Request) -> Principal:
    """Who sent a request that the permission class has let through."""
    principal: Any = request.auth
    assert isinstance(principal, Principal)  # noqa: S101 - a view without a token never asks
    return principal


class BearerAuthentication(BaseAuthentication):
    """For the REST framework: ``request.auth`` is the principal."""

    def authenticate(self, request: Any) -> tuple[Principal, Principal] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        principal = authenticate_header(header)
        return principal, principal

    def authenticate_header(self, request: HttpRequest) -> str:
        return "Bearer"
