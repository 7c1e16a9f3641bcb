from __future__ import annotations

from django.urls import path

from notices.stats_views import StatsView

urlpatterns = [path("stats", StatsView.as_view())]
