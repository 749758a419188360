"""The API over plain HTTPS requests and the official Python client: lists, watches and logs."""

import socket
import time

import pytest
from kubernetes import client, watch

from cluster_admin.practice.api.server import listening
from cluster_admin.practice.container_logs import LogWriter
from tests.cluster_admin.practice.objects import LABELS, NAMESPACE, fill, pod
from tests.cluster_admin.practice.rest import Rest, python_client
from tests.cluster_admin.practice.served_api import served_api

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
FIRST, SECOND = "scoring-faq-1-aaaaa", "scoring-faq-1-bbbbb"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


def names(body) -> list[str]:
    return [item["metadata"]["name"] for item in body["items"]]


def shape(line) -> tuple[str, str]:
    return line["type"], line["object"]["metadata"].get("name", "")


def add_pod(api, name: str, **changes) -> None:
    api.do(lambda store: store.create("pods", pod(name, **changes)))


def relabel(api, name: str, labels: dict[str, str]) -> None:
    api.change("pods", NAMESPACE, name, lambda obj: obj["metadata"].update(labels=labels))


def log_of(api, text: str, previous: bool = False) -> None:
    api.logs.path(NAMESPACE, FIRST, "scorer", previous).write_text(text)


def test_discovery_names_the_same_resources_in_both_forms(unchanged):
    for prefix, group in (("/api/v1", ""), ("/apis/apps/v1", "apps")):
        plain = {item["name"] for item in unchanged.get(prefix)["resources"] if "/" not in item["name"]}
        answer = unchanged.raw("GET", "/apis" if group else "/api", Accept=AGGREGATED)
        assert answer.headers["content-type"] == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        (found,) = [item for item in answer.json()["items"] if item["metadata"].get("name", "") == group]
        assert {item["resource"] for item in found["versions"][0]["resources"]} == plain
    assert unchanged.get("/api")["versions"] == ["v1"]
    assert [group["name"] for group in unchanged.get("/apis")["groups"]] == ["apps", "authorization.k8s.io"]


def test_every_answer_says_practice_cluster(unchanged):
    assert unchanged.raw("GET", PODS).headers["server"] == "scoredeck-practice-cluster"
    assert unchanged.get("/version")["gitVersion"].endswith("+practice")


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("", [FIRST, SECOND]),
        ("?limit=1", [FIRST, SECOND]),
        ("?labelSelector=app%3Dscoring-faq", [FIRST, SECOND]),
        ("?labelSelector=app%3D%3Dscoring-faq,app!%3Dx", [FIRST, SECOND]),
        ("?labelSelector=app+notin+(scoring-faq,x)", []),
        ("?labelSelector=app+in+(a,scoring-faq),app", [FIRST, SECOND]),
        ("?labelSelector=!app", []),
        (f"?fieldSelector=metadata.name%3D{SECOND}", [SECOND]),
        (f"?fieldSelector=metadata.name!%3D{SECOND},metadata.namespace%3D{NAMESPACE}", [FIRST]),
        ("?fieldSelector=spec.nodeName%3Dpractice-cpu-1,status.phase!%3DFailed", [FIRST, SECOND]),
        ("?fieldSelector=status.phase%3DPending", []),
        ("?resourceVersion=0", [FIRST, SECOND]),
    ],
)
def test_selectors_choose_from_a_list(unchanged, query, chosen):
    assert names(unchanged.get(PODS + query)) == chosen
    assert names(unchanged.get("/api/v1/pods" + query)) == chosen


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?labelSelector=a+b+c", 400),
        ("?labelSelector=%3D", 400),
        ("?fieldSelector=spec.color%3Dred", 400),
        ("?fieldSelector=name", 400),
        ("?watch=maybe", 400),
        ("?watch=1&timeoutSeconds=soon", 400),
        ("?watch=1&resourceVersion=abc", 422),
        ("?watch=1&sendInitialEvents=true", 422),
        ("?watch=1&resourceVersionMatch=NotOlderThan", 422),
        ("?resourceVersion=abc", 400),
        ("?continue=abc", 400),
        ("?resourceVersion=1&resourceVersionMatch=Exact", 410),
    ],
)
def test_a_query_that_cannot_be_met_is_refused(unchanged, query, status):
    assert unchanged.call("GET", PODS + query)[0] == status


def test_a_namespace_without_objects_has_an_empty_list(unchanged):
    assert unchanged.get("/api/v1/namespaces/nowhere/pods")["items"] == []


def test_forms_nobody_here_speaks_are_not_acceptable(unchanged):
    assert unchanged.raw("GET", PODS, Accept="application/vnd.kubernetes.protobuf").status == 406
    assert unchanged.raw("GET", PODS, Accept="application/vnd.kubernetes.protobuf,application/json").status == 200


