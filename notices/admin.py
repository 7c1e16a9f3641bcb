"""Notices by number, and deliveries. No page here reads a manifest, a body, a wrap or a route."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from eads.admin_site import RecordAdmin, site
from eads.problems import ProblemError
from eads_wire.encoding import AgencyId
from notices import doorbell, outbox, subscriptions
from notices.models import Notice, OutboxMessage, Subscription
from notices.stats import figures_by_agency, hub_figures


@admin.register(Notice, site=site)
class NoticeAdmin(RecordAdmin):
    """Numbers only: there is no list of notices and no page for one."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="notices_notice_changelist")]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Notices by number",
            "opts": self.model._meta,
            "states": hub_figures()["by_state"].items(),
            "agencies": figures_by_agency(),
        }
        return TemplateResponse(request, "secretariat/notices.html", context)


@admin.register(Subscription, site=site)
class SubscriptionAdmin(RecordAdmin):
    """The signing secret stands in no field here: only its agency has seen it."""

    fields = ["agency", "kind", "target", "enabled", "created", "failing_since", "last_success"]
    list_display = fields
    list_filter = ["agency", "kind", "enabled"]
    search_fields = ["agency", "target"]
    actions = ["enable", "disable"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        return super().get_queryset(request).filter(removed__isnull=True)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, rows: QuerySet[Subscription]) -> None:
        for row in rows.filter(enabled=False):
            try:
                subscriptions.enable(AgencyId(row.agency), row.id)
            except ProblemError as problem:
                self.message_user(request, f"{row}: {problem.detail}", messages.ERROR)
            else:
                self.log_change(request, row, "Enabled.")

    @admin.action(description="Disable: give up what is owed", permissions=["change"])
    def disable(self, request: HttpRequest, rows: QuerySet[Subscription]) -> None:
        for row in rows.filter(enabled=True).select_for_update():
            outbox.disable(row, "disabled by the Secretariat", timezone.now())
            self.log_change(request, row, "Disabled.")


class DeliveryFilter(admin.SimpleListFilter):
    title = "delivery"
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("owed", "Owed"), ("due", "Due now"), ("done", "Done")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {
            "owed": Q(done__isnull=True),
            "due": Q(done__isnull=True, due__lte=timezone.now()),
            "done": Q(done__isnull=False),
        }.get(self.value() or "", Q())
        return queryset.filter(chosen)


@admin.register(OutboxMessage, site=site)
class OutboxMessageAdmin(RecordAdmin):
    fields = [
        "id",
        "agency",
        "subscription",
        "target",
        "first",
        "last",
        "created",
        "attempts",
        "due",
        "leased_until",
        "done",
        "outcome",
    ]
    list_display = [
        "id",
        "agency",
        "target",
        "first",
        "last",
        "attempts",
        "due",
        "done",
        "outcome",
    ]
    list_select_related = ["subscription"]
    list_filter = [DeliveryFilter, "agency"]
    ordering = ["-created"]
    actions = ["try_again"]

    def target(self, message: OutboxMessage) -> str:
        return message.subscription.target

    @admin.action(description="Try again now", permissions=["change"])
    def try_again(self, request: HttpRequest, rows: QuerySet[OutboxMessage]) -> None:
        now = timezone.now()
        # A worker that holds the message is trying at this moment; what was delivered, or told in
        # another message, is not sent a second time.
        idle = rows.filter(
            Q(leased_until__isnull=True) | Q(leased_until__lte=now),
            Q(done__isnull=True) | Q(outcome__startswith="given up"),
        )
        if idle.filter(subscription__enabled=False).exists():
            self.message_user(
                request, "Enable the subscription before its messages.", messages.WARNING
            )
        self.mark(
            request,
            idle.filter(subscription__enabled=True),
            "Due now",
            due=now,
            done=None,
            outcome="",
            lease="",
            leased_until=None,
        )
        transaction.on_commit(doorbell.ring)


def notice_figures() -> list[tuple[str, Any]]:
    hub = hub_figures()
    return [
        *((str(state), number) for state, number in hub["by_state"].items()),
        ("mailbox positions given", hub["mailbox_positions"]),
    ]


def delivery_figures() -> list[tuple[str, Any]]:
    hub = hub_figures()
    subscriptions = Subscription.objects.all()
    return [
        ("subscriptions", subscriptions.count()),
        ("disabled", subscriptions.filter(enabled=False).count()),
        ("failing", subscriptions.filter(failing_since__isnull=False).count()),
        ("messages owed", hub["outbox_open"]),
        ("due now", hub["outbox_due"]),
    ]


site.add_figures("Notices", notice_figures)
site.add_figures("Deliveries", delivery_figures)
