"""Middleware that only the Secretariat's pages pay for.

A poll costs about a millisecond; sessions, cookies and forms would add a good part of that to
every request, and the API uses none of them. They are applied under a few prefixes only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from asgiref.sync import (
    async_to_sync,
    iscoroutinefunction,
    markcoroutinefunction,
    sync_to_async,
)
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


class AdminOnly:
    """Applies ``EADS_ADMIN_MIDDLEWARE`` under ``EADS_ADMIN_PREFIXES`` and nowhere else.

    In an asynchronous process every other request passes without a change of thread.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.asynchronous = iscoroutinefunction(get_response)
        if self.asynchronous:
            markcoroutinefunction(self)
            # Django would otherwise call the synchronous hook in a thread on every request.
            self.process_view = self._process_view_async  # type: ignore[method-assign]

    def __call__(self, request: HttpRequest) -> Any:
        if self.asynchronous:
            return self._call_async(request)
        if not self._applies(request):
            return self.get_response(request)
        return self._guarded(request)

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        if not self._applies(request):
            response: HttpResponseBase = await self.get_response(request)
            return response
        return await sync_to_async(self._guarded)(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> Any:
        if not self._applies(request):
            return None
        for hook in self._hooks("process_view"):
            if (response := hook(request, view, args, kwargs)) is not None:
                return response
        return None

    async def _process_view_async(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> Any:
        if not self._applies(request):
            return None
        return await sync_to_async(AdminOnly.process_view)(self, request, view, args, kwargs)

    def _applies(self, request: HttpRequest) -> bool:
        return request.path_info.startswith(settings.EADS_ADMIN_PREFIXES)

    def _guarded(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = self._chain[0](request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        return response

    @cached_property
    def _chain(self) -> list[Any]:
        """The middleware, outermost first; built on first use, as most processes never need it."""
        inner = async_to_sync(self.get_response) if self.asynchronous else self.get_response
        chain: list[Any] = []
        for name in reversed(settings.EADS_ADMIN_MIDDLEWARE):
            inner = import_string(name)(inner)
            for hook in ("process_exception", "process_template_response"):
                if hasattr(inner, hook):
                    # Only the outer list's hooks are called by Django.
                    raise TypeError(f"{name} has {hook}: it belongs in MIDDLEWARE")
            chain.insert(0, inner)
        return chain

    def _hooks(self, name: str) -> list[Callable[..., Any]]:
        return [getattr(part, name) for part in self._chain if hasattr(part, name)]
