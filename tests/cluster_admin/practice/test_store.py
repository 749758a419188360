import asyncio
from collections.abc import Awaitable

import pytest

from cluster_admin.practice.errors import AlreadyExists, Conflict, Expired, Invalid, NotFound
from cluster_admin.practice.store import Event, Store
from tests.cluster_admin.practice.objects import NAMESPACE, deployment, node, pod


def run(awaitable: Awaitable):
    async def limited():
        return await asyncio.wait_for(awaitable, 20)

    return asyncio.run(limited())


async def taken(watch, number: int) -> list[Event]:
    return [await anext(watch) for _ in range(number)]


def shape(event: Event) -> tuple[str, str]:
    return event.type, event.object["metadata"]["name"]


def test_a_new_object_gets_its_identity():
    created = Store().create("deployments", deployment())
    metadata = created["metadata"]
    assert metadata["generation"] == 1
    assert metadata["uid"]
    assert metadata["creationTimestamp"].endswith("Z")
    assert int(metadata["resourceVersion"]) > 0


def test_a_generated_name_is_its_prefix_and_five_letters():
    created = Store().create("pods", pod("") | {"metadata": {"generateName": "web-", "namespace": NAMESPACE}})
    assert created["metadata"]["name"].startswith("web-")
    assert len(created["metadata"]["name"]) == len("web-") + 5


def test_names_are_taken_once_in_a_namespace():
    store = Store()
    store.create("pods", pod("a"))
    store.create("pods", pod("a", namespace="other"))
    with pytest.raises(AlreadyExists):
        store.create("pods", pod("a"))


@pytest.mark.parametrize("metadata", [{}, {"name": "a"}, {"namespace": NAMESPACE}])
def test_an_object_without_a_place_is_invalid(metadata):
    with pytest.raises(Invalid):
        Store().create("pods", {"metadata": metadata})


def test_what_is_given_out_is_a_copy():
    store = Store()
    store.create("pods", pod("a"))
    store.get("pods", NAMESPACE, "a")["spec"]["nodeName"] = "changed"
    store.list("pods")[0][0]["spec"]["nodeName"] = "changed"
    assert store.get("pods", NAMESPACE, "a")["spec"]["nodeName"] == "practice-cpu-1"


def test_lists_are_by_namespace_and_name():
    store = Store()
    for name, namespace in (("b", "x"), ("a", "y"), ("a", "x")):
        store.create("pods", pod(name, namespace=namespace))
    everywhere = [(obj["metadata"]["namespace"], obj["metadata"]["name"]) for obj in store.list("pods")[0]]
    assert everywhere == [("x", "a"), ("x", "b"), ("y", "a")]
    assert [obj["metadata"]["name"] for obj in store.list("pods", "y")[0]] == ["a"]


def test_cluster_scoped_objects_are_found_without_a_namespace():
    store = Store()
    store.create("nodes", node("n1"))
    assert store.get("nodes", None, "n1")["metadata"]["name"] == "n1"


def test_what_is_not_there_is_not_found():
    store = Store()
    for call in (store.get, store.delete, store.remove):
        with pytest.raises(NotFound):
            call("pods", NAMESPACE, "none")
    with pytest.raises(NotFound):
        store.update("pods", pod("none"))
    with pytest.raises(NotFound):
        store.list("leases")


def test_a_stale_version_is_a_conflict_and_none_is_not():
    store = Store()
    seen = store.create("deployments", deployment())
    seen["spec"]["replicas"] = 3
    store.update("deployments", seen)
    with pytest.raises(Conflict):
        store.update("deployments", seen)
    del seen["metadata"]["resourceVersion"]
    seen["spec"]["replicas"] = 4
    assert store.update("deployments", seen)["spec"]["replicas"] == 4


def test_another_object_of_the_same_name_is_a_conflict():
    store = Store()
    seen = store.create("deployments", deployment())
    store.remove("deployments", NAMESPACE, "scoring-faq")
    store.create("deployments", deployment())
    del seen["metadata"]["resourceVersion"]
    with pytest.raises(Conflict):
        store.update("deployments", seen)


def test_the_generation_counts_changes_of_the_spec_alone():
    store = Store()
    obj = store.create("deployments", deployment())
    obj["status"]["readyReplicas"] = 2
    obj = store.update("deployments", obj)
    assert obj["metadata"]["generation"] == 1
    obj["spec"]["replicas"] = 5
    assert store.update("deployments", obj)["metadata"]["generation"] == 2


def test_an_update_without_a_change_makes_no_event():
    async def scene():
        store = Store()
        obj = store.create("deployments", deployment())
        watch = store.watch("deployments", obj["metadata"]["resourceVersion"], bookmark_seconds=0.05)
        assert store.update("deployments", obj) == obj
        return await anext(watch)

    assert run(scene()).type == "BOOKMARK"


def test_a_dry_run_answers_the_change_and_keeps_nothing():
    store = Store()
    store.create("deployments", deployment(), dry_run=True)
    assert store.list("deployments")[0] == []
    obj = store.create("deployments", deployment(replicas=1))
    obj["spec"]["replicas"] = 7
    assert store.update("deployments", obj, dry_run=True)["spec"]["replicas"] == 7
    assert store.get("deployments", NAMESPACE, "scoring-faq")["spec"]["replicas"] == 1


