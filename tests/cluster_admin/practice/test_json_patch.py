"""JSON patch: the cases of RFC 6902, appendix A, in our own words, and what a hostile one may not do."""

import pytest

from cluster_admin.practice.api.json_patch import MOST_OPERATIONS, operated
from cluster_admin.practice.errors import BadRequest, RequestEntityTooLarge
from tests.cluster_admin.practice.objects import NAMESPACE

DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/scoring-faq"
JSON_PATCH = "application/json-patch+json"


def add(path, value):
    return {"op": "add", "path": path, "value": value}


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def remove(path):
    return {"op": "remove", "path": path}


def check(path, value):
    return {"op": "test", "path": path, "value": value}


def copy(source, path):
    return {"op": "copy", "from": source, "path": path}


def move(source, path):
    return {"op": "move", "from": source, "path": path}


@pytest.mark.parametrize(
    ("before", "operation", "after"),
    [
        ({"a": 1}, add("/b", 2), {"a": 1, "b": 2}),
        ({"a": 1}, add("/a", [2]), {"a": [2]}),
        ({"a": [1, 3]}, add("/a/1", 2), {"a": [1, 2, 3]}),
        ({"a": [1]}, add("/a/1", 2), {"a": [1, 2]}),
        ({"a": [1]}, add("/a/-", [2]), {"a": [1, [2]]}),
        ({"a": 1}, add("/b", {"c": {}}), {"a": 1, "b": {"c": {}}}),
        ({"a": 1}, add("/b", None), {"a": 1, "b": None}),
        ({"a": 1}, add("", {"b": 2}), {"b": 2}),
        ({"a": 1}, add("/", 2), {"a": 1, "": 2}),
        ({"a": 1, "b": 2}, remove("/b"), {"a": 1}),
        ({"a": [1, 2, 3]}, remove("/a/1"), {"a": [1, 3]}),
        ({"a": 1}, replace("/a", 2), {"a": 2}),
        ({"a": [1, 2]}, replace("/a/0", 3), {"a": [3, 2]}),
        ({"a": 1}, replace("", {"b": 2}), {"b": 2}),
        ({"a": {"b": 1}, "c": {}}, move("/a/b", "/c/d"), {"a": {}, "c": {"d": 1}}),
        ({"a": [1, 2, 3]}, move("/a/0", "/a/2"), {"a": [2, 3, 1]}),
        ({"a": 1}, move("/a", "/a"), {"a": 1}),
        ({"a": {"b": 1}}, copy("/a", "/c"), {"a": {"b": 1}, "c": {"b": 1}}),
        ({"a/b": 1, "m~n": 2}, replace("/a~1b", 3), {"a/b": 3, "m~n": 2}),
        ({"a/b": 1, "m~n": 2}, remove("/m~0n"), {"a/b": 1}),
        ({"~1": 1}, replace("/~01", 2), {"~1": 2}),
        ({"a": [{"b": 1.0}]}, check("/a", [{"b": 1.0}]), {"a": [{"b": 1.0}]}),
        ({"a": {"b": 1, "c": 2}}, check("/a", {"c": 2, "b": 1}), {"a": {"b": 1, "c": 2}}),
        ({"a": None}, check("/a", None), {"a": None}),
        ({"a": 1}, add("/b", 2) | {"unknown": "is ignored"}, {"a": 1, "b": 2}),
    ],
)
def test_an_operation_does_what_the_rfc_says(before, operation, after):
    assert operated(before, [operation]) == after


@pytest.mark.parametrize(
    "operation",
    [
        add("/b/c", 1),
        add("/list/3", 1),
        add("/list/-1", 1),
        add("/list/01", 1),
        add("/list/one", 1),
        add("/list/1e0", 1),
        add("/a/b", 1),
        add("b", 1),
        add(5, 1),
        add("", 5),
        remove("/b"),
        remove("/list/2"),
        remove("/list/-"),
        remove(""),
        replace("/b", 1),
        replace("/list/-", 1),
        replace("/list/2", 1),
        check("/a", "1"),
        check("/a", True),
        check("/b", None),
        move("/list", "/list/0"),
        move("/b", "/c"),
        copy("/b", "/c"),
        {"op": "add", "path": "/b"},
        {"op": "copy", "path": "/b"},
        {"op": "spam", "path": "/a", "value": 1},
        {"op": ["add"], "path": "/a", "value": 1},
        {"path": "/a", "value": 1},
        {"op": "remove"},
        {},
        None,
        "add",
        [],
    ],
)
def test_an_operation_that_cannot_be_done_is_a_bad_request(operation):
    with pytest.raises(BadRequest, match="JSON patch"):
        operated({"a": 1, "list": [1, 2]}, [operation])


@pytest.mark.parametrize("operations", [{}, None, "[]", 5, add("/a", 1)])
def test_a_patch_that_is_no_list_is_a_bad_request(operations):
    with pytest.raises(BadRequest, match="list of operations"):
        operated({}, operations)


def test_operations_follow_each_other_and_leave_the_target_alone():
    target = {"a": {"b": [1]}}
    value = {"x": 1}
    assert operated(target, [add("/c", value), add("/c/y", 2), remove("/a/b/0")]) == {
        "a": {"b": []},
        "c": {"x": 1, "y": 2},
    }
    assert (target, value) == ({"a": {"b": [1]}}, {"x": 1})


def test_copies_of_copies_end_before_they_fill_the_memory():
    doubling = [add("/a", ["x" * 1000])] + [copy("/a", "/a/-")] * 40
    with pytest.raises(RequestEntityTooLarge, match="copy at most"):
        operated({}, doubling)
    with pytest.raises(RequestEntityTooLarge, match="operations"):
        operated({}, [check("", {})] * (MOST_OPERATIONS + 1))


def test_a_json_patch_reaches_an_object_whole_or_not_at_all(rest):
    version = rest.get(DEPLOYMENT)["metadata"]["resourceVersion"]
    failing = [replace("/spec/replicas", 3), check("/metadata/name", "another")]
    status, refusal = rest.call("PATCH", DEPLOYMENT, failing, JSON_PATCH)
    assert (status, refusal["reason"]) == (400, "BadRequest")
    assert rest.get(DEPLOYMENT)["metadata"]["resourceVersion"] == version
    passing = [check("/metadata/resourceVersion", version), replace("/spec/replicas", 3)]
    status, changed = rest.call("PATCH", DEPLOYMENT, passing, JSON_PATCH)
    assert (status, changed["spec"]["replicas"]) == (200, 3)
    assert rest.call("PATCH", DEPLOYMENT, passing, JSON_PATCH)[0] == 400


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (replace("/spec/replicas", -1), 422),
        (replace("/spec/template/spec/containers/0/image", ""), 422),
        (remove("/spec/template"), 422),
        (replace("/metadata", None), 400),
        (replace("/metadata/name", "other"), 400),
        (replace("/metadata/resourceVersion", "1"), 409),
    ],
)
def test_what_a_json_patch_leaves_is_checked_like_any_object(unchanged, operation, status):
    assert unchanged.call("PATCH", DEPLOYMENT, [operation], JSON_PATCH)[0] == status
