"""What has expired goes."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from webapp.results.models import Feedback, KeptAnswer


@shared_task(name="webapp.results.tasks.purge", ignore_result=True)  # type: ignore[untyped-decorator]
def purge() -> int:
    """Delete kept answers after their day, and votes after FEEDBACK_DAYS; returns how many rows."""
    now = timezone.now()
    kept, _ = KeptAnswer.objects.filter(expires_at__lte=now).delete()
    votes, _ = Feedback.objects.filter(given_at__lte=now - timedelta(days=settings.FEEDBACK_DAYS)).delete()
    return kept + votes
