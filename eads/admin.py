"""Operators and what they did."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.http import HttpRequest

from eads.admin_site import RecordAdmin, site


@admin.register(User, site=site)
class OperatorAdmin(RecordAdmin):
    """Operators are made with ``manage.py operator``; here they can be shut out."""

    fields = ["username", "is_active", "date_joined", "last_login"]
    editable = ("is_active",)
    list_display = ["username", "is_active", "two_factors", "last_login"]
    search_fields = ["username"]

    @admin.display(boolean=True, description="second factor set up")
    def two_factors(self, user: User) -> bool:
        rows = Authenticator.objects.filter(user_id=user.pk)
        return bool(rows.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        own = obj is not None and obj.pk == request.user.pk
        return list(self.fields) if own else super().get_readonly_fields(request, obj)


@admin.register(LogEntry, site=site)
class ChangeAdmin(RecordAdmin):
    """What operators changed."""

    fields = ["action_time", "user", "content_type", "object_repr", "what"]
    list_display = ["action_time", "user", "content_type", "object_repr", "what"]
    list_select_related = ["user", "content_type"]
    list_filter = ["user", "content_type"]
    date_hierarchy = "action_time"

    def what(self, entry: LogEntry) -> str:
        return entry.get_change_message()
