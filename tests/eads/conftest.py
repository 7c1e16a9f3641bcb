"""The Secretariat's side: an operator's browser, and a hub that holds something to hide."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from agencies.models import Agency
from notices.models import MailboxEntry, Notice, OutboxMessage, Subscription
from tests.eads.operators import DIGEST, MARKER, make_operator, set_up_totp, sign_in, totp
from transparency.models import KeyringDocument, Lease, LogHead, RegionDocument
from transparency.tenancy import system


@pytest.fixture
def quick_and_apart(settings):
    """No slow password hashes, and no rate limit from another test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def operator(quick_and_apart: None) -> Client:
    """A browser with an operator who has shown both factors."""
    make_operator()
    client = Client()
    sign_in(client)
    secret = set_up_totp(client)
    client.post("/accounts/2fa/reauthenticate/", {"code": totp(secret)})
    assert client.get("/admin/").status_code == 200
    return client


@pytest.fixture
def hub_with_content() -> None:
    now = timezone.now()
    marker = MARKER.encode()
    Agency.objects.create(
        id="TH-RTP", country="TH", name="Force A", mailbox_head=7, keyring_version=3
    )
    Agency.objects.create(id="SG-SPF", country="SG", name="Force B")
    LogHead.objects.create(origin="localhost", size=1043, checkpoint="localhost\n1043\n")
    Lease.objects.create(name="sequencer", holder="one", until=now)
    RegionDocument.objects.create(version=1, digest="e1" * 32, document=marker, index=0)
    KeyringDocument.objects.create(
        digest="e2" * 32, agency="TH-RTP", version=1, document=marker, index=1
    )
    with system():
        Notice.objects.create(
            digest=DIGEST,
            issuer="SG-SPF",
            rev=1,
            state="logged",
            index=2,
            notice_id="01997b1e-8c00-7a31-9d2f-3b5c7d9e1f20",
            type="hit",
            act="issue",
            expires=now,
            received=now,
            manifest=marker,
            signatures=marker,
            route=marker,
            body=marker,
            wraps=marker,
            verified_with=MARKER,
        )
        MailboxEntry.objects.create(
            agency="TH-RTP",
            position=7,
            digest=DIGEST,
            kind="notice",
            wrap=marker,
            wrap_name=MARKER,
        )
        subscription = Subscription.objects.create(
            agency="TH-RTP",
            kind="webhook",
            target="https://desk.rtp.example/hook",
            secret="whsec_" + MARKER,
        )
        OutboxMessage.objects.create(
            agency="TH-RTP",
            subscription=subscription,
            first=7,
            last=7,
            created=now,
            due=now + timedelta(hours=2),
            lease=MARKER,
        )
