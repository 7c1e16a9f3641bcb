from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from agencies import views


class AgencyConverter(StringConverter):
    regex = r"[A-Z]{2,3}-[A-Z0-9]{2,16}"


class DigestConverter(StringConverter):
    regex = r"[0-9a-f]{64}"


register_converter(AgencyConverter, "agency")
register_converter(DigestConverter, "digest")

urlpatterns = [
    path("token", views.TokenView.as_view()),
    path("region", views.RegionView.as_view()),
    path("region/<int:version>", views.RegionView.as_view()),
    path("keyrings", views.KeyringsView.as_view()),
    path("keyrings/<agency:agency>", views.KeyringView.as_view()),
    path("keyrings/<agency:agency>/<int:version>", views.KeyringVersionView.as_view()),
    path("grants", views.GrantsView.as_view()),
    path("log/checkpoint", views.CheckpointView.as_view()),
]
