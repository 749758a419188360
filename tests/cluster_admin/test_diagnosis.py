from datetime import UTC, datetime

import pytest
from django.utils import translation

from cluster_admin import wording
from cluster_admin.diagnosis import diagnose, diagnose_node, short_of
from cluster_admin.resources import read_deployment, read_node, read_pod
from tests.cluster_admin.fake_api import deployment, node, pod

NOW = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)
GPU_SHORT = "0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint {a: b}."
CPU_SHORT = "0/1 nodes are available: 1 Insufficient cpu."


def unplaced(message):
    conditions = [{"type": "PodScheduled", "status": "False", "message": message}]
    return pod("p", node="", phase="Pending", conditions=conditions, containerStatuses=[])


def held(reason, code=None, why="Error", restarts=4):
    last = {"terminated": {"exitCode": code, "reason": why}} if code is not None else {}
    state = {"waiting": {"reason": reason, "message": "said the kubelet"}}
    return pod("p", phase="Pending", containerStatuses=[{"restartCount": restarts, "state": state, "lastState": last}])


def running_unready(started):
    status = {"ready": False, "state": {"running": {"startedAt": started}}}
    return pod("p", containerStatuses=[status])


STUCK = [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]
QUOTA = [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}]
CASES = [
    ("no-replicas", deployment("s", 0), [], "answers nothing"),
    ("stopping", deployment("s", 0) | {"status": {"replicas": 2}}, [], "2 pods are left"),
    ("stopping", deployment("s", 0) | {"status": {"replicas": 1}}, [], "1 pod is left"),
    ("crash-loop", deployment("s", 1, 0), [held("CrashLoopBackOff", 7)], "exit code 7 (Error), restarts: 4"),
    ("stopped", deployment("s", 1, 0), [held("CrashLoopBackOff", 137, restarts=0)], "p stopped: exit code 137 (Error)"),
    ("out-of-memory", deployment("s", 1, 0), [held("CrashLoopBackOff", 137, "OOMKilled")], "memory"),
    ("no-image", deployment("s", 1, 0), [held("ImagePullBackOff")], "s:1"),
    ("not-created", deployment("s", 1, 0), [held("CreateContainerConfigError")], "said the kubelet"),
    ("short", deployment("s", 1, 0), [unplaced(GPU_SHORT)], "1 pod of s finds no place: too few GPUs are free."),
    ("short", deployment("s", 2, 0), [unplaced(CPU_SHORT)] * 2, "2 pods of s find no place: too little CPU is free."),
    ("no-node", deployment("s", 1, 0), [unplaced("0/3 nodes: no selector matches")], "no selector matches"),
    ("not-ready", deployment("s", 1, 0), [running_unready("2026-11-24T00:00:00Z")], "readiness probe"),
    ("starting", deployment("s", 1, 0), [running_unready("2026-11-24T00:09:50Z")], "starting"),
    ("stuck", deployment("s", 2, 1, conditions=STUCK), [], "1 of 2"),
    ("pods-refused", deployment("s", 2, 0, conditions=QUOTA), [], "exceeded quota"),
    ("replacing", deployment("s", 1) | {"status": {"replicas": 2, "readyReplicas": 1}}, [], "replaced"),
]


@pytest.mark.parametrize(("code", "made", "pods", "words"), CASES, ids=[f"{case[0]}: {case[3]}" for case in CASES])
def test_the_first_thing_that_is_wrong_is_said(code, made, pods, words):
    finding = diagnose(read_deployment(made), [read_pod(p) for p in pods], [], NOW)
    assert finding.code == code
    assert words in wording.sentence(finding.code, finding.params)
    assert wording.suggestion(finding.code, finding.params)


def test_pods_on_a_lost_node_are_said_before_their_readiness():
    pods, nodes = [read_pod(running_unready("2026-11-24T00:00:00Z"))], [read_node(node("cpu-0", ready="Unknown"))]
    finding = diagnose(read_deployment(deployment("s", 1, 0)), pods, nodes, NOW)
    assert (finding.code, finding.params["node"]) == ("pods-on-broken-node", "cpu-0")
    assert "cpu-0" in wording.sentence(diagnose_node(nodes[0]).code, diagnose_node(nodes[0]).params)


def test_nothing_is_wrong_with_a_ready_service():
    assert diagnose(read_deployment(deployment("s", 1)), [read_pod(pod("p"))], [read_node(node("cpu-0"))], NOW) is None
    assert diagnose_node(read_node(node("cpu-0"))) is None


def test_the_resource_short_on_most_nodes_comes_first():
    assert short_of("0/5: 1 Insufficient cpu, 3 Insufficient memory.") == ("memory", "cpu")
    assert short_of("nothing of the kind") == ()


def test_nothing_is_said_of_since_when_a_service_has_no_replicas():
    progressing = [{"type": "Progressing", "status": "True", "lastUpdateTime": "2026-11-24T00:03:00Z"}]
    assert diagnose(read_deployment(deployment("s", 0, conditions=progressing)), [], [], NOW).since is None


def test_since_is_when_the_trouble_began():
    conditions = [{"type": "PodScheduled", "status": "False", "message": GPU_SHORT}]
    conditions[0]["lastTransitionTime"] = "2026-11-24T00:03:00Z"
    late = pod("p", node="", phase="Pending", conditions=conditions, containerStatuses=[])
    finding = diagnose(read_deployment(deployment("s", 1, 0)), [read_pod(late)], [], NOW)
    assert finding.since == datetime(2026, 11, 24, 0, 3, tzinfo=UTC)


@pytest.mark.parametrize(("ready", "said"), [(1, "1 lista"), (3, "3 listas")])
def test_what_became_of_a_change_is_said_in_the_number_of_its_pods(ready, said):
    with translation.override("es"):
        assert wording.detail({"code": "ready", "params": {"ready": ready, "desired": ready}}) == said
