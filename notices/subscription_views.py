from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies.authentication import Principal
from agencies.capabilities import Capability
from agencies.endpoint import read_body
from agencies.schema import answers, shape, text
from eads_wire.encoding import decode_json, format_time
from eads_wire.limits import KIB
from notices import subscriptions
from notices.models import Channel, Subscription

_BODY_BYTES = 4 * KIB
_EXAMPLE: dict[str, Any] = {
    "id": "01981f3e-5a00-7c11-9d55-3f0a6c2b7e90",
    "kind": "webhook",
    "target": "https://desk.rtp.example/e-ads",
    "enabled": True,
    "created": "2026-03-02T08:15:00Z",
    "failing_since": None,
    "last_success": None,
}
_FIELDS: dict[str, Any] = {
    "id": serializers.UUIDField(),
    "kind": serializers.ChoiceField(choices=Channel.values),
    "target": text(),
    "enabled": serializers.BooleanField(help_text="False after a week of failure, or a 410."),
    "created": serializers.DateTimeField(),
    "failing_since": serializers.DateTimeField(allow_null=True),
    "last_success": serializers.DateTimeField(allow_null=True, help_text="To the minute."),
}
SubscriptionRequest = shape(
    "SubscriptionRequest",
    kind=serializers.ChoiceField(choices=Channel.values),
    target=text("An https address, or an e-mail address."),
)
SubscriptionAnswer = shape("Subscription", **_FIELDS)
NewSubscription = shape(
    "NewSubscription",
    **_FIELDS,
    secret=text("Of a webhook: whsec_ and base64. Shown this once.", required=False),
)
SubscriptionList = shape(
    "SubscriptionList", subscriptions=serializers.ListField(child=SubscriptionAnswer)
)
REQUEST_EXAMPLE = OpenApiExample(
    "A webhook",
    value={"kind": "webhook", "target": "https://desk.rtp.example/e-ads"},
    request_only=True,
)
NEW_EXAMPLE = OpenApiExample(
    "A new webhook",
    value={**_EXAMPLE, "secret": "whsec_b25seSBhbiBleGFtcGxlOiBtYWtlIHlvdXIgb3duLi4="},
    response_only=True,
    status_codes=["201"],
)
LIST_EXAMPLE = OpenApiExample(
    "One subscription",
    value={"subscriptions": [_EXAMPLE]},
    response_only=True,
    status_codes=["200"],
)
ENABLED_EXAMPLE = OpenApiExample(
    "Enabled again", value=_EXAMPLE, response_only=True, status_codes=["200"]
)


def describe(row: Subscription) -> dict[str, Any]:
    """A subscription as the API shows it: without its secret."""
    moments = {"failing_since": row.failing_since, "last_success": row.last_success}
    return {
        "id": str(row.id),
        "kind": row.kind,
        "target": row.target,
        "enabled": row.enabled,
        "created": format_time(row.created),
        **{name: moment and format_time(moment) for name, moment in moments.items()},
    }


def _asking(request: Request) -> Principal:
    return cast(Principal, request.auth)


class SubscriptionsView(APIView):
    """Where the agency wants to hear that there is mail."""

    capability = Capability.SUBSCRIPTIONS

    @extend_schema(responses=answers({200: SubscriptionList}), examples=[LIST_EXAMPLE])
    def get(self, request: Request) -> Response:
        rows = subscriptions.list_of(_asking(request).agency)
        return Response({"subscriptions": [describe(row) for row in rows]})

    @extend_schema(
        request=SubscriptionRequest,
        responses=answers(
            {201: NewSubscription},
            *("malformed", "too-large", "refused-address", "quota-exceeded"),
        ),
        examples=[REQUEST_EXAMPLE, NEW_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        raw = read_body(request, _BODY_BYTES)
        body = decode_json(raw, limit=_BODY_BYTES, what="subscription")
        row = subscriptions.create(_asking(request), body)
        secret = {"secret": row.secret} if row.secret else {}
        return Response(
            {**describe(row), **secret}, status=201, headers={"Cache-Control": "no-store"}
        )


class SubscriptionView(APIView):
    """One subscription."""

    capability = Capability.SUBSCRIPTIONS

    @extend_schema(responses=answers({204: None}, "not-found"))
    def delete(self, request: Request, identifier: UUID) -> Response:
        subscriptions.delete(_asking(request).agency, identifier)
        return Response(status=204)


class EnableView(APIView):
    """Start a subscription again that was disabled."""

    capability = Capability.SUBSCRIPTIONS

    @extend_schema(
        request=None,
        responses=answers({200: SubscriptionAnswer}, "not-found", "refused-address"),
        examples=[ENABLED_EXAMPLE],
    )
    def post(self, request: Request, identifier: UUID) -> Response:
        return Response(describe(subscriptions.enable(_asking(request).agency, identifier)))
