import gzip
import json
from pathlib import Path

import pytest

from cluster_admin.placement import Cluster, Node, decide, read_node, read_pod, simulate
from cluster_admin.placement.model import Requirement, Taint, Toleration

GIB = 2**30
TRUTH = Path(__file__).parents[3] / "shared" / "data" / "placement_truth.jsonl.gz"


def node(name: str, cpu: int = 1000, memory: int = GIB, pods: int = 10, **more) -> Node:
    extra = more.pop("extra", {})
    return Node(name=name, allocatable={"cpu": cpu, "memory": memory, "pods": pods, **extra}, **more)


def pod(requests: dict[str, str] | None = None, **spec):
    container = {"name": "c", "resources": {"requests": requests or {"cpu": "300m", "memory": "100Mi"}}}
    return read_pod({"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [container], **spec}})


def test_pods_are_spread_over_the_emptier_nodes():
    outcome = simulate(pod(), 5, Cluster([node("a"), node("b")]))
    assert (outcome.fit, outcome.pending, dict(outcome.where)) == (5, 0, {"a": 3, "b": 2})


def test_the_message_counts_the_reasons_of_all_nodes():
    nodes = [
        node("small", cpu=100),
        node("short", cpu=100, memory=1),
        node("tainted", taints=(Taint("gpu", "present", "NoSchedule"),)),
        node("cordoned", unschedulable=True),
        node("asleep", ready=False),
        node("full", pods=0),
        node("other", labels={"pool": "b"}),
    ]
    decision = decide(pod(), Cluster(nodes[:-1]))
    assert decision.node is None
    assert decision.message == (
        "0/6 nodes are available: 1 Insufficient memory, 1 Too many pods, 1 node(s) were unschedulable, "
        "2 Insufficient cpu, 2 node(s) had untolerated taint(s)."
    )
    selecting = decide(pod(nodeSelector={"pool": "a"}), Cluster(nodes[-1:]))
    assert selecting.message == "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."


def test_no_nodes_at_all_is_said_so():
    assert decide(pod(), Cluster([])).message == "no nodes available to schedule pods"


def test_an_extended_resource_is_counted_piece_by_piece():
    cluster = Cluster([node("gpu", extra={"scoredeck.dev/practice-gpu": 2})])
    outcome = simulate(pod({"cpu": "1m", "scoredeck.dev/practice-gpu": "1"}), 3, cluster)
    assert (outcome.fit, outcome.pending) == (2, 1)
    assert outcome.why == "0/1 nodes are available: 1 Insufficient scoredeck.dev/practice-gpu."


def test_running_pods_take_their_share():
    running = read_pod({"spec": {"nodeName": "a", "containers": [{"resources": {"requests": {"cpu": "800m"}}}]}})
    assert decide(pod(), Cluster([node("a")], [running])).message.endswith("1 Insufficient cpu.")


def test_the_largest_init_step_counts_with_the_sidecars_started_before_it():
    spec = {
        "containers": [{"resources": {"requests": {"cpu": "100m"}}}],
        "initContainers": [
            {"restartPolicy": "Always", "resources": {"requests": {"cpu": "200m"}}},
            {"resources": {"requests": {"cpu": "500m"}}},
        ],
    }
    assert read_pod({"spec": spec}).requests == {"cpu": 700}


def test_a_limit_without_a_request_is_a_request():
    assert read_pod({"spec": {"containers": [{"resources": {"limits": {"nvidia.com/gpu": "1"}}}]}}).requests == {
        "nvidia.com/gpu": 1
    }


@pytest.mark.parametrize(
    ("toleration", "covers"),
    [
        (Toleration("gpu", "Equal", "present"), True),
        (Toleration("gpu", "Equal", "present", "NoSchedule"), True),
        (Toleration("gpu", "Equal", "absent"), False),
        (Toleration("gpu", "Exists", effect="NoExecute"), False),
        (Toleration("gpu", "Exists"), True),
        (Toleration("", "Exists"), True),
        (Toleration("", "Equal"), False),
        (Toleration("cpu", "Exists"), False),
    ],
)
def test_a_toleration_covers_by_key_operator_value_and_effect(toleration: Toleration, covers: bool):
    assert toleration.covers(Taint("gpu", "present", "NoSchedule")) is covers


@pytest.mark.parametrize(
    ("operator", "values", "holds"),
    [
        ("In", ("5",), True),
        ("NotIn", ("5",), False),
        ("Exists", (), True),
        ("DoesNotExist", (), False),
        ("Gt", ("4",), True),
        ("Lt", ("5",), False),
        ("Gt", ("many",), False),
    ],
)
def test_a_requirement_tests_a_label(operator: str, values: tuple[str, ...], holds: bool):
    assert Requirement("gen", operator, values).holds({"gen": "5"}) is holds


def test_a_preferred_taint_only_repels():
    soft = Taint("spot", "", "PreferNoSchedule")
    cluster = Cluster([node("spot", cpu=9000, taints=(soft,)), node("steady")])
    assert decide(pod(), cluster).node == "steady"
    assert decide(pod(), Cluster([node("spot", taints=(soft,))])).node == "spot"


def test_a_wrong_quantity_is_a_value_error():
    with pytest.raises(ValueError, match="lots"):
        pod({"cpu": "lots"})


def test_a_node_that_does_not_report_ready_is_not_ready():
    assert read_node({"metadata": {"name": "n"}}) == Node("n", ready=False)


@pytest.mark.skipif(not TRUTH.exists(), reason="the record of the real kube-scheduler is not beside this checkout")
def test_the_counts_agree_with_the_real_scheduler():
    cases = [json.loads(line) for line in gzip.decompress(TRUTH.read_bytes()).splitlines()]
    wrong = [case["case"] for case in cases if _predicted(case) != (case["fit"], case["pending"], True)]
    assert (len(cases), wrong) == (160, [])


def _predicted(case: dict) -> tuple[int, int, bool]:
    template = {"metadata": {"labels": case["template"]["labels"]}, "spec": case["template"]["spec"]}
    cluster = Cluster(map(read_node, case["nodes"]), map(read_pod, case["running"]))
    outcome = simulate(read_pod(template), case["replicas"], cluster)
    return outcome.fit, outcome.pending, case["why"].startswith(outcome.why)
