from __future__ import annotations

import json
import re
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies.authentication import Principal, principal_of
from agencies.capabilities import Capability
from agencies.endpoint import PlainView, content_length, read_body
from agencies.schema import Document, Placed, answers
from eads.problems import ProblemError
from eads_wire import limits
from eads_wire.encoding import AgencyId, decode_json
from notices import blobs, mailbox, receipts, schema, services
from notices.models import Receipt, State
from transparency.log_watch import watch

_BYTES_RANGE = re.compile(r"bytes=(\d{1,10})-(\d{0,10})")


def _standing(standing: services.Standing) -> Response:
    logged = standing.notice.index is not None
    refused = standing.notice.state == State.REFUSED
    if refused:
        raise ProblemError("refused", f"Refused: {standing.notice.reason}.")
    return Response(standing.to_json(), status=201 if logged else 202)


class NoticesView(APIView):
    """Post a sealed notice."""

    capability = Capability.NOTICES_POST

    @extend_schema(
        request=schema.Envelope,
        responses=answers({201: schema.Standing, 202: schema.Standing}, *schema.POST_PROBLEMS),
        examples=[schema.ENVELOPE_EXAMPLE, schema.LOGGED_EXAMPLE, schema.PENDING_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        raw = read_body(request, limits.ENVELOPE_BYTES)
        return _standing(services.post_notice(principal_of(request), raw))


class SignaturesView(APIView):
    """Add an officer's signature to a notice that waits."""

    capability = Capability.NOTICES_SIGN

    @extend_schema(
        request=schema.Signature,
        responses=answers({201: schema.Standing, 202: schema.Standing}, *schema.SIGN_PROBLEMS),
        examples=[schema.LOGGED_EXAMPLE],
    )
    def post(self, request: Request, digest: str) -> Response:
        body = decode_json(read_body(request, 16 * limits.KIB), limit=16384, what="signature")
        return _standing(services.add_signature(principal_of(request), digest, body))


class PendingView(APIView):
    """Notices that wait for signatures of this agency."""

    capability = Capability.NOTICES_SIGN

    @extend_schema(responses=answers({200: schema.Pending}))
    def get(self, request: Request) -> Response:
        agency = principal_of(request).agency
        rows = services.pending_notices(agency)
        return Response(
            {
                "notices": [
                    {
                        "digest": row.notice.digest,
                        "missing": list(row.missing),
                        "received": row.notice.received.strftime("%Y-%m-%dT%H:%M:%SZ"),
                        "envelope": mailbox.pending_envelope(row.notice, agency),
                    }
                    for row in rows
                ]
            }
        )


class NoticeView(APIView):
    """Where a revision stands, and its envelope for a recipient."""

    capability = {"GET": Capability.NOTICES_READ, "DELETE": Capability.NOTICES_SIGN}

    @extend_schema(
        responses=answers({200: schema.NoticeAnswer}, "not-found", "erased"),
        examples=[schema.LOGGED_EXAMPLE],
    )
    def get(self, request: Request, digest: str) -> Response:
        return Response(mailbox.read_notice(principal_of(request).agency, digest))

    @extend_schema(responses=answers({204: None}, "not-found", "not-pending"))
    def delete(self, request: Request, digest: str) -> Response:
        """Take back a notice of one's own that still waits for a signature."""
        services.return_notice(principal_of(request).agency, digest)
        return Response(status=204)


class NoticeReceiptsView(APIView):
    """For the issuer: how far a revision has come with each recipient."""

    capability = Capability.RECEIPTS_READ

    @extend_schema(responses=answers({200: schema.Receipts}, "not-found"))
    def get(self, request: Request, digest: str) -> Response:
        return Response(receipts.receipts_of(principal_of(request).agency, digest))


class ReceiptsView(APIView):
    """Post a signed receipt."""

    capability = Capability.RECEIPTS_POST

    @extend_schema(
        request=Document,
        responses=answers(
            {201: Placed, 202: Placed, 200: Placed},
            *("malformed", "unknown-key", "revoked-key", "bad-signature"),
            *("wrong-agency", "not-a-recipient"),
        ),
    )
    def post(self, request: Request) -> Response:
        raw = read_body(request, limits.RECEIPT_BYTES)
        digest, new = receipts.post_receipt(principal_of(request), raw)
        watch.wait(digest, settings.EADS_LOG_WAIT_SECONDS)
        index = Receipt.objects.values_list("index", flat=True).get(digest=digest)
        status = 202 if index is None else 201 if new else 200
        return Response({"digest": digest, "index": index}, status=status)


def page_arguments(request: HttpRequest) -> tuple[int, int, int]:
    """``after``, ``limit`` and ``wait`` of a mailbox request. Raises ProblemError."""
    after = _number(request, "after", 0, 2**53)
    limit = _number(request, "limit", 100, mailbox.MOST_ENTRIES)
    wait = _number(request, "wait", 0, mailbox.LONGEST_WAIT)
    if limit < 1:
        raise ProblemError("bad-request", "limit is from 1 to 1000.")
    return after, limit, wait


def _number(request: HttpRequest, name: str, default: int, most: int) -> int:
    text = request.GET.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 16 or int(text) > most:
        raise ProblemError("bad-request", f"{name} is a number from 0 to {most}.")
    return int(text)


def mailbox_response(
    request: HttpRequest, agency: AgencyId, head: int, after: int, limit: int
) -> HttpResponse:
    """A page, or 304 when the reader has it."""
    tag = mailbox.etag(head, after, limit)
    headers = {"ETag": tag, "Cache-Control": "no-store"}
    if request.META.get("HTTP_IF_NONE_MATCH") == tag:
        return HttpResponse(status=304, headers=headers)
    page = mailbox.read_page(agency, head, after, limit)
    return HttpResponse(page, content_type="application/json", headers=headers)


class MailboxView(PlainView):
    """The mailbox of the agency, in pages. ``wait`` is served by the live process."""

    capability = Capability.NOTICES_READ

    @staticmethod
    @extend_schema(
        parameters=[
            OpenApiParameter("after", int, description="The last position that is held."),
            OpenApiParameter("limit", int, description="Most entries, 1 to 1000."),
            OpenApiParameter("wait", int, description="Seconds to wait for mail, 0 to 60."),
        ],
        responses=answers({200: schema.Mailbox, 304: None}, "bad-request"),
        examples=[schema.MAILBOX_EXAMPLE],
    )
    def get(request: HttpRequest, principal: Principal) -> HttpResponse:
        after, limit, _ = page_arguments(request)
        return mailbox_response(request, principal.agency, principal.mailbox_head, after, limit)


class StreamView(PlainView):
    """Server-sent events: new mail up to position n. Served by the live process."""

    capability = Capability.NOTICES_READ

    @staticmethod
    @extend_schema(responses={(200, "text/event-stream"): OpenApiTypes.STR})
    def get(request: HttpRequest, principal: Principal) -> HttpResponse:
        raise ProblemError("busy", "Streams are served by the live process.", retry_after=5)


class BlobView(PlainView):
    """Sealed files, by the SHA-256 of their ciphertext."""

    capability = {
        "PUT": Capability.NOTICES_POST,
        "GET": Capability.NOTICES_READ,
        "HEAD": Capability.NOTICES_READ,
    }

    @staticmethod
    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=answers(
            {201: None, 200: None, 202: schema.Received},
            *("too-large", "bad-request", "wrong-offset", "blob-mismatch", "quota-exceeded"),
        ),
    )
    def put(request: HttpRequest, principal: Principal, sha256: str) -> HttpResponse:
        length = content_length(request, limits.FILE_BYTES)
        part = blobs.part_of(request.META.get("HTTP_CONTENT_RANGE"), length)
        if blobs.find_own(principal.agency, sha256) is not None:
            return HttpResponse(status=200)
        received = blobs.put_blob(principal, sha256, part, request)
        if received is None:
            return HttpResponse(status=201)
        return _json({"received": received}, 202)

    @staticmethod
    @extend_schema(
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            **answers({}, "not-found", "range-not-satisfiable"),
        }
    )
    def get(request: HttpRequest, principal: Principal, sha256: str) -> HttpResponseBase:
        blob = blobs.find_readable(principal.agency, sha256)
        return _ranged(request, sha256, blob.size)

    @staticmethod
    @extend_schema(exclude=True)
    def head(request: HttpRequest, principal: Principal, sha256: str) -> HttpResponse:
        try:
            blob = blobs.find_readable(principal.agency, sha256)
        except ProblemError:
            begun = blobs.upload_offset(principal.agency, sha256)
            headers = {} if begun is None else {"Upload-Offset": str(begun)}
            return HttpResponse(status=404, headers=headers)
        return HttpResponse(headers={"Content-Length": str(blob.size), "Accept-Ranges": "bytes"})


def _json(body: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(json.dumps(body), status=status, content_type="application/json")


def _ranged(request: HttpRequest, sha256: str, size: int) -> HttpResponseBase:
    """The blob, or the one range of it that was asked for (RFC 9110 section 14)."""
    headers = {"Accept-Ranges": "bytes", "ETag": f'"{sha256}"', "Cache-Control": "no-store"}
    file = blobs.open_blob(sha256)
    match = _BYTES_RANGE.fullmatch(request.META.get("HTTP_RANGE", ""))
    if match is None:
        return FileResponse(file, content_type="application/octet-stream", headers=headers)
    start = int(match[1])
    stop = min(int(match[2]) + 1 if match[2] else size, size)
    if start >= stop:
        file.close()
        raise ProblemError("range-not-satisfiable")
    file.seek(start)
    content = file.read(stop - start)
    file.close()
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return HttpResponse(
        content, status=206, headers=headers, content_type="application/octet-stream"
    )
