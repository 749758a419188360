import uuid

import pytest
from django.conf import settings as site
from django.core.exceptions import PermissionDenied

from cluster_admin.actions import ReplicasChangedError, ScaleRequest, scale
from cluster_admin.cluster_errors import ClusterConflict, ClusterForbidden, ClusterUnreachable
from cluster_admin.kube import Scale, connect
from cluster_admin.models import AppendOnlyError, Change
from tests.cluster_admin.fake_api import write_kubeconfig

SCALE = "PATCH /apis/apps/v1/namespaces/scoring/deployments/scoring-faq/scale"


@pytest.fixture
def cluster(fake_cluster):
    return connect(site)


def wish(replicas=3, seen=1, version="100"):
    return ScaleRequest("scoring-faq", replicas, Scale(seen, version), uuid.uuid4())


def outcome():
    row = Change.objects.get()
    return row.outcome, row.detail.get("code"), row.accepted_at is not None


def test_a_scale_is_recorded_with_who_from_and_to(cluster, api, people):
    change = scale(cluster, people["operator"], wish())
    row = Change.objects.get(pk=change.pk)
    assert (row.who, row.cluster, row.namespace, row.deployment) == ("operator", "fake", "scoring", "scoring-faq")
    assert (row.replicas_from, row.replicas_to, row.resource_version) == (1, 3, "100")
    assert outcome() == ("running", None, True)
    assert api.deployment("scoring-faq")["spec"]["replicas"] == 3


def test_a_repeated_request_is_one_change(cluster, api, people):
    asked = wish()
    assert scale(cluster, people["operator"], asked).pk == scale(cluster, people["operator"], asked).pk
    assert len(api.patches()) == 1


def test_a_viewer_may_not_and_the_cluster_is_not_asked(cluster, api, people):
    for name in ("viewer", "stranger"):
        with pytest.raises(PermissionDenied):
            scale(cluster, people[name], wish())
    assert (api.requests, Change.objects.count()) == ([], 0)


def test_a_number_changed_meanwhile_is_refused_and_named(cluster, api, people):
    api.set_replicas("scoring-faq", 5)
    with pytest.raises(ReplicasChangedError) as caught:
        scale(cluster, people["operator"], wish())
    assert caught.value.now.replicas == 5
    assert outcome() == ("refused", "other-number", False)
    assert api.deployment("scoring-faq")["spec"]["replicas"] == 5


def test_a_pod_that_became_ready_meanwhile_is_no_conflict(cluster, api, people):
    api.touch("scoring-faq")
    scale(cluster, people["operator"], wish())
    assert outcome() == ("running", None, True)


def test_a_deployment_that_never_rests_is_a_conflict_after_three_attempts(cluster, api, people):
    api.before_patch = lambda: api.touch("scoring-faq")
    with pytest.raises(ClusterConflict):
        scale(cluster, people["operator"], wish())
    assert (outcome(), len(api.patches())) == (("refused", "conflict", False), 3)


def test_a_403_is_refused(cluster, api, people):
    api.faults[SCALE] = 403
    with pytest.raises(ClusterForbidden):
        scale(cluster, people["operator"], wish())
    assert outcome() == ("refused", "forbidden", False)


def test_no_answer_leaves_the_change_open(cluster, api, people):
    api.faults[SCALE] = "close"
    scale(cluster, people["operator"], wish())
    assert outcome() == ("running", None, False)


def test_a_request_that_was_never_sent_has_failed(people, tmp_path, settings):
    settings.CLUSTER = "practice"
    settings.KUBECONFIG = write_kubeconfig(tmp_path / "config", "http://127.0.0.1:9")
    with pytest.raises(ClusterUnreachable):
        scale(connect(settings), people["operator"], wish())
    assert outcome() == ("failed", "unreachable", False)


def test_a_recorded_change_is_neither_rewritten_nor_removed(cluster, people):
    change = scale(cluster, people["operator"], wish())
    change.replicas_to = 7
    for rewrite in (change.save, change.delete):
        with pytest.raises(AppendOnlyError):
            rewrite()
    assert Change.objects.get().replicas_to == 3
