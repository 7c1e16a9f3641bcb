"""Plain views: the paths that are asked for most, without the framework's cost.

A ``PlainView`` is declared like a REST framework view (capability, documentation, one method per
HTTP verb) and so stands in the same tables and the same OpenAPI description; what is called is a
plain function.
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import UnreadablePostError
from rest_framework.views import APIView

from agencies.authentication import Principal, authenticate_header
from agencies.capabilities import Capability, capability_of, check_capability
from eads.problems import ProblemError, as_problem, problem_response

logger = logging.getLogger(__name__)


class PlainView(APIView):
    """Base of plain views; each verb is a static method ``(request, principal, **route)``."""

    capability: ClassVar[Capability | dict[str, Capability] | None] = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        def view(request: HttpRequest, **route: Any) -> HttpResponseBase:
            try:
                method = getattr(cls, (request.method or "").lower(), None)
                if method is None or request.method not in cls.allowed():
                    raise ProblemError("method-not-allowed")
                principal = _authorise(request, capability_of(cls, request.method or ""))
                answer: HttpResponseBase = method(request, principal, **route)
                return answer
            except Exception as error:
                return _answer_for(error)

        view.cls = cls  # type: ignore[attr-defined]
        view.initkwargs = initkwargs  # type: ignore[attr-defined]
        view.csrf_exempt = True  # type: ignore[attr-defined]
        return view

    @classmethod
    def allowed(cls) -> list[str]:
        """The verbs that this view answers."""
        return [v.upper() for v in ("get", "head", "put", "post", "delete") if hasattr(cls, v)]


def _authorise(request: HttpRequest, capability: Capability | None) -> Principal | None:
    if capability is Capability.PUBLIC:
        return None
    principal = authenticate_header(request.META.get("HTTP_AUTHORIZATION", ""))
    check_capability(principal.roles, capability)
    return principal


def _answer_for(error: Exception) -> HttpResponse:
    problem = as_problem(error)
    if problem is None:
        logger.error("Unforeseen error", exc_info=error)
        problem = ProblemError("internal")
    return problem_response(problem)


def content_length(request: HttpRequest, limit: int) -> int:
    """The announced size of the body, in bytes.

    Raises:
        ProblemError: ``bad-request`` without one, ``too-large`` above the limit.
    """
    text = request.META.get("CONTENT_LENGTH") or ""
    if not text.isascii() or not text.isdigit():
        raise ProblemError("bad-request", "Send a Content-Length.")
    length = int(text)
    if length > limit:
        raise ProblemError("too-large", f"The body may have {limit} bytes.")
    return length


def read_body(request: Any, limit: int, media_type: str = "application/json") -> bytes:
    """The body, its size and media type checked before a byte of it is read.

    Raises:
        ProblemError: ``too-large``, ``unsupported-media-type``, ``slow-client``, ``bad-request``.
    """
    length = content_length(request, limit)
    kind = (request.META.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    if kind != media_type:
        raise ProblemError("unsupported-media-type", f"Send {media_type}.")
    return read_exactly(request, length)


def read_exactly(request: Any, length: int) -> bytes:
    """``length`` bytes of the body. Raises ProblemError ``slow-client`` or ``bad-request``."""
    try:
        content: bytes = request.read(length)
    except (UnreadablePostError, OSError):
        raise ProblemError("slow-client", "Send the request again.", retry_after=1) from None
    if len(content) != length:
        raise ProblemError("bad-request", "The body is shorter than its Content-Length.")
    return content
