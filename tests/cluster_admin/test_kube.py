import socket
import time

import pytest
from django.conf import settings as site

from cluster_admin import kube
from cluster_admin.cluster_errors import (
    ClusterConflict,
    ClusterForbidden,
    ClusterNonsense,
    ClusterNotFound,
    ClusterRefused,
    ClusterUnreachable,
)
from tests.cluster_admin.fake_api import write_kubeconfig

SCALE = "/apis/apps/v1/namespaces/scoring/deployments/scoring-faq/scale"


@pytest.fixture
def cluster(fake_cluster):
    return kube.connect(site)


def test_a_snapshot_holds_every_kind(cluster, api):
    snapshot = cluster.snapshot()
    assert dict(snapshot.objects) == api.objects
    assert (dict(snapshot.missing), snapshot.whole_cluster) == ({}, True)
    assert len(api.requests) == 5


def test_a_namespaced_account_sees_its_namespace_and_is_told_what_is_missing(cluster, api):
    api.faults.update({"/api/v1/nodes": 403, "/api/v1/pods": 403})
    snapshot = cluster.snapshot()
    assert set(snapshot.objects) == {"pods", "deployments", "replicasets", "events"}
    assert "list nodes" in str(snapshot.missing["nodes"])
    assert (set(snapshot.missing), snapshot.whole_cluster) == ({"nodes"}, False)


def test_a_list_of_another_shape_is_missing_and_the_rest_is_there(cluster, api):
    api.faults["/apis/apps/v1/namespaces/scoring/deployments"] = "garbage"
    snapshot = cluster.snapshot()
    assert set(snapshot.missing) == {"deployments"}


def test_scale_is_read_and_patched_with_the_version_seen(cluster, api):
    assert cluster.read_scale("scoring-faq") == kube.Scale(1, "100")
    assert cluster.patch_scale("scoring-faq", 3, "100") == kube.Scale(3, "101")
    assert api.patches() == [{"metadata": {"resourceVersion": "100"}, "spec": {"replicas": 3}}]


def test_zero_replicas_are_left_out_by_the_server_and_read_as_zero(cluster):
    cluster.patch_scale("scoring-faq", 0, "100")
    assert cluster.read_scale("scoring-faq").replicas == 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (401, ClusterForbidden),
        (403, ClusterForbidden),
        (404, ClusterNotFound),
        (409, ClusterConflict),
        (422, ClusterRefused),
        (429, ClusterRefused),
        (500, ClusterNonsense),
        (302, ClusterNonsense),
        ("garbage", ClusterNonsense),
        ("list", ClusterNonsense),
        ("close", ClusterUnreachable),
    ],
)
def test_every_fault_becomes_an_error_for_a_person_and_a_write_is_sent_once(cluster, api, fault, error):
    api.faults[f"PATCH {SCALE}"] = fault
    with pytest.raises(error) as caught:
        cluster.patch_scale("scoring-faq", 3, "100")
    assert str(caught.value.message)
    assert len(api.patches()) == 1


@pytest.mark.parametrize("fault", ["slow", "drip"])
def test_a_call_ends_in_time_even_if_the_answer_comes_drop_by_drop(cluster, api, fault):
    api.faults[SCALE] = fault
    began = time.monotonic()
    with pytest.raises(ClusterUnreachable):
        cluster.read_scale("scoring-faq")
    assert time.monotonic() - began < kube.CALL_SECONDS + 4


def test_a_refused_connection_tells_that_nothing_was_sent(tmp_path, settings):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    settings.CLUSTER, settings.KUBECONFIG = "practice", write_kubeconfig(tmp_path / "config", address)
    with pytest.raises(ClusterUnreachable) as caught:
        kube.connect(settings).patch_scale("scoring-faq", 3, "100")
    assert not caught.value.sent


def test_the_practice_cluster_never_reads_a_kubeconfig_that_lies_about(tmp_path, settings, monkeypatch, fake_cluster):
    monkeypatch.setenv("KUBECONFIG", str(fake_cluster))
    settings.CLUSTER, settings.KUBECONFIG, settings.STATE_DIR = "practice", None, tmp_path / "empty"
    with pytest.raises(ClusterUnreachable):
        kube.connect(settings)


def test_a_new_practice_kubeconfig_is_read_without_a_restart(fake_cluster, tmp_path, settings):
    settings.CLUSTER, settings.KUBECONFIG, settings.STATE_DIR = "practice", None, tmp_path
    kept = tmp_path / kube.KUBECONFIG_FILE
    write_kubeconfig(kept, "http://127.0.0.1:9")
    with pytest.raises(ClusterUnreachable):
        kube.connect(settings).snapshot()
    kept.unlink()
    kept.write_bytes(fake_cluster.read_bytes())
    assert kube.connect(settings).snapshot().objects["nodes"]


def test_names_and_flags_tell_which_cluster_it_is(fake_cluster, settings):
    cluster = kube.connect(settings)
    assert (cluster.name, cluster.practice) == ("fake", False)
    assert cluster.flags == ("--kubeconfig", str(fake_cluster), "--context", "fake")
    settings.CLUSTER = "practice"
    assert (kube.connect(settings).name, kube.connect(settings).practice) == ("practice", True)


@pytest.mark.parametrize(("mode", "context"), [("in-cluster", ""), ("kubeconfig", "no-such-context")])
def test_a_configuration_that_is_not_there_is_an_unreachable_cluster(fake_cluster, settings, mode, context):
    settings.CLUSTER, settings.KUBE_CONTEXT = mode, context
    with pytest.raises(ClusterUnreachable):
        kube.connect(settings)


@pytest.mark.parametrize("content", ["", "[]", "a: [", "clusters: 5", "current-context: x\ncontexts: [1]"])
def test_a_broken_kubeconfig_is_an_unreachable_cluster(tmp_path, settings, content):
    settings.CLUSTER, settings.KUBECONFIG = "practice", tmp_path / "config"
    settings.KUBECONFIG.write_text(content)
    with pytest.raises(ClusterUnreachable):
        kube.connect(settings)


def test_the_log_is_text_and_a_strange_name_is_never_sent(cluster, api):
    assert cluster.pod_log("scoring-faq-abc-1") == "loaded\nready\n"
    asked = len(api.requests)
    for name in ("..", "a/b", "a?b", "", "é"):
        with pytest.raises(ClusterNotFound):
            cluster.pod_log(name)
    assert len(api.requests) == asked
