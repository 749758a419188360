"""The panel against a practice cluster that is killed, refuses the token, or was changed by kubectl meanwhile."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from cluster_admin.models import Change
from tests.cluster_admin.practice.objects import NAMESPACE, fill
from tests.cluster_admin.practice.served_api import served_api
from tests.cluster_admin.test_views import FORM, LIVE, OVERVIEW, hidden, words

ROOT = Path(__file__).resolve().parents[2]
PAGES = (OVERVIEW, FORM, f"{FORM}?replicas=3", "/ops/pods/scoring-faq-1-aaaaa/")
MANIFEST = """
apiVersion: v1
kind: Namespace
metadata: {name: scoring}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: scoring-faq, namespace: scoring}
spec:
  replicas: 1
  selector: {matchLabels: {app: scoring-faq}}
  template:
    metadata: {labels: {app: scoring-faq}}
    spec: {containers: [{name: main, image: "nobody/has:1"}]}
"""


@contextmanager
def practice_process(folder):
    """`python -m cluster_admin.practice` as the demo runs it."""
    (folder / "scoring.yaml").write_text(MANIFEST)
    files = {"--state": folder, "--kubeconfig": folder / "kubeconfig", "--manifests": folder / "scoring.yaml"}
    command = [sys.executable, "-m", "cluster_admin.practice", *(str(part) for pair in files.items() for part in pair)]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert json.loads(process.stdout.readline())["ready"]
            yield process
        finally:
            process.kill()


@pytest.fixture
def chosen(settings):
    def choose(kubeconfig):
        settings.CLUSTER, settings.KUBECONFIG = "practice", kubeconfig
        settings.KUBE_CONTEXT, settings.KUBE_NAMESPACE = "", NAMESPACE

    return choose


def test_a_practice_cluster_killed_under_an_open_page_leaves_the_page(operator, chosen, tmp_path):
    with practice_process(tmp_path) as process:
        chosen(tmp_path / "kubeconfig")
        assert "scoring-faq" in words(operator.get(OVERVIEW))
        form = hidden(operator.get(FORM, {"replicas": 3}))
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        live = operator.get(LIVE)
        assert (live.status_code, live["HX-Retarget"]) == (200, "#stale")
        assert "The cluster does not answer. What is below is as it was last seen." in words(live)
        for page in PAGES:
            answer = operator.get(page)
            assert (answer.status_code, "The cluster does not answer." in words(answer)) == (503, True)
        refused = operator.post(FORM, form)
        assert (refused.status_code, "scoring-faq was not scaled to 3." in words(refused)) == (503, True)
        assert Change.objects.get().outcome == "failed"
        assert operator.get("/ops/changes/").status_code == 200


def test_a_token_that_the_cluster_refuses_is_said_on_every_page(operator, chosen, tmp_path):
    with served_api(tmp_path) as api:
        api.do(fill)
        right = api.kubeconfig.read_text()
        wrong = tmp_path / "wrong"
        wrong.write_text(right.replace(api.credentials.token, "another"))
        chosen(wrong)
        for page in PAGES[1:]:
            answer = operator.get(page)
            assert (answer.status_code, "The cluster does not let this site" in words(answer)) == (403, True)
        assert "This part cannot be shown." in words(operator.get(OVERVIEW))
        assert operator.get(LIVE).status_code == 200


def test_a_number_that_kubectl_changed_meanwhile_is_a_409_and_asked_again(operator, chosen, tmp_path):
    with served_api(tmp_path) as api:
        api.do(fill)
        chosen(api.kubeconfig)
        form = hidden(operator.get(FORM, {"replicas": 3}))
        api.kubectl("scale", "deploy/scoring-faq", "--replicas=5")
        answer = operator.post(FORM, form)
        assert (answer.status_code, "Someone changed it to 5 meanwhile." in words(answer)) == (409, True)
        assert Change.objects.get().outcome == "refused"
        assert operator.post(FORM, hidden(answer)).status_code == 302
        assert api.kubectl("get", "deploy/scoring-faq", "-o=jsonpath={.spec.replicas}") == "3"


def test_a_version_that_moved_without_the_number_is_no_conflict(operator, chosen, tmp_path):
    with served_api(tmp_path) as api:
        api.do(fill)
        chosen(api.kubeconfig)
        form = hidden(operator.get(FORM, {"replicas": 3}))
        api.kubectl("annotate", "deploy/scoring-faq", "mood=calm")
        assert operator.post(FORM, form).status_code == 302
        assert api.kubectl("get", "deploy/scoring-faq", "-o=jsonpath={.spec.replicas}") == "3"
