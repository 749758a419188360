import uuid
from datetime import timedelta

import pytest
from django.conf import settings as site
from django.utils import timezone

from cluster_admin.kube import connect
from cluster_admin.models import Change
from cluster_admin.settlement import settle
from cluster_admin.tasks import settle_changes
from tests.cluster_admin.fake_api import pod, write_kubeconfig


@pytest.fixture
def made(db, fake_cluster):
    """Record a change of scoring-faq, as an action does."""

    def make(to=3, age=timedelta(), accepted=True, **fields):
        at = timezone.now() - age
        fields = {"cluster": "fake", "namespace": "scoring", "deployment": "scoring-faq", **fields}
        change = Change(
            request=uuid.uuid4(), who="ana", replicas_from=1, replicas_to=to, resource_version="1", **fields
        )
        change.save()
        Change.objects.filter(pk=change.pk).update(at=at, accepted_at=at if accepted else None)
        change.refresh_from_db()
        return change

    return make


def said(change):
    change.refresh_from_db()
    return change.outcome, change.detail.get("code")


def test_nothing_to_settle_asks_no_cluster(db, fake_cluster, api):
    assert (settle_changes(), api.requests) == (0, [])


def test_a_change_is_done_when_every_replica_is_ready(made, api):
    change = made()
    api.set_replicas("scoring-faq", 3)
    assert (settle_changes(), said(change)) == (0, ("running", None))
    api.finish("scoring-faq")
    assert (settle_changes(), said(change)) == (1, ("done", "ready"))
    assert change.finished_at is not None


def test_a_scale_to_zero_is_done_when_no_pod_is_left(made, api):
    change = made(to=0)
    api.set_replicas("scoring-faq", 0)
    settle_changes()
    assert said(change) == ("running", None)
    api.finish("scoring-faq")
    settle_changes()
    assert said(change) == ("done", "ready")


def test_another_number_supersedes_an_accepted_change(made, api):
    change = made()
    api.set_replicas("scoring-faq", 5)
    settle_changes()
    assert (*said(change), change.detail["params"]) == ("superseded", "other-number", {"now": 5})


def test_a_later_change_supersedes_an_earlier_one(made, api):
    earlier, later = made(age=timedelta(seconds=20)), made()
    api.set_replicas("scoring-faq", 3)
    settle_changes()
    assert (said(earlier), said(later)) == (("superseded", "later-change"), ("running", None))


def test_an_unconfirmed_change_is_followed_if_it_arrived_and_failed_if_not(made, api):
    fresh, old = made(accepted=False), made(to=4, age=timedelta(seconds=40), accepted=False)
    settle_changes()
    assert (said(fresh), said(old)) == (("running", None), ("failed", "did-not-arrive"))
    api.set_replicas("scoring-faq", 3)
    api.finish("scoring-faq")
    settle_changes()
    assert said(fresh) == ("done", "ready")


def test_five_minutes_without_an_end_is_not_finished_and_says_why(made, api):
    change = made(age=timedelta(minutes=5))
    api.set_replicas("scoring-faq", 3)
    message = "0/1 nodes are available: 1 Insufficient cpu."
    conditions = [{"type": "PodScheduled", "status": "False", "message": message}]
    api.objects["pods"].append(pod("p", node="", phase="Pending", conditions=conditions, containerStatuses=[]))
    settle_changes()
    assert said(change) == ("failed", "too-late")
    assert change.detail["params"]["cause"]["code"] == "short"


def test_a_deployment_that_is_gone_ends_its_change(made, api):
    change = made()
    api.objects["deployments"].clear()
    settle_changes()
    assert said(change) == ("failed", "deployment-gone")


def test_deployments_that_cannot_be_read_settle_nothing(made, api):
    change = made()
    api.faults["/apis/apps/v1/namespaces/scoring/deployments"] = 403
    assert (settle_changes(), said(change)) == (0, ("running", None))


def test_a_snapshot_older_than_the_answer_settles_nothing(made, api):
    snapshot = connect(site).snapshot()
    change = made()
    assert (settle(change, snapshot), said(change)) == (False, ("running", None))


def test_a_cluster_that_stays_away_ends_a_change_after_its_time(made, tmp_path, settings):
    recent, old = made(), made(age=timedelta(minutes=6))
    settings.KUBECONFIG = write_kubeconfig(tmp_path / "away", "http://127.0.0.1:9")
    assert settle_changes() == 1
    assert (said(recent), said(old)) == (("running", None), ("failed", "not-followed"))
