"""The Secretariat's pages: two factors, few powers, no content."""

from __future__ import annotations

import base64
import hmac
import io
import re
import struct
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from agencies.admin import AgencyAdmin
from agencies.authentication import issue_token
from agencies.models import Agency
from eads.admin_site import site
from notices.models import MailboxEntry, Notice, OutboxMessage, Subscription
from transparency.models import KeyringDocument, Lease, LogHead, RegionDocument
from transparency.tenancy import NoScopeError, current_scope, system

PASSWORD = "correct horse 47 staple"
MARKER = "MARKERSOMCHAI"
DIGEST = "d1" * 32

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_and_apart(settings):
    """No slow password hashes, and no rate limit from another test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


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


@pytest.fixture
def operator() -> Client:
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


def links(address: str, text: str) -> set[str]:
    """Where a page leads inside the admin; of a list's filters, one at a time."""
    found = set()
    for link in re.findall(r'href="([^"#]+)"', text):
        path, _, query = link.replace("&amp;", "&").partition("?")
        if not path and ("?" in address or query.startswith("o=")):
            continue  # a filter on top of a filter, or another order of the same rows
        found.add(path or f"{address}?{query}")
    return {link for link in found if link.startswith("/admin/")}


def pages(client: Client) -> dict[str, str]:
    """Every page under /admin/ that can be reached by links."""
    waiting, seen = {"/admin/"}, {}
    while waiting:
        address = waiting.pop()
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        seen[address] = answer.text
        waiting |= links(address, answer.text) - seen.keys()
    return seen


# ---------------------------------------------------------------- two factors


def test_a_stranger_is_sent_to_sign_in():
    answer = Client().get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_an_account_that_is_no_operators_is_refused():
    User.objects.create_user("nobody", password=PASSWORD)
    client = Client()
    sign_in(client, "nobody")
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403


def every_admin_address() -> list[str]:
    addresses = ["/admin/", "/admin/password_change/", "/admin/jsi18n/"]
    for model in site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        addresses += [base, base + "1/change/", base + "add/", base + "1/delete/"]
    return addresses


def test_without_a_second_factor_every_page_leads_to_setting_one_up(hub_with_content):
    make_operator()
    client = Client()
    sign_in(client)
    for address in every_admin_address():
        answer = client.get(address, follow=True)
        if not answer.redirect_chain:
            assert answer.status_code == 404, address
            continue
        assert answer.redirect_chain[-1][0].startswith("/accounts/2fa/"), address
        assert "TH-RTP" not in answer.text
        assert "Set up a second factor" in answer.text
        client.get("/accounts/2fa/")  # its messages are read


def test_without_a_second_factor_nothing_can_be_changed(hub_with_content):
    make_operator()
    client = Client()
    sign_in(client)
    form = {"suspended": "on", "notices_per_day": 1, "blob_bytes_per_day": 1}
    client.post("/admin/agencies/agency/TH-RTP/change/", form)
    client.post("/admin/agencies/agency/", {"action": "suspend", "_selected_action": "TH-RTP"})
    assert not Agency.objects.get(id="TH-RTP").suspended


def test_a_factor_that_was_set_up_must_also_be_used():
    make_operator()
    client = Client()
    sign_in(client)
    secret = set_up_totp(client)
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/?next=")
    answer = client.post(answer.redirect_chain[-1][0], {"code": totp(secret)})
    assert answer.headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_the_password_alone_does_not_sign_in_once_a_factor_is_set_up(operator):
    thief = Client()
    answer = sign_in(thief)
    assert answer.headers["Location"].startswith("/accounts/2fa/authenticate/")
    answer = thief.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "/admin/" not in answer.headers.get("Location", "")
    assert thief.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_both_factors_open_the_pages():
    make_operator()
    first = Client()
    sign_in(first)
    secret = set_up_totp(first)
    second = Client()
    sign_in(second)
    second.post("/accounts/2fa/authenticate/", {"code": totp(secret)})
    assert second.get("/admin/").status_code == 200


def test_a_factor_that_is_taken_away_closes_the_pages_at_once(operator):
    Authenticator.objects.all().delete()
    answer = operator.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/2fa/")


def test_recovery_codes_alone_are_no_second_factor(operator):
    Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES).delete()
    assert Authenticator.objects.exists()
    assert operator.get("/admin/").status_code == 302


def test_a_passkey_holder_is_asked_for_the_passkey():
    user = make_operator()
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.headers["Location"].startswith("/accounts/2fa/webauthn/reauthenticate/")


