"""The Celery application: broker and schedule are in settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

app = Celery("webapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["cluster_admin", "webapp.results", "webapp.batches", "webapp.albums"])
