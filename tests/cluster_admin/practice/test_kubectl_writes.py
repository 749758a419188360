"""kubectl against the API: what it creates, applies and changes, and what it is told where it cannot."""

import json
import threading
from pathlib import Path

import pytest
import yaml

from tests.cluster_admin.practice.objects import NAMESPACE
from tests.cluster_admin.practice.rest import Rest

ROOT = Path(__file__).resolve().parents[3]
CREATE = ("create", "deployment", "web", "--image=web:1", "--replicas=3", "--port=8080")
MANIFEST = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "main",
                        "image": "web:1",
                        "ports": [{"containerPort": 8080}],
                        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                        "readinessProbe": {"httpGet": {"port": 8080}},
                    }
                ]
            },
        },
    },
}


@pytest.fixture
def manifest(tmp_path):
    path = tmp_path / "web.json"
    path.write_text(json.dumps(MANIFEST))
    return path


def container(api):
    deployment = api.do(lambda store: store.get("deployments", NAMESPACE, "web"))
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    return only


def end_marked_pods(api, names: set[str]) -> None:
    """What the kubelet does: a pod that is marked for deletion goes for good."""
    version = api.do(lambda store: store.resource_version)
    with Rest(api) as rest, rest.lines(f"/api/v1/pods?watch=1&timeoutSeconds=20&resourceVersion={version}") as changes:
        for change in changes:
            name = change["object"]["metadata"]["name"]
            if change["type"] == "MODIFIED" and name in names:
                api.do(lambda store, gone=name: store.remove("pods", NAMESPACE, gone))
                names.remove(name)
            if not names:
                return


def is_within(part, whole) -> bool:
    """Whether every value that is set in `part` is in `whole`: creation adds defaults and takes nothing away."""
    if isinstance(part, dict):
        return all(value in (None, {}, []) or is_within(value, whole.get(key)) for key, value in part.items())
    if isinstance(part, list):
        return all(is_within(*pair) for pair in zip(part, whole, strict=True))
    return part == whole


def test_create_deployment_stores_what_kubectl_shows_without_sending_it(api):
    command = ("--", "serve", "--quick", "ä")
    shown = json.loads(api.kubectl(*CREATE, "--dry-run=client", "-o=json", *command))
    assert api.kubectl(*CREATE, *command) == "deployment.apps/web created\n"
    stored = api.do(lambda store: store.get("deployments", NAMESPACE, "web"))
    del shown["status"], shown["kind"], shown["apiVersion"]
    assert is_within(shown, stored)
    assert container(api)["command"] == ["serve", "--quick", "ä"]


def test_create_namespace(api):
    assert api.kubectl("create", "namespace", "other") == "namespace/other created\n"
    assert api.kubectl("get", "ns", "other", "-o=jsonpath={.status.phase}") == "Active"


def test_create_dry_run_on_the_server_stores_nothing(api):
    assert api.kubectl(*CREATE, "--dry-run=server") == "deployment.apps/web created (server dry run)\n"
    assert "not found" in api.try_kubectl("get", "deploy", "web").stderr


