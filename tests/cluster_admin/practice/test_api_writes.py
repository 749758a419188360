"""The API over plain HTTPS requests and the official Python client: changes and their refusals."""

import json

import pytest
import urllib3
from kubernetes import client

from cluster_admin.practice.api import requests as limits
from tests.cluster_admin.practice.objects import NAMESPACE, deployment, pod
from tests.cluster_admin.practice.rest import Rest, python_client

DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
DEPLOYMENT = f"{DEPLOYMENTS}/scoring-faq"
SCALE = f"{DEPLOYMENT}/scale"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


def replicas(rest: Rest) -> int:
    return rest.get(DEPLOYMENT)["spec"]["replicas"]


def test_without_the_token_there_is_a_401_status(api):
    for token in ("", "wrong", api.credentials.token[:-1], f"{api.credentials.token}x"):
        with Rest(api, token) as rest:
            status, body = rest.call("GET", PODS)
            assert (status, body["kind"], body["reason"]) == (401, "Status", "Unauthorized")
            assert rest.call("GET", "/version")[0] == rest.raw("GET", "/readyz").status == 200


def test_a_client_that_does_not_know_the_authority_is_refused(api):
    with urllib3.PoolManager(retries=False) as pool, pytest.raises(urllib3.exceptions.SSLError):
        pool.request("GET", f"{api.url}/version")


def test_scale_reads_and_sets_replicas(rest):
    scale = rest.get(SCALE)
    assert scale["spec"] == {"replicas": 2}
    assert scale["status"] == {"replicas": 2, "selector": "app=scoring-faq"}
    status, after = rest.call("PATCH", SCALE, {"spec": {"replicas": 3}}, MERGE)
    assert (status, after["spec"]["replicas"], replicas(rest)) == (200, 3, 3)
    status, _ = rest.call("PUT", SCALE, after | {"spec": {"replicas": 0}})
    assert (status, replicas(rest)) == (200, 0)


def test_scale_with_a_stale_version_is_a_conflict(rest):
    seen = rest.get(SCALE)
    rest.call("PATCH", SCALE, {"spec": {"replicas": 3}}, MERGE)
    patch = {"metadata": {"resourceVersion": seen["metadata"]["resourceVersion"]}, "spec": {"replicas": 4}}
    for method, body, media in (("PATCH", patch, MERGE), ("PUT", seen, "application/json")):
        status, refusal = rest.call(method, SCALE, body, media)
        assert (status, refusal["reason"]) == (409, "Conflict")
    assert replicas(rest) == 3


@pytest.mark.parametrize("wrong", [-1, 1001, 10**6, 10**30, "abc", "3", 2.5, True, None, [], {}])
def test_replicas_that_are_no_sane_number_are_invalid(unchanged, wrong):
    for path in (SCALE, DEPLOYMENT):
        if wrong is None and path == DEPLOYMENT:
            continue
        status, refusal = unchanged.call("PATCH", path, {"spec": {"replicas": wrong}}, MERGE)
        assert (status, refusal["reason"]) == (422, "Invalid")
        assert refusal["details"]["causes"][0]["field"] == "spec.replicas"
    assert replicas(unchanged) == 2


def test_a_dry_run_answers_and_changes_nothing(rest):
    status, scale = rest.call("PATCH", f"{SCALE}?dryRun=All", {"spec": {"replicas": 9}}, MERGE)
    assert (status, scale["spec"]["replicas"]) == (200, 9)
    assert rest.call("PATCH", f"{DEPLOYMENT}?dryRun=All", {"spec": {"replicas": 9}}, MERGE)[0] == 200
    assert rest.call("DELETE", f"{DEPLOYMENT}?dryRun=All")[0] == 200
    assert rest.call("POST", f"{DEPLOYMENTS}?dryRun=All", deployment("other"))[0] == 201
    assert replicas(rest) == 2
    assert rest.call("GET", f"{DEPLOYMENTS}/other")[0] == 404
    assert rest.call("PATCH", f"{SCALE}?dryRun=Some", {"spec": {"replicas": 9}}, MERGE)[0] == 422


def test_a_status_changes_apart_from_the_rest(rest):
    patch = {"spec": {"replicas": 9}, "status": {"readyReplicas": 2}}
    assert rest.call("PATCH", f"{DEPLOYMENT}/status", patch, MERGE)[0] == 200
    assert (replicas(rest), rest.get(DEPLOYMENT)["status"]["readyReplicas"]) == (2, 2)
    assert rest.call("PATCH", DEPLOYMENT, {"status": {"readyReplicas": 7}}, MERGE)[0] == 200
    assert rest.get(DEPLOYMENT)["status"]["readyReplicas"] == 2


def test_put_replaces_and_needs_the_version_that_was_seen(rest):
    seen = rest.get(DEPLOYMENT)
    seen["spec"]["template"]["spec"]["containers"][0]["image"] = "scoredeck/scoring-faq:2"
    status, stored = rest.call("PUT", DEPLOYMENT, seen)
    assert (status, stored["metadata"]["generation"]) == (200, 2)
    assert rest.call("PUT", DEPLOYMENT, seen)[0] == 409


