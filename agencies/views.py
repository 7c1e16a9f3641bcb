from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies import schema, services
from agencies.authentication import TOKEN_SECONDS, Principal, principal_of
from agencies.capabilities import Capability
from agencies.endpoint import PlainView, content_length, read_body
from agencies.models import Agency
from eads.problems import ProblemError
from eads_wire import limits
from eads_wire.encoding import as_agency, decode_json, to_base64
from transparency.documents import latest_region
from transparency.log_watch import watch
from transparency.models import KeyringDocument, RegionDocument
from transparency.sequencer import latest_checkpoint

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"


class TokenView(APIView):
    """Exchange a signed assertion for a bearer token."""

    capability = Capability.PUBLIC

    @extend_schema(
        request={_FORM: schema.TokenRequest},
        responses=schema.answers({200: schema.Token}, "bad-assertion", "replayed-assertion"),
        examples=[schema.TOKEN_EXAMPLE],
        auth=[],
    )
    def post(self, request: Request) -> Response:
        content_length(request, 16 * limits.KIB)
        if (request.content_type or "").partition(";")[0] != _FORM:
            raise ProblemError("unsupported-media-type", f"Send {_FORM}.")
        form = request._request.POST
        if form.get("grant_type") != JWT_BEARER or "assertion" not in form:
            raise ProblemError("bad-request", f"Send grant_type={JWT_BEARER} and assertion.")
        token = services.exchange_assertion(form["assertion"], form.get("assertion_pq"))
        return Response(
            {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS},
            headers={"Cache-Control": "no-store"},
        )


def _document(row: Any, **names: Any) -> Response:
    if row is None:
        raise ProblemError("not-found")
    document = decode_json(bytes(row.document), limit=limits.KEYRING_BYTES, what="document")
    return Response({**names, "version": row.version, "index": row.index, "document": document})


class RegionView(APIView):
    """The region document: who is a member."""

    capability = Capability.PUBLIC

    @extend_schema(responses=schema.answers({200: schema.RegionAnswer}, "not-found"), auth=[])
    def get(self, request: Request, version: int | None = None) -> Response:
        region = latest_region()
        if region is None:
            raise ProblemError("not-found", "This hub has no region yet.")
        number = region.version.number if version is None else version
        rows = RegionDocument.objects.filter(version=number, index__isnull=False)
        return _document(rows.first())


class KeyringsView(APIView):
    """The newest keyring of every member, by digest."""

    capability = Capability.DIRECTORY_READ

    @extend_schema(responses=schema.answers({200: schema.Keyrings}))
    def get(self, request: Request) -> Response:
        digests = Agency.objects.exclude(keyring_digest="").values_list("keyring_digest", flat=True)
        rows = KeyringDocument.objects.filter(digest__in=list(digests)).order_by("agency")
        return Response({"keyrings": list(rows.values("agency", "version", "index", "digest"))})


class KeyringView(APIView):
    """An agency's keyring. A keyring speaks for itself: publishing needs no token."""

    capability = {"GET": Capability.DIRECTORY_READ, "PUT": Capability.PUBLIC}

    @extend_schema(responses=schema.answers({200: schema.KeyringAnswer}, "not-found"))
    def get(self, request: Request, agency: str) -> Response:
        rows = KeyringDocument.objects.filter(agency=agency, index__isnull=False)
        return _document(rows.order_by("-version").first(), agency=agency)

    @extend_schema(
        request=schema.Document,
        responses=schema.answers(
            {201: schema.Placed, 202: schema.Placed, 200: schema.Placed},
            *("stale", "unknown-key", "bad-signature", "no-quorum", "revoked-key"),
            *("malformed", "wrong-agency", "version-conflict", "not-found"),
        ),
        auth=[],
    )
    def put(self, request: Request, agency: str) -> Response:
        raw = read_body(request, limits.KEYRING_BYTES)
        keyring, new = services.publish_keyring(as_agency(agency), raw)
        watch.wait(keyring.digest, settings.EADS_LOG_WAIT_SECONDS)
        row = KeyringDocument.objects.get(digest=keyring.digest)
        status = 202 if row.index is None else 201 if new else 200
        return Response({"digest": keyring.digest, "index": row.index}, status=status)


class KeyringVersionView(APIView):
    """One version of an agency's keyring."""

    capability = Capability.DIRECTORY_READ

    @extend_schema(responses=schema.answers({200: schema.KeyringAnswer}, "not-found"))
    def get(self, request: Request, agency: str, version: int) -> Response:
        rows = KeyringDocument.objects.filter(agency=agency, index__isnull=False, version=version)
        return _document(rows.first(), agency=agency)


class GrantsView(APIView):
    """An agency's epoch seeds, sealed to its officers: opaque to the hub."""

    capability = {"GET": Capability.DIRECTORY_READ, "PUT": Capability.GRANTS_WRITE}

    @extend_schema(responses=schema.answers({200: schema.GrantList}))
    def get(self, request: Request) -> Response:
        rows = services.grants_of(principal_of(request))
        return Response({"grants": [{**r, "grant": to_base64(bytes(r["grant"]))} for r in rows]})

    @extend_schema(
        request=schema.GrantsRequest,
        responses=schema.answers({204: None}, "malformed", "unknown-key"),
    )
    def put(self, request: Request) -> Response:
        raw = read_body(request, 2 * limits.MIB)
        body = decode_json(raw, limit=2 * limits.MIB, what="grants")
        services.put_grants(principal_of(request), body)
        return Response(status=204)


class CheckpointView(PlainView):
    """The newest checkpoint of the log."""

    capability = Capability.DIRECTORY_READ

    @staticmethod
    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(request: HttpRequest, principal: Principal) -> HttpResponse:
        text = latest_checkpoint()
        if not text:
            raise ProblemError("not-found", "The log is empty.")
        return HttpResponse(
            text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
        )
