from __future__ import annotations

from django.urls import include, path

from notices import views

urlpatterns = [
    path("notices", views.NoticesView.as_view()),
    path("notices/pending", views.PendingView.as_view()),
    path("notices/<digest:digest>", views.NoticeView.as_view()),
    path("notices/<digest:digest>/signatures", views.SignaturesView.as_view()),
    path("notices/<digest:digest>/receipts", views.NoticeReceiptsView.as_view()),
    path("receipts", views.ReceiptsView.as_view()),
    path("mailbox", views.MailboxView.as_view()),
    path("stream", views.StreamView.as_view()),
    path("blobs/<digest:sha256>", views.BlobView.as_view()),
    path("", include("notices.subscription_urls")),
    path("", include("notices.stats_urls")),
]
