"""The Celery application: doorbells for work whose truth is a row in the database."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eads.settings")

app = Celery("eads")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
