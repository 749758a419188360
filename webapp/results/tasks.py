"""What has expired goes."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from webapp.results.keeping import KINDS
from webapp.results.models import Correction, Feedback


@shared_task(name="webapp.results.tasks.purge", ignore_result=True)  # type: ignore[untyped-decorator]
def purge() -> int:
    """Delete kept answers after their day, votes and corrections after FEEDBACK_DAYS; returns how many rows."""
    now = timezone.now()
    over = [kind._default_manager.filter(expires_at__lte=now) for kind in KINDS]
    oldest = now - timedelta(days=settings.FEEDBACK_DAYS)
    old = [Feedback.objects.filter(given_at__lte=oldest), Correction.objects.filter(given_at__lte=oldest)]
    return sum(rows.delete()[0] for rows in (*over, *old))