def test_apply_creates_then_changes_only_what_changed(api, manifest):
    assert api.kubectl("apply", "-f", str(manifest)) == "deployment.apps/web created\n"
    assert api.kubectl("apply", "-f", str(manifest)) == "deployment.apps/web unchanged\n"
    api.kubectl("scale", "deploy/web", "--replicas=4")
    changed = json.loads(json.dumps(MANIFEST))
    changed["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "B", "value": "3"}]
    manifest.write_text(json.dumps(changed))
    assert "diff" in api.try_kubectl("diff", "-f", str(manifest)).stdout
    assert api.kubectl("apply", "-f", str(manifest)) == "deployment.apps/web configured\n"
    assert container(api)["env"] == [{"name": "B", "value": "3"}]
    assert api.kubectl("get", "deploy", "web", "-o=jsonpath={.spec.replicas}") == "4"
    assert "deleted" in api.kubectl("delete", "-f", str(manifest))


def test_apply_takes_what_the_demo_starts_with(api):
    manifests = ROOT / "demo" / "scoring.yaml"
    api.kubectl("delete", "deploy", "scoring-faq")
    api.do(lambda store: store.remove("services", NAMESPACE, "scoring-faq"))
    for document in yaml.safe_load_all(manifests.read_text()):
        if document["kind"] == "Service":
            api.do(lambda store, service=document: store.create("services", service))
    printed = api.kubectl("apply", "-f", str(manifests))
    assert "namespace/scoring configured" in printed
    assert "deployment.apps/scoring-images created" in printed
    assert "service/scoring-faq configured" in printed
    assert set(api.kubectl("apply", "-f", str(manifests)).split()[1::2]) == {"unchanged"}


def test_a_service_that_selects_nothing_sane_is_refused(api):
    refused = api.try_kubectl("patch", "svc/scoring-faq", "--type=merge", "-p", '{"spec":{"selector":"app"}}')
    assert (refused.returncode, "spec.selector" in refused.stderr) == (1, True)


def test_fields_that_change_nothing_here_are_kept_with_a_warning(api, manifest):
    changed = json.loads(json.dumps(MANIFEST))
    changed["spec"]["template"]["spec"]["containers"][0] |= {"livenesProbe": {"x": 1}, "workingDir": ""}
    changed["spec"]["template"]["spec"]['odd"\n\u2028'] = 1
    manifest.write_text(json.dumps(changed))
    done = api.try_kubectl("apply", "-f", str(manifest))
    assert (done.returncode, done.stdout) == (0, "deployment.apps/web created\n")
    assert sorted(done.stderr.splitlines()) == [
        "Warning: spec.template.spec.containers[0].livenesProbe: "
        "the practice cluster keeps this field and does not act on it",
        "Warning: spec.template.spec.odd???: the practice cluster keeps this field and does not act on it",
    ]
    assert container(api)["livenesProbe"] == {"x": 1}


def test_what_cannot_be_stored_is_refused_with_the_field(api, manifest):
    changed = json.loads(json.dumps(MANIFEST))
    changed["spec"]["replicas"] = -1
    manifest.write_text(json.dumps(changed))
    refused = api.try_kubectl("apply", "-f", str(manifest))
    assert refused.returncode == 1
    assert "spec.replicas: Invalid value: '-1': must be greater than or equal to 0" in refused.stderr


def test_explain_lists_the_fields_that_count(api):
    printed = api.kubectl("explain", "deployment.spec.template.spec.containers")
    assert "The fields listed are those that the practice cluster acts on" in " ".join(printed.split())
    for line in ("image\t<string> -required-", "env\t<[]EnvironmentVariable>", "readinessProbe\t<Probe>"):
        assert line in printed
    for name in ("pods", "nodes", "namespaces", "services", "events", "replicasets.spec.replicas"):
        assert "VERSION:    v1" in api.kubectl("explain", name)


def test_describe_prints_ports_and_probes_whole(api, manifest):
    api.kubectl("apply", "-f", str(manifest))
    printed = " ".join(api.kubectl("describe", "deploy", "web").split())
    assert "Port: 8080/TCP" in printed
    assert "http-get http://:8080/ delay=0s timeout=1s period=10s successThreshold=1 failureThreshold=3" in printed


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("strategic", '{"metadata":{"annotations":{"mood":"calm"}}}'),
        ("merge", '{"metadata":{"annotations":{"mood":"calm"}}}'),
        ("json", '[{"op":"add","path":"/metadata/annotations","value":{"mood":"calm"}}]'),
    ],
)
def test_every_kind_of_patch_is_taken(api, kind, patch):
    api.kubectl("patch", "deploy/scoring-faq", f"--type={kind}", "-p", patch)
    assert api.kubectl("get", "deploy/scoring-faq", "-o=jsonpath={.metadata.annotations.mood}") == "calm"


def test_labels_and_annotations_come_and_go(api):
    for verb in ("label", "annotate"):
        api.kubectl(verb, "deploy/scoring-faq", "mood=calm")
        assert "--overwrite is false" in api.try_kubectl(verb, "deploy/scoring-faq", "mood=cross").stderr
        api.kubectl(verb, "deploy/scoring-faq", "mood-")
    metadata = api.do(lambda store: store.get("deployments", NAMESPACE, "scoring-faq"))["metadata"]
    assert ("mood" in metadata["labels"], metadata.get("annotations", {})) == (False, {})


def test_drain_cordons_and_deletes_the_pods_of_the_node(api):
    ended = threading.Thread(target=end_marked_pods, args=(api, {"scoring-faq-1-aaaaa", "scoring-faq-1-bbbbb"}))
    ended.start()
    printed = api.kubectl("drain", "practice-cpu-1", "--timeout=20s", "--force")
    ended.join(20)
    assert "node/practice-cpu-1 cordoned" in printed
    assert "node/practice-cpu-1 drained" in printed
    assert api.do(lambda store: store.list("pods"))[0] == []


def test_the_one_user_may_read_what_may_be_done(api):
    assert "*.*" in api.kubectl("auth", "can-i", "--list")


@pytest.mark.parametrize(
    ("command", "words_of_refusal"),
    [
        ("exec scoring-faq-1-aaaaa -- ls", "pods of the practice cluster are processes of this machine"),
        ("port-forward scoring-faq-1-aaaaa 0:80", "pods of the practice cluster are processes of this machine"),
        ("delete namespace scoring", "here, not DELETE"),
        ("expose deploy/scoring-faq --port=80", "the practice cluster allows GET, HEAD here, not POST"),
        ("top pods", "Metrics API not available"),
        ("apply --server-side -f MANIFEST", "Server-side apply not available on the server"),
        ("create configmap settings", "the server could not find the requested resource"),
        ("create deployment Web --image=web:1", "metadata.name: Invalid value"),
    ],
)
def test_what_cannot_be_done_is_said(api, manifest, command, words_of_refusal):
    refused = api.try_kubectl(*command.replace("MANIFEST", str(manifest)).split())
    assert refused.returncode == 1
    assert words_of_refusal in refused.stderr
