"""The log's head and who writes to it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils import timezone

from eads.admin_site import RecordAdmin, site
from transparency.figures import lease_age, log_size
from transparency.models import KeyringDocument, Lease, LogHead, RegionDocument, Submission


@admin.register(LogHead, site=site)
class LogHeadAdmin(RecordAdmin):
    fields = ["origin", "size", "checkpoint"]
    list_display = ["origin", "size"]


@admin.register(Lease, site=site)
class LeaseAdmin(RecordAdmin):
    fields = ["name", "holder", "until", "held"]
    list_display = ["name", "holder", "until", "held"]

    @admin.display(boolean=True)
    def held(self, lease: Lease) -> bool:
        return lease.until > timezone.now()


@admin.register(RegionDocument, site=site)
class RegionDocumentAdmin(RecordAdmin):
    fields = ["version", "digest", "index"]
    list_display = ["version", "digest", "index"]


@admin.register(KeyringDocument, site=site)
class KeyringDocumentAdmin(RecordAdmin):
    fields = ["agency", "version", "digest", "index"]
    list_display = ["agency", "version", "digest", "index"]
    list_filter = ["agency"]
    ordering = ["agency", "-version"]


def log_figures() -> list[tuple[str, Any]]:
    age = lease_age()
    return [
        ("entries", log_size()),
        ("waiting for a place", Submission.objects.count()),
        ("sequencer last seen", "never" if age is None else f"{age:.0f} s ago"),
    ]


site.add_figures("Log", log_figures)
