from __future__ import annotations

from typing import Any

from django.urls import include, path

from eads import problems
from eads.admin_site import site
from eads.schema import OpenApiView

api: list[Any] = [
    path("openapi.json", OpenApiView.as_view()),
    path("", include("agencies.urls")),
    path("", include("notices.urls")),
]

urlpatterns = [
    path("api/v1/", include(api)),
    path("", include("eads.health")),
    path("admin/", site.urls),
    path("accounts/", include("allauth.urls")),
]

handler400 = problems.bad_request
handler404 = problems.not_found
handler500 = problems.internal
