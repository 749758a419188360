"""The control loops over a store, without nodes: the test itself says which pods are ready."""

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from cluster_admin.practice.controllers.conditions import find_condition, with_condition
from cluster_admin.practice.controllers.deployments import REVISION, REVISION_HISTORY, DeploymentController
from cluster_admin.practice.controllers.garbage import GarbageCollector
from cluster_admin.practice.controllers.loop import Loop
from cluster_admin.practice.controllers.ownership import own_key
from cluster_admin.practice.controllers.replicasets import ReplicaSetController, deletion_rank
from cluster_admin.practice.events import EventLog
from cluster_admin.practice.store import Store
from tests.cluster_admin.practice.clusters import NAMESPACE, change, deployment, events, pods, run, scale, until


@asynccontextmanager
async def controllers(most_pods: int = 100):
    store = Store()
    log = EventLog(store)
    loops = [
        DeploymentController(store, log).loop(),
        ReplicaSetController(store, log, most_pods).loop(),
        GarbageCollector(store).loop(),
    ]
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield store
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def make_ready(store: Store, since: datetime | None = None) -> None:
    """What a kubelet would report, for every pod."""
    moment = (since or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for pod in store.list("pods")[0]:
        if find_condition(pod["status"].get("conditions"), "Ready") is None:
            ready = {"type": "Ready", "status": "True", "lastTransitionTime": moment}
            pod["status"] = {"phase": "Running", "conditions": [ready]}
            store.update("pods", pod)


def replicasets(store: Store):
    return sorted(store.list("replicasets")[0], key=lambda rs: int(rs["metadata"]["annotations"][REVISION]))


def found(store: Store):
    return store.get("deployments", NAMESPACE, "web")


def progressing(store: Store):
    return find_condition((found(store).get("status") or {}).get("conditions"), "Progressing") or {}


def set_image(store: Store, image: str) -> None:
    change(store, lambda spec: spec["template"]["spec"]["containers"][0].update(image=image))


async def finish(store: Store, replicas: int) -> None:
    def done() -> bool:
        make_ready(store)
        counts = found(store).get("status") or {}
        names = ("replicas", "updatedReplicas", "availableReplicas")
        return [counts.get(name) for name in names] == [replicas] * 3 and counts["observedGeneration"] == (
            found(store)["metadata"]["generation"]
        )

    await until(done)


def test_a_deployment_reports_itself_as_kubectl_expects():
    async def scenario():
        async with controllers() as store:
            store.create("deployments", deployment(replicas=3))
            await until(lambda: len(pods(store)) == 3)
            await until(lambda: found(store)["status"].get("unavailableReplicas") == 3)
            conditions = {c["type"]: (c["status"], c["reason"]) for c in found(store)["status"]["conditions"]}
            assert conditions["Available"] == ("False", "MinimumReplicasUnavailable")
            await finish(store, 3)
            status = found(store)["status"]
            conditions = {c["type"]: (c["status"], c["reason"]) for c in status.pop("conditions")}
            assert status == {
                "observedGeneration": 1,
                "replicas": 3,
                "updatedReplicas": 3,
                "readyReplicas": 3,
                "availableReplicas": 3,
            }
            assert conditions == {
                "Available": ("True", "MinimumReplicasAvailable"),
                "Progressing": ("True", "NewReplicaSetAvailable"),
            }
            (owner,) = pods(store)[0]["metadata"]["ownerReferences"]
            assert (owner["kind"], owner["name"], owner["controller"]) == (
                "ReplicaSet",
                replicasets(store)[0]["metadata"]["name"],
                True,
            )

    run(scenario())


def test_going_back_takes_the_old_set_and_gives_it_a_new_revision():
    async def scenario():
        async with controllers() as store:
            store.create("deployments", deployment(replicas=2))
            await finish(store, 2)
            first = replicasets(store)[0]["metadata"]["name"]
            set_image(store, "tests/pod:2")
            await finish(store, 2)
            assert [rs["spec"]["replicas"] for rs in replicasets(store)] == [0, 2]
            set_image(store, "tests/pod:1")
            await finish(store, 2)
            back = replicasets(store)[-1]
            annotations = back["metadata"]["annotations"]
            assert back["metadata"]["name"] == first
            assert (annotations[REVISION], annotations[REVISION_HISTORY]) == ("3", "1")
            assert found(store)["metadata"]["annotations"][REVISION] == "3"

    run(scenario())


def test_a_rollout_without_progress_exceeds_its_deadline_and_recovers():
    async def scenario():
        async with controllers() as store:
            store.create("deployments", deployment(progressDeadlineSeconds=1))
            await until(lambda: progressing(store).get("reason") == "ProgressDeadlineExceeded")
            assert progressing(store)["status"] == "False"
            await finish(store, 1)
            assert (progressing(store)["status"], progressing(store)["reason"]) == ("True", "NewReplicaSetAvailable")

    run(scenario())


def test_old_sets_beyond_the_history_limit_are_removed():
    async def scenario():
        async with controllers() as store:
            store.create("deployments", deployment(revisionHistoryLimit=1))
            await finish(store, 1)
            for version in (2, 3, 4):
                set_image(store, f"tests/pod:{version}")
                await finish(store, 1)
            await until(lambda: len(replicasets(store)) == 2)
            assert [rs["metadata"]["annotations"][REVISION] for rs in replicasets(store)] == ["3", "4"]

    run(scenario())


def test_recreate_waits_for_the_last_old_pod():
    async def scenario():
        async with controllers() as store:
            store.create("deployments", deployment(replicas=2, strategy={"type": "Recreate"}))
            await finish(store, 2)
            for pod in pods(store):
                pod["spec"]["nodeName"] = "n"
                store.update("pods", pod)
            set_image(store, "tests/pod:2")
            await until(lambda: all(pod["metadata"].get("deletionTimestamp") for pod in pods(store)))
            assert len(replicasets(store)) == 1
            for pod in pods(store):
                assert len(replicasets(store)) == 1
                store.remove("pods", NAMESPACE, pod["metadata"]["name"])
            await finish(store, 2)
            assert [rs["spec"]["replicas"] for rs in replicasets(store)] == [0, 2]

    run(scenario())


def test_a_paused_deployment_scales_but_does_not_roll():
    async def scenario():
        async with controllers() as store:
            store.create("deployments", deployment())
            await finish(store, 1)
            change(store, lambda spec: spec.update(paused=True, replicas=2))
            set_image(store, "tests/pod:2")
            await until(lambda: len(pods(store)) == 2)
            assert len(replicasets(store)) == 1
            change(store, lambda spec: spec.update(paused=False))
            await finish(store, 2)
            assert len(replicasets(store)) == 2

    run(scenario())


def test_a_pod_is_available_only_after_its_minimum_ready_time():
    async def scenario():
        async with controllers() as store:
            store.create("deployments", deployment(minReadySeconds=2))
            await until(lambda: len(pods(store)) == 1)
            make_ready(store)
            await until(lambda: found(store)["status"].get("readyReplicas") == 1)
            assert "availableReplicas" not in found(store)["status"]
            await until(lambda: found(store)["status"].get("availableReplicas") == 1)

    run(scenario())


def test_the_whole_cluster_holds_a_bounded_number_of_pods():
    async def scenario():
        async with controllers(most_pods=5) as store:
            store.create("deployments", deployment(replicas=1000))
            await until(lambda: bool(events(store, "FailedCreate")))
            assert len(pods(store)) == 5
            (replicaset,) = replicasets(store)
            assert replicaset["status"]["conditions"][0]["type"] == "ReplicaFailure"
            scale(store, 2)
            await until(lambda: len(pods(store)) == 2)
            await until(lambda: "conditions" not in replicasets(store)[0]["status"])

    run(scenario())


def test_what_lost_its_owner_or_namespace_goes():
    async def scenario():
        async with controllers() as store:
            store.create("namespaces", {"metadata": {"name": "lost"}})
            elsewhere = deployment("other")
            elsewhere["metadata"]["namespace"] = "lost"
            store.create("deployments", deployment())
            store.create("deployments", elsewhere)
            await until(lambda: len(store.list("pods")[0]) == 2)
            store.remove("namespaces", None, "lost")
            await until(lambda: len(store.list("pods")[0]) == 1 and not store.list("deployments", "lost")[0])
            store.delete("deployments", NAMESPACE, "web")
            await until(lambda: not store.list("replicasets")[0] and not store.list("pods")[0])

    run(scenario())


def pod(name: str, *, node: str = "n", phase: str = "Running", ready: str = "", restarts: int = 0, born: int = 0):
    created = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=born)).isoformat()
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": ready}
    status = {
        "phase": phase,
        "conditions": [condition] if ready else [],
        "containerStatuses": [{"restartCount": restarts}],
    }
    return {"metadata": {"name": name, "creationTimestamp": created}, "spec": {"nodeName": node}, "status": status}


