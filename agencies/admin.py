"""Agencies, as the Secretariat serves them: suspended or not, and their limits."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from agencies.models import Agency
from eads.admin_site import RecordAdmin, site


@admin.register(Agency, site=site)
class AgencyAdmin(RecordAdmin):
    """Region and keyrings say the rest: they are signed, and not to be typed over here."""

    fields = [
        "id",
        "name",
        "country",
        "active",
        "suspended",
        "notices_per_day",
        "blob_bytes_per_day",
        "keyring_version",
        "keyring_digest",
        "mailbox_head",
    ]
    editable = ("suspended", "notices_per_day", "blob_bytes_per_day")
    list_display = [
        "id",
        "name",
        "country",
        "active",
        "suspended",
        "notices_per_day",
        "files_per_day",
        "keyring_version",
        "mailbox_head",
    ]
    list_filter = ["active", "suspended"]
    search_fields = ["id", "name"]
    actions = ["suspend", "reinstate"]

    @admin.display(description="files a day", ordering="blob_bytes_per_day")
    def files_per_day(self, agency: Agency) -> str:
        return f"{agency.blob_bytes_per_day / 2**30:.1f} GiB"

    @admin.action(description="Suspend: refuse every request", permissions=["change"])
    def suspend(self, request: HttpRequest, rows: QuerySet[Agency]) -> None:
        self.mark(request, rows.filter(suspended=False), "Suspended", suspended=True)

    @admin.action(description="Take the suspension back", permissions=["change"])
    def reinstate(self, request: HttpRequest, rows: QuerySet[Agency]) -> None:
        self.mark(request, rows.filter(suspended=True), "Suspension taken back", suspended=False)


def agency_figures() -> list[tuple[str, Any]]:
    agencies = Agency.objects.all()
    return [
        ("members", agencies.filter(active=True).count()),
        ("suspended", agencies.filter(suspended=True).count()),
        ("with a keyring", agencies.filter(active=True, keyring_version__gt=0).count()),
    ]


site.add_figures("Agencies", agency_figures)
