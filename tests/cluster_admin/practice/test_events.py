from cluster_admin.practice.events import EventLog, Recorder
from cluster_admin.practice.store import Store

POD = {"metadata": {"name": "web-1", "namespace": "default", "uid": "u-1"}}


def recorder(**limits) -> tuple[Store, EventLog, Recorder]:
    store = Store()
    log = EventLog(store, **limits)
    return store, log, Recorder(log, "kubelet", "Pod")


def listed(store: Store) -> list[tuple[str, str, int]]:
    events = store.list("events")[0]
    return sorted((event["reason"], event["message"], event["count"]) for event in events)


def test_equal_events_are_counted():
    store, _, kubelet = recorder()
    for _ in range(3):
        kubelet.warning(POD, "Unhealthy", "no answer")
    kubelet.warning(POD, "Unhealthy", "503")
    assert listed(store) == [("Unhealthy", "503", 1), ("Unhealthy", "no answer", 3)]
    event = store.list("events")[0][0]
    assert (event["type"], event["source"], event["involvedObject"]["uid"]) == (
        "Warning",
        {"component": "kubelet"},
        "u-1",
    )


def test_the_number_of_events_is_bounded_and_the_oldest_go():
    store, _, kubelet = recorder(most=3)
    for number in range(5):
        kubelet.normal(POD, "Started", str(number))
    assert [message for _, message, _ in listed(store)] == ["2", "3", "4"]


def test_events_expire():
    store, log, kubelet = recorder(kept_seconds=-1)
    kubelet.normal(POD, "Started", "main")
    log.expire()
    assert listed(store) == []


def test_an_event_deleted_by_somebody_else_is_written_anew():
    store, log, kubelet = recorder(kept_seconds=-1)
    kubelet.normal(POD, "Started", "main")
    store.remove("events", "default", store.list("events")[0][0]["metadata"]["name"])
    kubelet.normal(POD, "Started", "main")
    assert listed(store) == [("Started", "main", 1)]
    store.remove("events", "default", store.list("events")[0][0]["metadata"]["name"])
    log.expire()
    assert listed(store) == []