def test_a_table_has_rows_with_the_metadata_of_their_objects(unchanged):
    table = unchanged.raw("GET", PODS, Accept=TABLE).json()
    assert [column["name"] for column in table["columnDefinitions"]][:3] == ["Name", "Ready", "Status"]
    assert table["rows"][0]["cells"][:4] == [FIRST, "1/1", "Running", "0"]
    assert table["rows"][0]["object"]["metadata"]["name"] == FIRST
    assert table["metadata"]["resourceVersion"] == unchanged.get(PODS)["metadata"]["resourceVersion"]


def test_events_are_chosen_by_the_object_they_are_about(unchanged):
    events = f"/api/v1/namespaces/{NAMESPACE}/events?fieldSelector=involvedObject.kind%3DPod,involvedObject.name%3D"
    assert [item["reason"] for item in unchanged.get(events + SECOND)["items"]] == ["Started"]
    assert unchanged.get(events + FIRST)["items"] == []


def test_a_watch_from_a_list_tells_every_later_change(api, rest):
    version = rest.get(PODS)["metadata"]["resourceVersion"]
    add_pod(api, "early")
    add_pod(api, "elsewhere", namespace="other")
    with rest.lines(f"{PODS}?watch=true&resourceVersion={version}") as lines:
        assert shape(next(lines)) == ("ADDED", "early")
        relabel(api, FIRST, {"app": "x"})
        assert shape(next(lines)) == ("MODIFIED", FIRST)
        api.do(lambda store: store.remove("pods", NAMESPACE, FIRST))
        gone = next(lines)
        assert (shape(gone), gone["object"]["kind"]) == (("DELETED", FIRST), "Pod")


@pytest.mark.parametrize("version", ["", "&resourceVersion=0"])
def test_a_watch_without_a_version_begins_with_what_there_is(api, rest, version):
    with rest.lines(f"{PODS}?watch=1{version}") as lines:
        assert [shape(next(lines)) for _ in range(2)] == [("ADDED", FIRST), ("ADDED", SECOND)]
        add_pod(api, "late")
        assert shape(next(lines)) == ("ADDED", "late")


def test_a_watch_list_ends_its_first_part_with_a_bookmark(api, rest):
    query = "watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
    with rest.lines(f"{PODS}?{query}") as lines:
        assert [shape(next(lines))[0] for _ in range(2)] == ["ADDED", "ADDED"]
        bookmark = next(lines)
        assert (bookmark["type"], bookmark["object"]["kind"]) == ("BOOKMARK", "Pod")
        assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert bookmark["object"]["metadata"]["resourceVersion"] == rest.get(PODS)["metadata"]["resourceVersion"]


def test_a_selective_watch_sees_objects_come_and_go_by_their_labels(api, rest):
    version = rest.get(PODS)["metadata"]["resourceVersion"]
    with rest.lines(f"{PODS}?watch=1&labelSelector=tier%3Dgold&resourceVersion={version}") as lines:
        for labels in ({**LABELS, "tier": "gold"}, {"tier": "gold"}, dict(LABELS)):
            relabel(api, FIRST, labels)
        assert [shape(next(lines)) for _ in range(3)] == [("ADDED", FIRST), ("MODIFIED", FIRST), ("DELETED", FIRST)]


def test_a_watch_by_table_sends_the_columns_once(api, rest):
    with rest.lines(f"{PODS}?watch=1", Accept=TABLE) as lines:
        first, second = next(lines)["object"], next(lines)["object"]
    assert [len(table["columnDefinitions"]) > 0 for table in (first, second)] == [True, False]
    assert [table["rows"][0]["cells"][0] for table in (first, second)] == [FIRST, SECOND]


def test_a_watch_from_a_forgotten_version_ends_with_410_inside_the_stream(tmp_path):
    with served_api(tmp_path, history=3) as api, Rest(api) as rest:
        version = rest.get(PODS)["metadata"]["resourceVersion"]
        for number in range(5):
            add_pod(api, f"p{number}")
        with rest.lines(f"{PODS}?watch=1&resourceVersion={version}") as lines:
            (error,) = list(lines)
        assert (error["type"], error["object"]["code"], error["object"]["reason"]) == ("ERROR", 410, "Expired")


def test_a_watch_ends_after_its_time(unchanged):
    started = time.monotonic()
    with unchanged.lines(f"{PODS}?watch=1&timeoutSeconds=1") as lines:
        assert len(list(lines)) == 2
    assert time.monotonic() - started >= 0.9


def test_watches_end_when_the_server_stops(tmp_path):
    with served_api(tmp_path) as api, Rest(api) as rest:
        api.do(fill)
        with rest.lines(f"{PODS}?watch=1") as lines:
            next(lines)
            api.stop()
            assert len(list(lines)) == 1


