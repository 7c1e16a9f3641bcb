"""The Secretariat's pages: for its operators only, each with two factors, and without content."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ClassVar
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import reverse

from transparency.store import writing
from transparency.tenancy import system

Figures = Iterable[tuple[str, Any]]


def _factors(request: HttpRequest) -> set[str]:
    """Kinds of second factor that the account has set up."""
    rows = Authenticator.objects.filter(user_id=request.user.pk)
    return set(rows.values_list("type", flat=True)) - {Authenticator.Type.RECOVERY_CODES}


def _factor_used(request: HttpRequest) -> bool:
    """Whether this session showed a second factor, and not only a password."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


@contextmanager
def _scope(request: HttpRequest) -> Iterator[None]:
    """The hub's own scope; one transaction around a change and the entry that records it."""
    if request.method == "POST":
        with writing(), system():
            yield
    else:
        with system():
            yield


class SecretariatSite(admin.AdminSite):
    site_header = "e-ADS · Secretariat"
    site_title = "e-ADS"
    index_title = "The hub in figures"
    index_template = "secretariat/index.html"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._figures: list[tuple[str, Callable[[], Figures]]] = []

    def add_figures(self, heading: str, figures: Callable[[], Figures]) -> None:
        """Show what an app counts on the first page."""
        self._figures.append((heading, figures))

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if not (user.is_active and user.is_staff):
            return False
        return _factor_used(request) and bool(_factors(request))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        # Templates query while they render, after the view has returned: so they are rendered
        # here, inside the scope, which opens only once the guard has let the request through.
        @wraps(view)
        def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with _scope(request):
                response: HttpResponseBase = view(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response.render()
            return response

        return super().admin_view(scoped, cacheable)

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        figures = [(heading, list(count())) for heading, count in self._figures]
        return super().index(request, {**(extra_context or {}), "figures": figures})

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Lead to what is missing: the account, its second factor, or its use."""
        target = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return HttpResponseRedirect(f"{self._missing_step(request)}?{urlencode({'next': target})}")

    def _missing_step(self, request: HttpRequest) -> str:
        if not request.user.is_authenticated:
            return reverse("account_login")
        if not (request.user.is_active and request.user.is_staff):
            raise PermissionDenied("This account is not an operator's.")
        factors = _factors(request)
        if not factors:
            messages.info(request, "Set up a second factor; these pages open after it.")
            return reverse("mfa_index")
        if _factor_used(request):
            return reverse("admin:index", current_app=self.name)
        if Authenticator.Type.TOTP in factors:
            return reverse("mfa_reauthenticate")
        return reverse("mfa_reauthenticate_webauthn")


site = SecretariatSite()


class RecordAdmin(admin.ModelAdmin):
    """Rows that the hub keeps: looked at here, changed only where ``editable`` says so."""

    fields: ClassVar[Any] = ()
    editable: ClassVar[tuple[str, ...]] = ()
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.editable or self.actions) and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.fields or () if name not in self.editable]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # The sequencer writes to the same rows: saving a whole row that was read a moment ago
        # would take back a mailbox position that it has given out since.
        obj.save(update_fields=[name for name in self.editable if name in form.changed_data])

    def mark(self, request: HttpRequest, rows: Any, text: str, /, **values: Any) -> None:
        """Set fields on the chosen rows and record it for each."""
        chosen = list(rows.select_for_update(of=("self",)))
        self.model._default_manager.filter(pk__in=[row.pk for row in chosen]).update(**values)
        for row in chosen:
            self.log_change(request, row, text)
        self.message_user(request, f"{text}: {len(chosen)}.", messages.SUCCESS)
