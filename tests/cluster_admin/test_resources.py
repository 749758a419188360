import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cluster_admin.resources import (
    Snapshot,
    read_deployment,
    read_event,
    read_node,
    read_pod,
    read_rows,
    without_starts,
)
from cluster_admin.resources.reading import Amounts
from tests.cluster_admin.fake_api import deployment, node, pod

READERS = (read_pod, read_node, read_deployment, read_event)
ODD = (None, 7, True, "text", [1, "a"], {"a": 1}, [{"type": {}}])
FIELDS = ("metadata", "spec", "status", "involvedObject", "count", "series")
INNER = ("conditions", "containers", "containerStatuses", "initContainerStatuses", "allocatable", "taints", "replicas")


@pytest.mark.parametrize("read", READERS)
def test_an_empty_object_is_a_row(read):
    assert read({}).name == ""


@pytest.mark.parametrize(("read", "odd"), list(itertools.product(READERS, ODD)))
def test_odd_types_are_a_row(read, odd):
    for field in FIELDS:
        read({field: odd})
        read({field: dict.fromkeys((*INNER, "name", "labels", "ownerReferences", "template"), odd)})
        read({field: {inner: [{"name": odd, "state": odd, "resources": odd, "key": odd}] for inner in INNER}})


def waiting(reason, **more):
    return {"containerStatuses": [{"restartCount": 5, "state": {"waiting": {"reason": reason, **more}}}]}


