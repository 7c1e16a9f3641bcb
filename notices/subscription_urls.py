from __future__ import annotations

from django.urls import path

from notices import subscription_views as views

urlpatterns = [
    path("subscriptions", views.SubscriptionsView.as_view()),
    path("subscriptions/<uuid:identifier>", views.SubscriptionView.as_view()),
    path("subscriptions/<uuid:identifier>/enable", views.EnableView.as_view()),
]
