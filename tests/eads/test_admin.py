"""The Secretariat's pages: few powers, no content."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from agencies.admin import AgencyAdmin
from agencies.authentication import issue_token
from agencies.models import Agency
from eads.admin_site import site
from notices.models import Notice, OutboxMessage, Subscription
from tests.eads.operators import DIGEST, MARKER
from transparency.tenancy import NoScopeError, current_scope, system

pytestmark = pytest.mark.django_db
# A refusal inside the hub's scope rolls its transaction back, so the test may not wrap it in one.
refusals_undo_the_transaction = pytest.mark.django_db(transaction=True)


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


@refusals_undo_the_transaction
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
    Agency.objects.filter(id="TH-RTP").update(keyring_digest="c" * 64)
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


@refusals_undo_the_transaction
def test_nothing_can_be_added_or_deleted(operator, hub_with_content):
    operator.post("/admin/agencies/agency/", {"action": "suspend", "_selected_action": "SG-SPF"})
    for model, page in site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        with system():
            row = model._base_manager.first()
        assert row is not None, model
        for address in (f"{base}add/", f"{base}{row.pk}/delete/"):
            for answer in (operator.get(address), operator.post(address, {"post": "yes"})):
                assert answer.status_code in (403, 404), address
        assert "delete_selected" not in page.actions
        with system():
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
