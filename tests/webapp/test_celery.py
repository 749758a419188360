"""The schedule names tasks that exist, and the site sends to the broker of the settings."""

from celery import current_app
from django.conf import settings

from webapp.celery import app


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled - set(app.tasks) == set()
    assert {"webapp.results.tasks.purge", "webapp.batches.tasks.purge"} <= scheduled


def test_the_sites_own_process_knows_the_application():
    assert current_app.conf.broker_url == app.conf.broker_url == settings.CELERY_BROKER_URL
