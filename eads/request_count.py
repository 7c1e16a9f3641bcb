"""Counts requests by route and status: two dictionary look-ups each, and no label from outside."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.multiprocess import MultiProcessCollector

_registry = CollectorRegistry()
_requests = Counter(
    "eads_requests", "Requests by route and status", ["method", "route", "status"],
    registry=_registry,
)  # fmt: skip
# A client may invent methods; the label may not grow with its imagination.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})


def request_registry() -> CollectorRegistry:
    """This process's counts; with ``PROMETHEUS_MULTIPROC_DIR``, those of all that share it."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _registry
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared


class CountRequests:
    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.asynchronous = iscoroutinefunction(get_response)
        if self.asynchronous:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self.asynchronous:
            return self._call_async(request)
        return _count(request, self.get_response(request))

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        return _count(request, await self.get_response(request))


def _count(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    match = request.resolver_match
    # The pattern, never the path: a path may name an agency or a digest.
    route = match.route if match else "none"
    method = request.method if request.method in _METHODS else "other"
    _requests.labels(method, route, response.status_code).inc()
    return response
