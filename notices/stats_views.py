from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies import schema
from agencies.authentication import principal_of
from agencies.capabilities import Capability
from notices.stats import agency_figures

_Counts = serializers.DictField(child=serializers.IntegerField(), help_text="By type of notice.")
Stats = schema.shape(
    "Stats",
    agency=schema.text(),
    mailbox_head=schema.number("The last position in the agency's mailbox."),
    sent=_Counts,
    received=_Counts,
    pending=schema.number("Waiting for signatures: the agency's own, and for its reviewer."),
    receipts_overdue=schema.number("Recipients who have not signed in time."),
)


class StatsView(APIView):
    """Figures of the agency that asks, counted from headers."""

    capability = Capability.STATS_READ

    @extend_schema(responses=schema.answers({200: Stats}))
    def get(self, request: Request) -> Response:
        return Response(
            agency_figures(principal_of(request).agency, principal_of(request).mailbox_head)
        )
