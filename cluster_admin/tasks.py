"""Work that goes on without a page."""

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from cluster_admin.cluster_errors import ClusterError
from cluster_admin.kube import connect
from cluster_admin.models import Change
from cluster_admin.settlement import expire, settle_running

log = logging.getLogger(__name__)


@shared_task(name="cluster_admin.tasks.settle_changes", ignore_result=True)  # type: ignore[untyped-decorator]
def settle_changes() -> int:
    """Settle the running changes; returns how many. Asks the cluster only where there is one to settle."""
    if not Change.objects.filter(outcome=Change.Outcome.RUNNING).exists():
        return 0
    settled = 0
    try:
        cluster = connect(settings)
        settled = settle_running(cluster.name, cluster.snapshot())
    except ClusterError as error:
        log.warning("changes are not settled: %s", error)
    return settled + expire(timezone.now())
