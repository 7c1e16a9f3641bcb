"""Who gets into the Secretariat's pages: operators, with two factors that were set up and used."""

from __future__ import annotations

import io

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from agencies.models import Agency
from eads.admin_site import site
from tests.eads.operators import PASSWORD, make_operator, set_up_totp, sign_in, totp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_and_apart")]


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


# ---------------------------------------------------------------- the command


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("operator", *arguments, stdout=out)
    return out.getvalue()


def test_the_first_operator_is_made_on_the_command_line(monkeypatch, settings):
    settings.EADS_HTTPS = False
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    assert "http://localhost/admin/\n" in run("create", "olga")
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
