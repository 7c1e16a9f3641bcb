"""Whether the hub lives, whether it can work, and its figures for monitoring.

``/livez``    this process answers; nothing else is asked.
``/readyz``   the database answers; every migration of this release is applied; a sequencer has held
              its lease within the last 15 seconds; and, where this process is given the log's key
              (``EADS_LOG_KEY_FILE``: the embedded hub, the sequencer), the file can be read.
``/metrics``  Prometheus text, for loopback and ``EADS_METRICS_ALLOW`` only.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiTypes, extend_schema
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from agencies import schema
from agencies.authentication import Principal
from agencies.capabilities import Capability
from agencies.endpoint import PlainView
from eads.problems import ProblemError
from eads.request_count import request_registry
from notices.stats import hub_figures
from transparency.figures import lease_age, log_size
from transparency.models import Submission
from transparency.sequencer import LEASE_LIFE
from transparency.tenancy import system

UNHELD = timedelta(seconds=15)
"""So long may nobody hold the sequencer's lease: a successor takes it within five seconds."""
RETRY_AFTER = 5
_TEXT = "text/plain; charset=utf-8"
_NO_STORE = {"Cache-Control": "no-store"}


def _not_ready(detail: str) -> ProblemError:
    return ProblemError("busy", detail, retry_after=RETRY_AFTER)


def _problems(*codes: str) -> dict[Any, Any]:
    # Nobody signs in here: the two answers about tokens do not occur.
    described = schema.answers({}, *codes)
    return {key: answer for key, answer in described.items() if key[0] not in (401, 403)}


@cache
def _confirm_migrated() -> None:
    # Asked until the answer is yes, and never again: another release is another process.
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _not_ready("Migrations are not applied yet.")


def check_ready() -> float:
    """Seconds since the sequencer renewed its lease.

    Raises:
        ProblemError: ``busy``, saying what is missing.
    """
    try:
        _confirm_migrated()
        age = lease_age()
    except DatabaseError:
        raise _not_ready("The database does not answer.") from None
    if age is None or age > (UNHELD + LEASE_LIFE).total_seconds():
        raise _not_ready("No sequencer is at work: nothing enters the log.")
    key = settings.EADS_LOG_KEY_FILE
    if key is not None and not os.access(key, os.R_OK):
        raise _not_ready("The log's signing key cannot be read.")
    return age


class LiveView(PlainView):
    """This process answers."""

    capability = Capability.PUBLIC

    @staticmethod
    @extend_schema(
        responses={(200, "text/plain"): OpenApiTypes.STR},
        examples=[OpenApiExample("alive", "ok\n", response_only=True, media_type="text/plain")],
        auth=[],
    )
    def get(request: HttpRequest, principal: Principal | None) -> HttpResponse:
        return HttpResponse("ok\n", content_type=_TEXT, headers=_NO_STORE)

    head = get


class ReadyView(PlainView):
    """The hub can take and give notices: database, migrations, sequencer, log key."""

    capability = Capability.PUBLIC

    @staticmethod
    @extend_schema(
        responses={
            (200, "text/plain"): OpenApiTypes.STR,
            **_problems("busy"),
        },
        examples=[
            OpenApiExample(
                "ready",
                "ok\nsequencer seen 0.4 s ago\n",
                response_only=True,
                media_type="text/plain",
                status_codes=["200"],
            )
        ],
        auth=[],
    )
    def get(request: HttpRequest, principal: Principal | None) -> HttpResponse:
        text = f"ok\nsequencer seen {check_ready():.1f} s ago\n"
        return HttpResponse(text, content_type=_TEXT, headers=_NO_STORE)

    head = get


class HubCollector:
    """Gauges read from the database when they are asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with system():
            hub = hub_figures()
            waiting, size, age = Submission.objects.count(), log_size(), lease_age()
        states = GaugeMetricFamily("eads_notices", "Revisions by state", labels=["state"])
        for state, number in hub["by_state"].items():
            states.add_metric([state], number)
        yield states
        for name, text, value in (
            ("eads_log_queue", "Submissions that wait for a place in the log", waiting),
            ("eads_log_size", "Entries of the log", size),
            ("eads_mailbox_positions", "Given, in all mailboxes", hub["mailbox_positions"]),
            ("eads_outbox_open", "Notifications owed", hub["outbox_open"]),
            ("eads_outbox_due", "Notifications owed now", hub["outbox_due"]),
            ("eads_sequencer_lease_age_seconds", "Since the lease was renewed", age),
        ):
            # A lease that nobody ever took is infinitely old.
            yield GaugeMetricFamily(name, text, value=float("inf") if value is None else value)


def _is_allowed(request: HttpRequest) -> bool:
    """Loopback or an allowed network; and not through a proxy, whose own address says nothing."""
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or any(address in network for network in settings.EADS_METRICS_ALLOW)


class MetricsView(PlainView):
    """Figures for monitoring, in the Prometheus text form."""

    capability = Capability.PUBLIC

    @staticmethod
    @extend_schema(
        responses={(200, "text/plain"): OpenApiTypes.STR, **_problems("not-found", "busy")},
        examples=[
            OpenApiExample(
                "some figures",
                'eads_notices{state="logged"} 1042.0\neads_log_queue 0.0\n',
                response_only=True,
                media_type="text/plain",
                status_codes=["200"],
            )
        ],
        auth=[],
    )
    def get(request: HttpRequest, principal: Principal | None) -> HttpResponse:
        if not _is_allowed(request):
            raise ProblemError("not-found")
        return HttpResponse(_exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=_NO_STORE)


def _exposition() -> bytes:
    hub = CollectorRegistry()
    try:
        hub.register(HubCollector())
        return generate_latest(request_registry()) + generate_latest(hub)
    except DatabaseError:
        raise _not_ready("The database does not answer.") from None


urlpatterns: list[Any] = [
    path("livez", LiveView.as_view()),
    path("readyz", ReadyView.as_view()),
    path("metrics", MetricsView.as_view()),
]