def test_nobody_signs_up():
    form = {"username": "mallory", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/accounts/signup/", form)
    assert not User.objects.exists()


def test_an_operator_who_is_shut_out_is_out_at_once(operator):
    User.objects.update(is_active=False)
    answer = operator.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


# ---------------------------------------------------------------- no content


def test_no_page_shows_content_wraps_routes_or_secrets(operator, hub_with_content):
    found = pages(operator)
    assert "/admin/notices/notice/" in found
    assert "/admin/agencies/agency/TH-RTP/change/" in found
    assert any("outboxmessage" in address and "change" in address for address in found)
    assert any("subscription" in address and "change" in address for address in found)
    for address, text in found.items():
        for form in (MARKER, MARKER.encode().hex(), base64.b64encode(MARKER.encode()).decode()):
            assert form not in text, address
        assert DIGEST not in text, address


def test_the_crawl_would_notice_a_leak(operator, hub_with_content, monkeypatch):
    page = type(site._registry[Subscription])
    monkeypatch.setattr(page, "fields", [*page.fields, "secret"])
    assert any(MARKER in text for text in pages(operator).values())


def test_no_page_names_a_notice_and_none_can_be_searched_for(operator, hub_with_content):
    for address in (f"/admin/notices/notice/{DIGEST}/change/", f"/admin/r/1/{DIGEST}/"):
        assert operator.get(address).status_code == 404
    assert DIGEST not in operator.get(f"/admin/notices/notice/?q={DIGEST}").text


def test_no_binary_field_stands_in_any_page():
    for model, page in site._registry.items():
        binary = {f.name for f in model._meta.fields if f.get_internal_type() == "BinaryField"}
        shown = {*(page.fields or ()), *page.list_display, *page.search_fields}
        assert not binary & shown, model
        assert bool(page.fields) is (model is not Notice), model


# ---------------------------------------------------------------- powers


def test_an_agency_that_is_suspended_here_is_refused_there(operator, hub_with_content, monkeypatch):
    officer = SimpleNamespace(check_valid=lambda now: None, roles=frozenset({"analyst"}))
    keyring = SimpleNamespace(officer=lambda keyid: officer)
    monkeypatch.setattr("agencies.authentication.keyring_by_digest", lambda digest: keyring)
    token = issue_token("TH-RTP", "aa" * 16, timezone.now())
    api = Client(headers={"authorization": f"Bearer {token}"})
    assert api.get("/api/v1/stats").status_code == 200

    form = {"suspended": "on", "notices_per_day": 5, "blob_bytes_per_day": 6}
    operator.post("/admin/agencies/agency/TH-RTP/change/", form)
    answer = api.get("/api/v1/stats")
    assert (answer.status_code, answer.json()["code"]) == (403, "suspended")
    agency = Agency.objects.get(id="TH-RTP")
    assert (agency.notices_per_day, agency.blob_bytes_per_day) == (5, 6)

    chosen = {"action": "reinstate", "_selected_action": "TH-RTP"}
    operator.post("/admin/agencies/agency/", chosen)
    assert api.get("/api/v1/stats").status_code == 200
    said = [entry.get_change_message() for entry in LogEntry.objects.order_by("id")]
    assert said[-1] == "Suspension taken back"
    assert "Changed" in said[0]
    assert set(LogEntry.objects.values_list("user__username", flat=True)) == {"olga"}


def test_what_region_and_keyring_say_cannot_be_typed_over(operator, hub_with_content):
    form = {"id": "XX-YY", "name": "x", "active": "", "keyring_version": 9, "mailbox_head": 0}
    form |= {"notices_per_day": 5, "blob_bytes_per_day": 6}
    operator.post("/admin/agencies/agency/TH-RTP/change/", form)
    agency = Agency.objects.get(id="TH-RTP")
    assert (agency.name, agency.active) == ("Force A", True)
    assert (agency.keyring_version, agency.mailbox_head) == (3, 7)


def test_a_position_given_while_the_form_is_saved_is_not_taken_back(
    operator, hub_with_content, monkeypatch
):
    save = AgencyAdmin.save_model

    def save_after_the_sequencer(self, *args, **kwargs):
        Agency.objects.filter(id="TH-RTP").update(mailbox_head=8)
        save(self, *args, **kwargs)

    monkeypatch.setattr(AgencyAdmin, "save_model", save_after_the_sequencer)
    form = {"suspended": "on", "notices_per_day": 5, "blob_bytes_per_day": 6}
    operator.post("/admin/agencies/agency/TH-RTP/change/", form)
    agency = Agency.objects.get(id="TH-RTP")
    assert (agency.suspended, agency.mailbox_head) == (True, 8)


def test_nothing_can_be_added_or_deleted(operator, hub_with_content):
    operator.post("/admin/agencies/agency/", {"action": "suspend", "_selected_action": "SG-SPF"})
    for model, page in site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        row = model._base_manager.first()
        assert row is not None, model
        for address in (f"{base}add/", f"{base}{row.pk}/delete/"):
            for answer in (operator.get(address), operator.post(address, {"post": "yes"})):
                assert answer.status_code in (403, 404), address
        assert "delete_selected" not in page.actions
        assert model._base_manager.filter(pk=row.pk).exists()


def act(client: Client, model: type, action: str) -> None:
    row = model._base_manager.get()
    address = f"/admin/notices/{model._meta.model_name}/"
    answer = client.post(address, {"action": action, "_selected_action": str(row.pk)})
    assert answer.status_code == 302


def test_deliveries_are_tried_again_and_targets_switched(
    operator, hub_with_content, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr("notices.admin.doorbell.ring", lambda: rung.append(1))
    monkeypatch.setattr("notices.subscriptions.check_target", lambda kind, target: None)
    with django_capture_on_commit_callbacks(execute=True):
        act(operator, OutboxMessage, "try_again")
    message = OutboxMessage._base_manager.get()
    assert (message.due <= timezone.now(), message.lease, rung) == (True, "", [1])

    act(operator, Subscription, "disable")
    message.refresh_from_db()
    assert message.outcome == "given up: disabled by the Secretariat"
    assert not Subscription._base_manager.get().enabled
    act(operator, OutboxMessage, "try_again")
    message.refresh_from_db()
    assert message.done is not None

    act(operator, Subscription, "enable")
    assert Subscription._base_manager.get().enabled
    act(operator, OutboxMessage, "try_again")
    message.refresh_from_db()
    assert (message.done, message.outcome) == (None, "")
    said = [entry.get_change_message() for entry in LogEntry.objects.order_by("id")]
    assert said == ["Due now", "Disabled.", "Enabled.", "Due now"]


def test_what_was_delivered_is_not_sent_again(operator, hub_with_content):
    OutboxMessage._base_manager.update(done=timezone.now(), outcome="delivered: 200")
    act(operator, OutboxMessage, "try_again")
    assert OutboxMessage._base_manager.get().done is not None


def test_what_a_worker_holds_is_left_to_it(operator, hub_with_content):
    later = timezone.now() + timedelta(minutes=1)
    OutboxMessage._base_manager.update(leased_until=later)
    act(operator, OutboxMessage, "try_again")
    assert OutboxMessage._base_manager.get().lease == MARKER


def test_an_operator_cannot_shut_out_themselves(operator):
    own = User.objects.get()
    operator.post(f"/admin/auth/user/{own.pk}/change/", {"is_active": ""})
    assert User.objects.get().is_active


def test_the_hubs_scope_is_open_inside_a_page_and_closed_after_it(operator, hub_with_content):
    assert "1" in operator.get("/admin/notices/notice/").text
    with pytest.raises(NoScopeError):
        current_scope()


def test_figures_by_number(operator, hub_with_content):
    text = re.sub(r"\s+", " ", operator.get("/admin/notices/notice/").text)
    row = re.search(r'<th scope="row">TH-RTP</th>(.*?)</tr>', text)
    assert row is not None
    assert re.findall(r"<td>(.*?)</td>", row[1]) == ["0", "0", "100000", "0", "7", "1"]
    assert '<th scope="row">entries</th><td>1043</td>' in operator.get("/admin/").text


# ---------------------------------------------------------------- the command


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("operator", *arguments, stdout=out)
    return out.getvalue()


def test_the_first_operator_is_made_on_the_command_line(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    assert "http://localhost/admin/" in run("create", "olga")
    assert "no second factor yet" in run("list")
    client = Client()
    sign_in(client)
    set_up_totp(client)
    assert "totp" in run("list")
    run("forget-factors", "olga")
    assert not Authenticator.objects.exists()
    run("disable", "olga")
    assert not User.objects.get().is_active
    run("enable", "olga")
    assert User.objects.get().is_active


def test_a_weak_password_or_a_taken_name_makes_no_operator(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("password\n"))
    with pytest.raises(CommandError, match="too short"):
        run("create", "olga")
    assert not User.objects.exists()
    make_operator()
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    with pytest.raises(CommandError, match="already exists"):
        run("create", "olga")
    with pytest.raises(CommandError, match="no operator"):
        run("disable", "mallory")