def test_the_python_client_watches_and_lists(api):
    with python_client(api) as connection:
        core = client.CoreV1Api(connection)
        assert [item.metadata.name for item in core.list_pod_for_all_namespaces().items] == [FIRST, SECOND]
        assert core.list_node().items[0].status.allocatable["cpu"] == "4"
        version = core.list_namespaced_pod(NAMESPACE).metadata.resource_version
        add_pod(api, "late")
        stream = watch.Watch().stream(
            core.list_namespaced_pod, NAMESPACE, resource_version=version, timeout_seconds=1, allow_watch_bookmarks=True
        )
        assert [(item["type"], item["object"].metadata.name) for item in stream] == [("ADDED", "late")]


def test_logs_are_read_in_part(api, rest):
    log_of(api, "2026-11-23T10:00:00.1Z one\n2999-01-01T00:00:00.123456789Z two\n2999-01-01T00:00:01Z three\n")
    answers = {
        "": b"one\ntwo\nthree\n",
        "?container=scorer&tailLines=2": b"two\nthree\n",
        "?tailLines=0": b"",
        "?tailLines=1&timestamps=true": b"2999-01-01T00:00:01Z three\n",
        "?sinceSeconds=60": b"two\nthree\n",
        "?sinceTime=2999-01-01T00:00:00.5Z": b"three\n",
        "?limitBytes=5": b"one\nt",
    }
    assert {query: rest.raw("GET", f"{PODS}/{FIRST}/log{query}").data for query in answers} == answers


def test_a_long_log_comes_whole(api, rest):
    log_of(api, "".join(f"2026-11-23T10:00:00Z line {number}\n" for number in range(20_000)))
    assert rest.raw("GET", f"{PODS}/{FIRST}/log").data.splitlines() == [b"line %d" % n for n in range(20_000)]
    assert rest.raw("GET", f"{PODS}/{FIRST}/log?tailLines=1").data == b"line 19999\n"


def test_the_log_of_the_instance_before_is_kept_apart(api, rest):
    log_of(api, "2026-11-23T10:00:00Z now\n")
    status, refusal = rest.call("GET", f"{PODS}/{FIRST}/log?previous=true")
    assert (status, "previous terminated container" in refusal["message"]) == (400, True)
    log_of(api, "2026-11-23T10:00:00Z before\n", previous=True)
    assert rest.raw("GET", f"{PODS}/{FIRST}/log?previous=true").data == b"before\n"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PODS}/missing/log", 404),
        (f"{PODS}/{FIRST}/log", 400),
        (f"{PODS}/{FIRST}/log?container=other", 400),
        (f"{PODS}/{FIRST}/log?tailLines=-1", 400),
        (f"{PODS}/{FIRST}/log?sinceTime=yesterday", 400),
        (f"{PODS}/..%2f..%2fpki/log", 404),
    ],
)
def test_logs_that_are_not_there_are_refused(unchanged, path, status):
    assert unchanged.call("GET", path)[0] == status


def test_a_followed_log_ends_with_its_container(api, rest):
    log_of(api, "2026-11-23T10:00:00Z one\n")

    def end(obj):
        obj["status"]["containerStatuses"][0]["state"] = {"terminated": {"exitCode": 1, "reason": "Error"}}

    answer = rest.stream(f"{PODS}/{FIRST}/log?follow=true")
    assert answer.readline() == b"one\n"
    with api.logs.path(NAMESPACE, FIRST, "scorer", False).open("a") as file:
        file.write("2026-11-23T10:00:01Z last words\n2026-11-23T10:00:02Z without an end")
    api.change("pods", NAMESPACE, FIRST, end)
    assert answer.read() == b"last words\nwithout an end\n"


def test_a_followed_log_goes_on_when_its_full_file_starts_anew(api, rest):
    path = api.logs.path(NAMESPACE, FIRST, "scorer", False)
    writer = LogWriter(path, 3000)
    writer("line 0")
    answer = rest.stream(f"{PODS}/{FIRST}/log?follow=true")
    for number in range(1, 200):
        assert answer.readline() == f"line {number - 1}\n".encode()
        writer(f"line {number}")
    api.do(lambda store: store.remove("pods", NAMESPACE, FIRST))
    assert answer.read() == b"line 199\n"
    writer.close()


def test_a_followed_log_that_was_overtaken_goes_on_with_the_oldest_line_there_is(api, rest):
    path = api.logs.path(NAMESPACE, FIRST, "scorer", False)
    log_of(api, "2026-11-23T10:00:00Z seen\n")
    answer = rest.stream(f"{PODS}/{FIRST}/log?follow=true")
    assert answer.readline() == b"seen\n"
    newer = path.with_suffix(".new")
    newer.write_text("2026-11-23T10:09:00Z much\n2026-11-23T10:09:01Z later\n")
    newer.replace(path)
    assert [answer.readline(), answer.readline()] == [b"much\n", b"later\n"]
    answer.close()


def test_the_end_of_an_answer_does_not_wait_until_its_start_is_acknowledged():
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname(), timeout=10):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