def test_the_least_useful_pod_goes_first():
    early, late = "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"
    in_order = [
        pod("unplaced", node="", phase="Pending"),
        pod("pending", phase="Pending"),
        pod("not-ready"),
        pod("ready-late", ready=late),
        pod("restarted", ready=early, restarts=3),
        pod("newer", ready=early, born=60),
        pod("older", ready=early),
    ]
    backwards = in_order[::-1]
    assert sorted(backwards, key=deletion_rank) == in_order


def test_a_failing_step_is_tried_again_and_holds_up_nobody(caplog: pytest.LogCaptureFixture):
    attempts: dict[str, int] = {}

    def reconcile(key):
        attempts[key[1]] = attempts.get(key[1], 0) + 1
        if key[1] == "bad" and attempts["bad"] < 3:
            raise RuntimeError("not yet")

    async def scenario():
        store = Store()
        for name in ("bad", "good"):
            store.create("services", {"metadata": {"name": name, "namespace": NAMESPACE}})
        running = asyncio.create_task(Loop("test", store, {"services": own_key}, reconcile).run())
        await until(lambda: attempts.get("bad") == 3)
        assert attempts["good"] == 1
        running.cancel()

    with caplog.at_level(logging.ERROR):
        run(scenario())
    assert [record.message for record in caplog.records] == ["test failed for default/bad"] * 2


def test_a_condition_keeps_its_time_until_its_status_changes():
    old = [{"type": "Ready", "status": "True", "reason": "A", "lastTransitionTime": "2026-01-01T00:00:00Z"}]
    (same,) = with_condition(old, {"type": "Ready", "status": "True", "reason": "B"})
    assert (same["reason"], same["lastTransitionTime"]) == ("B", "2026-01-01T00:00:00Z")
    (other,) = with_condition(old, {"type": "Ready", "status": "False"})
    assert other["lastTransitionTime"] > "2026-01-01T00:00:00Z"