@pytest.mark.parametrize(
    ("changes", "state", "tone"),
    [
        ({}, "Running", "good"),
        ({"phase": "Pending", "containerStatuses": []}, "Pending", "waiting"),
        (waiting("ContainerCreating"), "ContainerCreating", "waiting"),
        (waiting("CrashLoopBackOff"), "CrashLoopBackOff", "bad"),
        (waiting("ImagePullBackOff"), "ImagePullBackOff", "bad"),
        ({"containerStatuses": [{"state": {"terminated": {"exitCode": 3}}}]}, "ExitCode:3", "bad"),
        ({"containerStatuses": [{"state": {"running": {}}, "ready": False}]}, "Running", "waiting"),
        ({"phase": "Failed", "reason": "Evicted", "containerStatuses": []}, "Evicted", "bad"),
        ({"phase": "Succeeded", "containerStatuses": []}, "Succeeded", "ghost"),
        ({"initContainerStatuses": [{"state": {"running": {}}}]}, "Init:0/1", "waiting"),
        ({"initContainerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]}, "Init:ErrImagePull", "bad"),
    ],
)
def test_the_state_is_the_one_that_kubectl_prints(changes, state, tone):
    row = read_pod(pod("a", **changes))
    assert (row.state, row.tone) == (state, tone)


def test_a_pod_that_is_being_deleted_is_terminating():
    stopping = pod("a")
    stopping["metadata"]["deletionTimestamp"] = "2026-11-24T00:00:00Z"
    assert (read_pod(stopping).state, read_pod(stopping).tone) == ("Terminating", "ghost")


def test_a_pod_row_holds_what_the_table_shows():
    row = read_pod(pod("scoring-faq-abc-1"))
    assert (row.ready, row.containers, row.restarts, row.node) == (1, 1, 0, "cpu-0")
    assert row.requests == Amounts(cpu=250, memory=512 * 1024**2)
    assert (row.deployment, row.created) == ("scoring-faq", datetime(2026, 11, 24, tzinfo=UTC))


def test_a_wrong_quantity_counts_as_nothing_and_any_gpu_resource_counts():
    odd = pod("a")
    odd["spec"]["containers"][0]["resources"]["requests"] = {"cpu": "many", "practice.dev/gpu": "2", "amd.com/gpu": 1}
    assert read_pod(odd).requests == Amounts(gpus=3)


def test_a_node_counts_the_requests_of_its_own_unfinished_pods():
    pods = [read_pod(p) for p in (pod("a"), pod("b", node="other"), pod("c", phase="Succeeded", containerStatuses=[]))]
    row = read_node(node("cpu-0", **{"nvidia.com/gpu": "1"}), pods)
    assert (row.state, row.tone, row.pool, row.pods) == ("Ready", "good", "cpu", 1)
    assert row.bars == (("cpu", 250, 2000), ("memory", 512 * 1024**2, 4 * 1024**3), ("gpu", 0, 1))


def test_a_cordoned_and_a_lost_node_say_so():
    cordoned = node("a")
    cordoned["spec"] = {"unschedulable": True, "taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]}
    assert (read_node(cordoned).state, read_node(cordoned).taints) == ("SchedulingDisabled", ("k=v:NoSchedule",))
    assert read_node(node("b", ready="Unknown")).state == "NotReady"


@pytest.mark.parametrize(
    ("probes", "seconds"),
    [
        ([None], 60),
        ([{}], 60),
        ([{"httpGet": {}}], 30),
        ([{"periodSeconds": 1, "failureThreshold": 120, "initialDelaySeconds": 5}], 125),
        ([{"periodSeconds": 1}, {"failureThreshold": 7}], 70),
        ([{"periodSeconds": "soon", "failureThreshold": None}], 30),
        ([{"periodSeconds": 10**30}], 86_400),
    ],
)
def test_a_start_may_take_what_its_probe_allows(probes, seconds):
    made = pod("a")
    made["spec"]["containers"] = [{"startupProbe": probe} for probe in probes]
    assert read_pod(made).may_take == timedelta(seconds=seconds)


def test_only_probes_of_late_pods_are_worth_an_event():
    now = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)

    def unready(name, started):
        return read_pod(pod(name, containerStatuses=[{"ready": False, "state": {"running": {"startedAt": started}}}]))

    def event(name, message="Startup probe failed: x", reason="Unhealthy", kind="Pod", last=""):
        about = {"kind": kind, "name": name}
        return read_event({"involvedObject": about, "reason": reason, "message": message, "lastTimestamp": last})

    pods = [read_pod(pod("ready")), unready("new", "2026-11-24T00:09:30Z"), unready("late", "2026-11-24T00:01:00Z")]
    events = [event("ready"), event("new"), event("late"), event("gone")]
    warming = event("new", "Readiness probe failed: x", last="2026-11-24T00:09:40Z")
    broken = event("late", "Readiness probe failed: x", last="2026-11-24T00:09:40Z")
    fallen = event("ready", "Readiness probe failed: x", last="2026-11-24T00:09:40Z")
    assert without_starts([warming, broken, fallen], pods, now) == ((replace(broken, late_after=60), fallen), 1)
    kept = [event("new", "Liveness probe failed: x"), event("new", reason="BackOff"), event("new", kind="Node")]
    assert without_starts([*events, *kept], pods, now) == ((replace(events[2], late_after=60), *kept), 3)


@pytest.mark.parametrize(
    ("made", "rollout"),
    [
        (deployment("a", 2), "complete"),
        (deployment("a", 2, ready=1), "progressing"),
        (deployment("a", 0), "zero"),
        (deployment("a", 2, observedGeneration=0), "progressing"),
        (deployment("a", 2, conditions=[{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]), "stuck"),
    ],
)
def test_the_rollout_has_a_state(made, rollout):
    assert read_deployment(made).rollout == rollout


def test_rows_of_a_snapshot_leave_other_namespaces_out_but_count_them_on_nodes():
    other = pod("b")
    other["metadata"]["namespace"] = "kube-system"
    objects = {"nodes": [node("cpu-0")], "pods": [pod("a"), other], "deployments": [deployment("scoring-faq")]}
    rows = read_rows(Snapshot("scoring", datetime.now(UTC), objects))
    assert [row.name for row in rows.pods] == ["a"]
    assert rows.nodes[0].requested.cpu == 500
    assert [row.name for row in rows.pods_of("scoring-faq")] == ["a"]
