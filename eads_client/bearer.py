"""Bearer tokens by signed assertion (specs/token.md)."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from eads_client.keys import Signing
from eads_client.transport import Call, Transport
from eads_client.verification import answering
from eads_wire.assertion import TYP
from eads_wire.encoding import AgencyId, JsonObject, OfficerId, as_int, as_text, to_base64
from eads_wire.errors import require
from eads_wire.limits import KIB

_GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE_SECONDS: Final = 120
_EARLY_SECONDS: Final = 60.0
_TOKEN: Final = 8 * KIB


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: an officer, the hub's name, and the officer's signing key."""

    agency: AgencyId
    officer: OfficerId
    audience: str
    key: Signing = field(repr=False)


def _segment(obj: JsonObject) -> str:
    raw = json.dumps(obj, separators=(",", ":")).encode("ascii")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def make_assertion(identity: Identity, issued: int) -> tuple[str, str]:
    """An assertion and its ML-DSA-65 half.

    Args:
        identity: who asks, and of which hub.
        issued: seconds since 1970.

    Returns:
        The compact JWS, and the base64 for ``assertion_pq``.
    """
    header = {"alg": "EdDSA", "kid": identity.key.keyid, "typ": TYP}
    claims = {
        "iss": identity.agency,
        "sub": identity.officer,
        "aud": identity.audience,
        "iat": issued,
        "exp": issued + _LIFE_SECONDS,
        "jti": secrets.token_hex(16),
    }
    signing_input = f"{_segment(header)}.{_segment(claims)}"
    ed25519, mldsa = identity.key.sign_token(signing_input.encode("ascii"))
    signature = base64.urlsafe_b64encode(ed25519).rstrip(b"=").decode("ascii")
    return f"{signing_input}.{signature}", to_base64(mldsa)


class Bearer:
    """Holds one token for as long as it is good.

    Args:
        transport: to the hub that the token is for.
        identity: who asks.
        clock: seconds since 1970.
    """

    def __init__(
        self, transport: Transport, identity: Identity, clock: Callable[[], float] = time.time
    ) -> None:
        self._transport = transport
        self._identity = identity
        self._clock = clock
        self._token: str | None = None
        self._renew = 0.0

    def token(self) -> str:
        """A token that is good for a minute at least, or half its life if that is shorter.

        Raises:
            HubError: ``bad-assertion``, ``suspended``.
            TransportError: the hub was not reached.
        """
        if self._token is None or self._clock() >= self._renew:
            self._token = self._ask()
        return self._token

    def forget(self) -> None:
        """The hub did not take the token: ask for a new one next time."""
        self._token = None

    def _ask(self) -> str:
        asked = self._clock()
        call = Call(
            method="POST",
            path="token",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            # An assertion counts once: each try makes its own.
            body=self._form,
            limit=_TOKEN,
        )
        answer = self._transport.send(call).json(limit=_TOKEN, what="token")
        with answering("token"):
            token = as_text(answer.get("access_token"), "access_token")
            require(
                token.isascii() and token.isprintable() and token != "",
                "malformed",
                "the token is not plain ASCII",
            )
            life = as_int(answer.get("expires_in"), "expires_in", least=1, most=86_400)
        self._renew = asked + max(life - _EARLY_SECONDS, life / 2)
        return token

    def _form(self) -> bytes:
        assertion, pq = make_assertion(self._identity, int(self._clock()))
        form = {"grant_type": _GRANT_TYPE, "assertion": assertion, "assertion_pq": pq}
        return urlencode(form).encode("ascii")

    def __repr__(self) -> str:
        return f"<Bearer {self._identity.agency} {self._identity.officer}>"
