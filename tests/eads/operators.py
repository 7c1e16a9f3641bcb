"""Operators in tests: made, signed in, with a second factor."""

from __future__ import annotations

import base64
import hmac
import struct
import time

from django.contrib.auth.models import User
from django.test import Client

PASSWORD = "correct horse 47 staple"
MARKER = "MARKERSOMCHAI"
DIGEST = "d1" * 32


def totp(secret: str) -> str:
    """RFC 6238 with the usual values: SHA-1, 30 seconds, six digits."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    mac = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = mac[-1] & 15
    return f"{(int.from_bytes(mac[start : start + 4]) & 0x7FFFFFFF) % 10**6:06}"


def make_operator(name: str = "olga") -> User:
    return User.objects.create_superuser(name, password=PASSWORD)


def sign_in(client: Client, name: str = "olga", **extra: str):
    form = {"login": name, "password": PASSWORD, **extra}
    return client.post("/accounts/login/", form)


def set_up_totp(client: Client) -> str:
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    assert page.status_code == 200
    answer = client.post("/accounts/2fa/totp/activate/", {"code": totp(secret)})
    assert answer.status_code == 302
    return secret
