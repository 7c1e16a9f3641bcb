"""Sessions, cookies and forms exist on the Secretariat's pages and nowhere else."""

from __future__ import annotations

import asyncio

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import AsyncClient, Client
from django.urls import path

from eads.middleware import AdminOnly


def what_it_has(request: HttpRequest) -> JsonResponse:
    return JsonResponse({name: hasattr(request, name) for name in ("session", "user")})


async def what_it_has_async(request: HttpRequest) -> JsonResponse:
    return what_it_has(request)


def take_form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("taken")


urlpatterns = [
    path("api/v1/look", what_it_has),
    path("api/v1/look-async", what_it_has_async),
    path("admin/look", what_it_has),
    path("admin/form", take_form),
    path("api/v1/form", take_form),
]

pytestmark = pytest.mark.urls(__name__)


def test_an_api_request_carries_no_session():
    answer = Client().get("/api/v1/look")
    assert answer.json() == {"session": False, "user": False}
    assert "Content-Security-Policy" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_admin_request_has_session_user_and_policy():
    answer = Client().get("/admin/look")
    assert answer.json() == {"session": True, "user": True}
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_form_without_its_token_is_refused_under_admin():
    assert Client(enforce_csrf_checks=True).post("/admin/form").status_code == 403


def test_an_api_post_needs_no_form_token():
    assert Client(enforce_csrf_checks=True).post("/api/v1/form").content == b"taken"


def test_the_same_holds_in_an_asynchronous_process():
    async def ask() -> tuple[dict, dict, dict, int]:
        client = AsyncClient()
        strict = AsyncClient(enforce_csrf_checks=True)
        return (
            (await client.get("/api/v1/look-async")).json(),
            (await client.get("/api/v1/look")).json(),
            (await client.get("/admin/look")).json(),
            (await strict.post("/admin/form")).status_code,
        )

    nothing = {"session": False, "user": False}
    assert asyncio.run(ask()) == (nothing, nothing, {"session": True, "user": True}, 403)


def test_static_files_of_the_admin_are_served():
    answer = Client().get("/static/admin/css/base.css")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/css")
    assert b"".join(answer.streaming_content)


class WithException:
    def __init__(self, get_response):
        self.get_response = get_response

    def process_exception(self, request, exception):
        return None


def test_middleware_whose_hooks_would_be_lost_is_refused(settings, rf):
    settings.EADS_ADMIN_MIDDLEWARE = [f"{__name__}.WithException"]
    guard = AdminOnly(lambda request: HttpResponse())
    with pytest.raises(TypeError, match="process_exception"):
        guard(rf.get("/admin/look"))