def test_a_pod_on_a_node_is_marked_and_then_removed():
    async def scene():
        store = Store()
        version = store.create("pods", pod("a"))["metadata"]["resourceVersion"]
        marked = store.delete("pods", NAMESPACE, "a")
        assert marked["metadata"]["deletionGracePeriodSeconds"] == 30
        assert store.delete("pods", NAMESPACE, "a") == marked
        store.remove("pods", NAMESPACE, "a")
        return await taken(store.watch("pods", version), 2)

    events = run(scene())
    assert [shape(event) for event in events] == [("MODIFIED", "a"), ("DELETED", "a")]
    assert "deletionTimestamp" in events[0].object["metadata"]


def test_a_later_update_keeps_the_mark_of_deletion():
    store = Store()
    seen = store.create("pods", pod("a"))
    marked = store.delete("pods", NAMESPACE, "a")
    seen["metadata"].pop("resourceVersion")
    seen["status"]["phase"] = "Failed"
    updated = store.update("pods", seen)
    assert updated["metadata"]["deletionTimestamp"] == marked["metadata"]["deletionTimestamp"]


def test_a_shorter_grace_shortens_and_a_longer_does_not():
    store = Store()
    store.create("pods", pod("a"))
    assert store.delete("pods", NAMESPACE, "a", 10)["metadata"]["deletionGracePeriodSeconds"] == 10
    assert store.delete("pods", NAMESPACE, "a", 20)["metadata"]["deletionGracePeriodSeconds"] == 10
    assert store.delete("pods", NAMESPACE, "a", 5)["metadata"]["deletionGracePeriodSeconds"] == 5


def test_what_no_kubelet_holds_goes_at_once():
    store = Store()
    waiting = pod("waiting")
    del waiting["spec"]["nodeName"]
    store.create("pods", waiting)
    store.create("pods", pod("forced"))
    store.create("deployments", deployment())
    store.delete("pods", NAMESPACE, "waiting")
    store.delete("pods", NAMESPACE, "forced", 0)
    store.delete("deployments", NAMESPACE, "scoring-faq")
    assert store.list("pods")[0] == store.list("deployments")[0] == []


def test_a_watch_tells_every_change_after_its_version_in_order():
    async def scene():
        store = Store()
        store.create("pods", pod("before"))
        _, version = store.list("pods")
        watch = store.watch("pods", version)
        for name in ("a", "b"):
            store.create("pods", pod(name))
        store.create("nodes", node())
        early = await taken(watch, 2)
        waiting = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0)
        store.remove("pods", NAMESPACE, "a")
        return [shape(event) for event in [*early, await waiting]]

    assert run(scene()) == [("ADDED", "a"), ("ADDED", "b"), ("DELETED", "a")]


def test_a_watch_begins_when_it_is_called_and_not_when_it_is_read():
    async def scene():
        store = Store()
        watch = store.watch("pods")
        store.create("pods", pod("a"))
        return shape(await anext(watch))

    assert run(scene()) == ("ADDED", "a")


def test_a_change_carries_the_state_before():
    async def scene():
        store = Store()
        obj = store.create("deployments", deployment(replicas=1))
        watch = store.watch("deployments")
        obj["spec"]["replicas"] = 2
        store.update("deployments", obj)
        return await anext(watch)

    event = run(scene())
    assert event.previous is not None
    assert (event.previous["spec"]["replicas"], event.object["spec"]["replicas"]) == (1, 2)


def test_a_bookmark_is_at_the_newest_version_of_all():
    async def scene():
        store = Store()
        watch = store.watch("pods", bookmark_seconds=0.05)
        other = store.create("nodes", node())
        return await anext(watch), other["metadata"]["resourceVersion"]

    bookmark, version = run(scene())
    assert bookmark == Event("BOOKMARK", {}, version)


def test_versions_out_of_reach_are_expired():
    store = Store(history=2)
    first = store.create("pods", pod("a"))["metadata"]["resourceVersion"]
    for name in ("b", "c", "d"):
        store.create("pods", pod(name))
    for version in (first, "1", str(int(store.resource_version) + 1)):
        with pytest.raises(Expired):
            store.watch("pods", version)
    with pytest.raises(Invalid):
        store.watch("pods", "abc")


def test_a_busy_resource_does_not_expire_another():
    async def scene():
        store = Store(history=2)
        _, version = store.list("pods")
        store.create("pods", pod("a"))
        for number in range(10):
            store.create("nodes", node(f"n{number}"))
        return shape(await anext(store.watch("pods", version)))

    assert run(scene()) == ("ADDED", "a")


def test_versions_of_an_earlier_run_are_expired():
    with pytest.raises(Expired):
        Store().watch("pods", str(int(Store().resource_version) - 1000))


def test_a_slow_watcher_gets_every_change_within_the_history():
    async def scene():
        store = Store(history=100)
        watch = store.watch("pods")
        for number in range(100):
            store.create("pods", pod(f"p{number}"))
        return [shape(event)[1] for event in await taken(watch, 100)]

    assert run(scene()) == [f"p{number}" for number in range(100)]


def test_a_watcher_too_slow_for_the_history_is_told_so():
    async def scene():
        store = Store(history=5)
        watch = store.watch("pods")
        store.create("pods", pod("first"))
        assert shape(await anext(watch)) == ("ADDED", "first")
        for number in range(50):
            store.create("pods", pod(f"p{number}"))
        with pytest.raises(Expired):
            await anext(watch)

    run(scene())
