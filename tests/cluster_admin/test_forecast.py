from datetime import UTC, datetime

import pytest

from cluster_admin.forecast import Forecast, forecast
from cluster_admin.resources import Snapshot
from tests.cluster_admin.fake_api import deployment, node, pod


def snapshot(nodes, pods, missing=(), whole=True):
    objects = {"nodes": nodes, "pods": pods, "deployments": [deployment("scoring-faq")]}
    return Snapshot("scoring", datetime.now(UTC), objects, dict.fromkeys(missing, "no"), whole)


def test_pods_go_where_there_is_room_and_the_rest_waits():
    pods = [pod("a"), pod("b", node="cpu-1", phase="Succeeded"), pod("c", node="elsewhere")]
    seen = snapshot([node("cpu-0", cpu="500m"), node("cpu-1", cpu="500m")], pods)
    why = "0/2 nodes are available: 2 Insufficient cpu."
    assert forecast(seen, "scoring-faq", 5) == Forecast(3, 2, (("cpu-0", 1), ("cpu-1", 2)), 0, why, "cpu")


def test_a_pod_that_is_being_stopped_still_holds_its_place():
    stopping = pod("a")
    stopping["metadata"]["deletionTimestamp"] = "2026-11-24T00:00:00Z"
    assert forecast(snapshot([node("cpu-0", cpu="500m")], [stopping]), "scoring-faq", 2).fit == 1


def test_pods_that_wait_come_first_and_are_counted_where_they_still_wait():
    waiting = [pod(name, node="", phase="Pending") for name in "abc"]
    seen = forecast(snapshot([node("cpu-0", cpu="500m")], waiting), "scoring-faq", 1)
    assert (seen.fit, seen.pending, seen.waiting) == (0, 1, 1)


def test_a_cordoned_node_takes_none():
    cordoned = node("cpu-0")
    cordoned["spec"] = {"unschedulable": True}
    seen = forecast(snapshot([cordoned], []), "scoring-faq", 1)
    assert (seen.fit, seen.short, "unschedulable" in seen.why) == (0, "", True)


@pytest.mark.parametrize(
    ("seen", "name", "added"),
    [
        (snapshot([node("cpu-0")], []), "scoring-faq", 0),
        (snapshot([node("cpu-0")], []), "scoring-faq", -1),
        (snapshot([node("cpu-0")], []), "another", 1),
        (snapshot([], [], missing=["nodes"]), "scoring-faq", 1),
        (snapshot([], [], missing=["pods"]), "scoring-faq", 1),
        (snapshot([node("cpu-0")], [], whole=False), "scoring-faq", 1),
        (snapshot([{}], []), "scoring-faq", 1),
        (snapshot([node("cpu-0", cpu="lots")], []), "scoring-faq", 1),
        (snapshot([{"metadata": {"name": "a"}, "spec": {"taints": ["odd"]}}], []), "scoring-faq", 1),
    ],
)
def test_nothing_is_foretold_from_what_cannot_be_read(seen, name, added):
    assert forecast(seen, name, added) is None