@pytest.mark.parametrize("media", [MERGE, STRATEGIC])
def test_a_patch_with_null_takes_a_field_away(rest, media):
    rest.call("PATCH", DEPLOYMENT, {"metadata": {"annotations": {"a": "1", "b": "2"}}}, media)
    rest.call("PATCH", DEPLOYMENT, {"metadata": {"annotations": {"a": None}}}, media)
    assert rest.get(DEPLOYMENT)["metadata"]["annotations"] == {"b": "2"}


def test_a_strategic_patch_merges_containers_by_name(rest):
    sidecar = {"name": "sidecar", "image": "sidecar:1"}
    for containers in ([sidecar], [{"name": "scorer", "image": "scoredeck/scoring-faq:3"}]):
        rest.call("PATCH", DEPLOYMENT, {"spec": {"template": {"spec": {"containers": containers}}}}, STRATEGIC)
    containers = rest.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    assert [(item["name"], item["image"]) for item in containers] == [
        ("scorer", "scoredeck/scoring-faq:3"),
        ("sidecar", "sidecar:1"),
    ]
    gone = {"containers": [{"name": "sidecar", "$patch": "delete"}]}
    rest.call("PATCH", DEPLOYMENT, {"spec": {"template": {"spec": gone}}}, STRATEGIC)
    assert [item["name"] for item in rest.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"]] == ["scorer"]


def test_the_selector_of_a_deployment_is_immutable(unchanged):
    labels = {"app": "other"}
    patch = {"spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}}
    status, refusal = unchanged.call("PATCH", DEPLOYMENT, patch, MERGE)
    assert (status, refusal["details"]["causes"][0]["field"]) == (422, "spec.selector")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("containers", []),
        ("containers", "abc"),
        ("containers", [{"name": "../x", "image": "a"}]),
        ("containers", [{"name": "a"}]),
        ("containers", [{"name": "a", "image": "a"}, {"name": "a", "image": "a"}]),
        ("containers", [{"name": "a", "image": "a", "resources": {"requests": {"cpu": "lots"}}}]),
        ("containers", [{"name": "a", "image": "a", "resources": {"requests": {"cpu": "-1"}}}]),
        ("containers", [{"name": "a", "image": "a", "command": ["x\0y"]}]),
        ("nodeSelector", {"a": 1}),
        ("tolerations", [{"operator": "Sometimes"}]),
        ("terminationGracePeriodSeconds", -1),
    ],
)
def test_a_template_that_cannot_run_is_invalid(unchanged, path, value):
    status, refusal = unchanged.call("PATCH", DEPLOYMENT, {"spec": {"template": {"spec": {path: value}}}}, MERGE)
    assert (status, refusal["reason"]) == (422, "Invalid")
    assert refusal["details"]["causes"][0]["field"].startswith(f"spec.template.spec.{path}")


def test_create_fills_the_defaults_and_delete_takes_away(rest):
    body = deployment("web")
    for field in ("replicas", "strategy"):
        del body["spec"][field]
    status, created = rest.call("POST", DEPLOYMENTS, body)
    assert (status, created["spec"]["replicas"], created["status"]) == (201, 1, {})
    assert created["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": "25%", "maxSurge": "25%"}
    assert rest.call("POST", DEPLOYMENTS, body)[1]["reason"] == "AlreadyExists"
    status, done = rest.call("DELETE", f"{DEPLOYMENTS}/web")
    assert (status, done["status"], done["details"]["uid"]) == (200, "Success", created["metadata"]["uid"])
    assert rest.call("GET", f"{DEPLOYMENTS}/web")[0] == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"kind": "Pod"}, 400),
        ({"apiVersion": "apps/v1beta1"}, 400),
        ({"metadata": None}, 400),
        ({"metadata": {"name": "web", "namespace": "other"}}, 400),
        ({"metadata": {"name": "Web_1"}}, 422),
        ({"metadata": {"name": "a" * 300}}, 422),
        ({"metadata": {}}, 422),
        ({"metadata": {"name": 5}}, 422),
        ({"metadata": {"name": "web", "labels": {"a": 1}}}, 422),
        ({"spec": None}, 422),
        ({"spec": "abc"}, 422),
        ({"spec": {"selector": {"matchLabels": {}}, "template": {"spec": {"containers": []}}}}, 422),
    ],
)
def test_a_body_that_is_no_deployment_is_refused(unchanged, change, status):
    assert unchanged.call("POST", DEPLOYMENTS, deployment("web") | change)[0] == status


def test_nothing_is_created_in_a_namespace_that_is_not_there(unchanged):
    body = deployment("web") | {"metadata": {"name": "web"}}
    status, refusal = unchanged.call("POST", DEPLOYMENTS.replace(NAMESPACE, "nowhere"), body)
    assert (status, refusal["message"]) == (404, 'namespaces "nowhere" not found')


