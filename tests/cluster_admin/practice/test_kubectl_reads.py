"""kubectl against the API: what it reads, and the changes that need no controller."""

import itertools
import subprocess

import pytest

from tests.cluster_admin.practice.objects import NAMESPACE, pod


def words(printed: str) -> list[list[str]]:
    return [line.split() for line in printed.splitlines()]


def lines_of(process: subprocess.Popen[str], number: int) -> list[list[str]]:
    assert process.stdout is not None
    return [line.split() for line in itertools.islice(process.stdout, number)]


def edit_status(api, ready: int) -> None:
    def edit(deployment):
        replicas = deployment["spec"]["replicas"]
        counts = dict.fromkeys(("replicas", "updatedReplicas"), replicas)
        counts |= dict.fromkeys(("readyReplicas", "availableReplicas"), ready)
        deployment["status"] = counts | {"observedGeneration": deployment["metadata"]["generation"]}

    api.change("deployments", NAMESPACE, "scoring-faq", edit)


def test_the_version_says_it_is_a_practice_cluster(api):
    assert "Server Version: v1.36.0+practice" in api.kubectl("version")


def test_get_prints_the_columns_of_each_kind(api):
    tables = {
        "nodes": ["NAME", "STATUS", "ROLES", "AGE", "VERSION"],
        "namespaces": ["NAME", "STATUS", "AGE"],
        "pods": ["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
        "deploy": ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
        "rs": ["NAME", "DESIRED", "CURRENT", "READY", "AGE"],
        "svc": ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"],
    }
    assert {name: words(api.kubectl("get", name))[0] for name in tables} == tables
    assert api.kubectl("get", "events").splitlines()[0].split() == [
        "LAST",
        "SEEN",
        "TYPE",
        "REASON",
        "OBJECT",
        "MESSAGE",
    ]


def test_get_prints_the_state_of_each_object(api):
    rows = words(api.kubectl("get", "nodes,deploy,rs,svc", "--no-headers"))
    assert [row[:3] for row in rows if row] == [
        ["node/practice-cpu-1", "Ready", "<none>"],
        ["deployment.apps/scoring-faq", "1/2", "2"],
        ["replicaset.apps/scoring-faq-1", "2", "2"],
        ["service/scoring-faq", "ClusterIP", "127.0.0.1"],
    ]
    wide = words(api.kubectl("get", "pods", "-o", "wide", "--all-namespaces"))
    assert wide[1][:5] == [NAMESPACE, "scoring-faq-1-aaaaa", "1/1", "Running", "0"]
    assert wide[1][-3:] == ["127.0.0.1", "practice-cpu-1", "<none>"]


def test_pods_that_fail_say_why(api):
    def crash(obj):
        obj["status"]["containerStatuses"][0] |= {
            "ready": False,
            "restartCount": 3,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        }

    api.change("pods", NAMESPACE, "scoring-faq-1-aaaaa", crash)
    row = words(api.kubectl("get", "pods", "scoring-faq-1-aaaaa", "--no-headers"))[0]
    assert row[1:4] == ["0/1", "CrashLoopBackOff", "3"]


def test_selectors_choose(api):
    chosen = api.kubectl(
        "get",
        "pods",
        "-l",
        "app in (scoring-faq,x),!old",
        "--field-selector=metadata.name!=scoring-faq-1-aaaaa",
        "-o=name",
    )
    assert chosen.split() == ["pod/scoring-faq-1-bbbbb"]


def test_describe_joins_pods_owners_and_events(api):
    assert "scoring-faq-1 (2/2 replicas created)" in api.kubectl("describe", "deploy", "scoring-faq")
    assert "Started container scorer" in api.kubectl("describe", "pod", "scoring-faq-1-bbbbb")
    node = api.kubectl("describe", "node", "practice-cpu-1")
    assert "Non-terminated Pods:          (2 in total)" in node
    assert "500m (12%)" in node


def test_get_watch_follows_changes(api):
    process = api.start_kubectl("get", "pods", "--watch", "--no-headers")
    assert sorted(row[0] for row in lines_of(process, 2)) == ["scoring-faq-1-aaaaa", "scoring-faq-1-bbbbb"]
    api.do(lambda store: store.create("pods", pod("scoring-faq-1-ccccc", phase="Pending")))
    assert lines_of(process, 1)[0][0] == "scoring-faq-1-ccccc"
    api.do(lambda store: store.delete("pods", NAMESPACE, "scoring-faq-1-ccccc"))
    assert lines_of(process, 1)[0][2] == "Terminating"


def test_scale_sets_the_replicas(api):
    assert api.kubectl("scale", "deploy/scoring-faq", "--replicas=5") == "deployment.apps/scoring-faq scaled\n"
    assert api.kubectl("get", "deploy/scoring-faq", "-o=jsonpath={.spec.replicas}") == "5"


def test_scale_beyond_the_practice_cluster_is_refused_in_words(api):
    refused = api.try_kubectl("scale", "deploy/scoring-faq", "--replicas=1000000")
    assert refused.returncode == 1
    assert "the practice cluster allows at most 1000 replicas" in refused.stderr


def test_set_image_and_restart_change_the_template_alone(api):
    api.kubectl("set", "image", "deploy/scoring-faq", "scorer=scoredeck/scoring-faq:2")
    api.kubectl("rollout", "restart", "deploy/scoring-faq")
    template = api.do(lambda store: store.get("deployments", NAMESPACE, "scoring-faq"))["spec"]["template"]
    (container,) = template["spec"]["containers"]
    assert container["image"] == "scoredeck/scoring-faq:2"
    assert container["resources"] == {"requests": {"cpu": "250m", "memory": "300Mi"}}
    assert list(template["metadata"]["annotations"]) == ["kubectl.kubernetes.io/restartedAt"]


def test_rollout_status_waits_by_a_watch_list(api):
    edit_status(api, ready=1)
    process = api.start_kubectl("rollout", "status", "deploy/scoring-faq", "--timeout=20s")
    assert "1 of 2 updated replicas are available" in " ".join(lines_of(process, 1)[0])
    edit_status(api, ready=2)
    assert "successfully rolled out" in " ".join(lines_of(process, 1)[0])
    assert process.wait(20) == 0


def test_cordon_and_uncordon(api):
    api.kubectl("cordon", "practice-cpu-1")
    assert words(api.kubectl("get", "nodes", "--no-headers"))[0][1] == "Ready,SchedulingDisabled"
    api.kubectl("uncordon", "practice-cpu-1")
    assert words(api.kubectl("get", "nodes", "--no-headers"))[0][1] == "Ready"


def test_labels_of_a_pod_may_change_and_its_spec_may_not(api):
    api.kubectl("label", "pod", "scoring-faq-1-aaaaa", "tier=gold")
    assert api.kubectl("get", "pods", "-l=tier=gold", "-o=name").strip() == "pod/scoring-faq-1-aaaaa"
    refused = api.try_kubectl("set", "image", "pod/scoring-faq-1-aaaaa", "scorer=other:1")
    assert "spec: field is immutable" in refused.stderr


def test_logs_follow_until_the_pod_is_gone(api):
    path = api.logs.path(NAMESPACE, "scoring-faq-1-aaaaa", "scorer", False)
    path.write_text("2026-11-23T10:00:00.123456789Z zero\n2026-11-23T10:00:01.5Z one\n")
    assert api.kubectl("logs", "scoring-faq-1-aaaaa") == "zero\none\n"
    process = api.start_kubectl("logs", "--follow", "--tail=1", "deploy/scoring-faq")
    assert lines_of(process, 1) == [["one"]]
    with path.open("a") as file:
        file.write("2026-11-23T10:00:02Z two\n")
    assert lines_of(process, 1) == [["two"]]
    api.do(lambda store: store.remove("pods", NAMESPACE, "scoring-faq-1-aaaaa"))
    assert process.wait(20) == 0


def test_delete_pod_waits_until_the_kubelet_has_removed_it(api):
    process = api.start_kubectl("delete", "pod", "scoring-faq-1-aaaaa")
    assert "deleted" in " ".join(lines_of(process, 1)[0])
    assert process.poll() is None
    api.do(lambda store: store.remove("pods", NAMESPACE, "scoring-faq-1-aaaaa"))
    assert process.wait(20) == 0


def test_the_one_user_may_do_everything(api):
    assert api.kubectl("auth", "can-i", "patch", "deployments", "--subresource=scale").strip() == "yes"


@pytest.mark.parametrize(
    ("command", "words_of_refusal"),
    [
        ("get pods missing", 'pods "missing" not found'),
        ("get widgets", "the server doesn't have a resource type"),
        ("delete node practice-cpu-1", "the server does not allow this method"),
        ("get hpa", "the server doesn't have a resource type"),
        ("logs scoring-faq-1-aaaaa -c other", "container other is not valid for pod scoring-faq-1-aaaaa"),
    ],
)
def test_what_cannot_be_done_is_said(api, command, words_of_refusal):
    refused = api.try_kubectl(*command.split())
    assert refused.returncode == 1
    assert words_of_refusal in refused.stderr
