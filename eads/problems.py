"""Problems: how an error leaves the hub (specs/problems.md; RFC 9457)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from rest_framework import exceptions

from eads_wire.errors import WireError
from eads_wire.problems import MEDIA_TYPE, PROBLEMS, TYPE_PREFIX

logger = logging.getLogger(__name__)


class ProblemError(Exception):
    """An answer that is an error.

    Args:
        code: one of :data:`eads_wire.problems.PROBLEMS`; another cannot be raised.
        detail: what is wrong and what to do; never content of a notice.
        retry_after: seconds, where waiting helps.
        extra: further members of the answer, such as ``received`` of an upload.
    """

    def __init__(
        self, code: str, detail: str = "", *, retry_after: int | None = None, **extra: Any
    ) -> None:
        self.problem = PROBLEMS[code]
        self.code = code
        self.detail = detail or self.problem.title + "."
        self.retry_after = retry_after
        self.extra: Mapping[str, Any] = extra
        super().__init__(f"{code}: {self.detail}")


def of_wire_error(error: WireError) -> ProblemError:
    """The problem of a failed stage."""
    detail = error.detail[:1].upper() + error.detail[1:] + "."
    return ProblemError(error.stage, detail)


def problem_body(error: ProblemError) -> dict[str, Any]:
    body = {
        "type": TYPE_PREFIX + error.code,
        "title": error.problem.title,
        "status": error.problem.status,
        "code": error.code,
        "detail": error.detail,
        **error.extra,
    }
    if error.retry_after is not None:
        body["retry_after"] = error.retry_after
    return body


def problem_response(error: ProblemError) -> HttpResponse:
    response = HttpResponse(
        json.dumps(problem_body(error)), status=error.problem.status, content_type=MEDIA_TYPE
    )
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    if error.problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


_FRAMEWORK: dict[type[Exception], str] = {
    exceptions.ParseError: "bad-request",
    exceptions.AuthenticationFailed: "unauthenticated",
    exceptions.NotAuthenticated: "unauthenticated",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not-found",
    exceptions.MethodNotAllowed: "method-not-allowed",
    exceptions.NotAcceptable: "not-acceptable",
    exceptions.UnsupportedMediaType: "unsupported-media-type",
    exceptions.Throttled: "quota-exceeded",
    # Django's own, which the REST framework passes on unchanged.
    Http404: "not-found",
    BadRequest: "bad-request",
    SuspiciousOperation: "bad-request",
    UnreadablePostError: "slow-client",
}


def as_problem(error: Exception) -> ProblemError | None:
    """The problem that an exception stands for, or None for one that nobody foresaw."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, WireError):
        return of_wire_error(error)
    code = next((c for kind, c in _FRAMEWORK.items() if isinstance(error, kind)), None)
    if code is None and isinstance(error, exceptions.APIException):
        code = "bad-request"
    return None if code is None else ProblemError(code)


def handler(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Exception handler of the REST framework."""
    problem = as_problem(error)
    if problem is None:
        logger.error("Unforeseen error", exc_info=error)
        problem = ProblemError("internal")
    return problem_response(problem)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(ProblemError("not-found"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_response(ProblemError("bad-request"))


def internal(request: HttpRequest) -> HttpResponse:
    return problem_response(ProblemError("internal"))