def test_deleting_a_pod_marks_it_for_the_kubelet(rest):
    status, marked = rest.call("DELETE", f"{PODS}/scoring-faq-1-aaaaa", {"gracePeriodSeconds": 7})
    assert (status, marked["metadata"]["deletionGracePeriodSeconds"]) == (200, 7)
    assert "deletionTimestamp" in rest.get(f"{PODS}/scoring-faq-1-aaaaa")["metadata"]
    wrong_uid = {"preconditions": {"uid": "another"}}
    assert rest.call("DELETE", f"{PODS}/scoring-faq-1-bbbbb", wrong_uid)[0] == 409
    assert rest.call("DELETE", f"{PODS}/scoring-faq-1-bbbbb", {"gracePeriodSeconds": -1})[0] == 422


def test_a_pod_of_its_own_is_created_pending(rest):
    status, created = rest.call("POST", PODS, pod("own"))
    assert (status, created["status"]) == (201, {"phase": "Pending"})


@pytest.mark.parametrize(
    ("media", "body", "status"),
    [
        (MERGE, b"{", 400),
        (MERGE, b"", 400),
        (MERGE, b"[]", 400),
        (MERGE, b"\xff\xfe", 400),
        (MERGE, b'{"spec":{"replicas":NaN}}', 400),
        (MERGE, b'{"a":' * 500 + b"1" + b"}" * 500, 400),
        (STRATEGIC, b'{"spec":{"template":{"spec":{"containers":[5]}}}}', 400),
        (MERGE, b'{"metadata":{"name":"other"}}', 400),
        (MERGE, b'{"metadata":5}', 400),
        ("application/json", b"{}", 415),
        ("application/apply-patch+yaml", b"{}", 415),
        (MERGE, b" " * (limits.LARGEST_BODY + 1), 413),
    ],
)
def test_a_patch_that_cannot_be_read_is_refused(unchanged, media, body, status):
    answer = unchanged.raw("PATCH", DEPLOYMENT, body, media)
    assert (answer.status, json.loads(answer.data)["kind"]) == (status, "Status")
    assert replicas(unchanged) == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/apis/metrics.k8s.io/v1beta1/pods", 404),
        ("GET", "/api/v1/configmaps", 404),
        ("GET", f"{PODS}/", 404),
        ("POST", f"{PODS}/scoring-faq-1-aaaaa/eviction", 404),
        ("DELETE", "/api/v1/nodes/practice-cpu-1", 405),
        ("DELETE", PODS, 405),
        ("POST", f"/api/v1/namespaces/{NAMESPACE}/services", 405),
    ],
)
def test_what_is_not_served_is_said_so_as_a_status(unchanged, method, path, status):
    assert unchanged.call(method, path, {})[0:2] == (status, unchanged.last | {"kind": "Status", "code": status})


def test_the_python_client_scales_and_is_told_of_conflicts(api):
    with python_client(api) as connection:
        apps = client.AppsV1Api(connection)
        seen = apps.read_namespaced_deployment_scale("scoring-faq", NAMESPACE)
        after = apps.patch_namespaced_deployment_scale("scoring-faq", NAMESPACE, {"spec": {"replicas": 3}})
        assert after.spec.replicas == 3
        with pytest.raises(client.ApiException) as refused:
            apps.replace_namespaced_deployment_scale("scoring-faq", NAMESPACE, seen)
        assert (refused.value.status, json.loads(refused.value.body)["reason"]) == (409, "Conflict")


def test_the_python_client_creates_what_it_reads_back(api):
    with python_client(api) as connection:
        apps = client.AppsV1Api(connection)
        meta = client.V1ObjectMeta(name="web", labels={"app": "web"})
        container = client.V1Container(name="web", image="web:1")
        template = client.V1PodTemplateSpec(metadata=meta, spec=client.V1PodSpec(containers=[container]))
        spec = client.V1DeploymentSpec(selector=client.V1LabelSelector(match_labels={"app": "web"}), template=template)
        apps.create_namespaced_deployment(NAMESPACE, client.V1Deployment(metadata=meta, spec=spec))
        assert [item.metadata.name for item in apps.list_namespaced_deployment(NAMESPACE).items] == [
            "scoring-faq",
            "web",
        ]
        apps.delete_namespaced_deployment("web", NAMESPACE)
        assert len(apps.list_deployment_for_all_namespaces().items) == 1


def test_quantities_written_as_numbers_are_read_as_text(api):
    """YAML has `nvidia.com/gpu: 1`; the Python client takes text alone and would fail on the whole list."""
    made = deployment("numbers")
    container = made["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"requests": {"cpu": 0.25, "memory": 1048576}, "limits": {"nvidia.com/gpu": 1}}
    with Rest(api) as rest, python_client(api) as connection:
        assert rest.call("POST", f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments", made)[0] == 201
        listed = client.AppsV1Api(connection).list_namespaced_deployment(NAMESPACE).items
    template = next(item for item in listed if item.metadata.name == "numbers").spec.template
    resources = template.spec.containers[0].resources
    assert resources.limits == {"nvidia.com/gpu": "1"}
    assert resources.requests == {"cpu": "250m", "memory": "1048576", "nvidia.com/gpu": "1"}
