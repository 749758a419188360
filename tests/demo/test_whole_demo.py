"""The whole demo as a user runs it: ask, upload, sign in, scale 1 → 3 → 1. Nothing is stood in for."""

import json
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests
from kubernetes.client import ApiClient, AppsV1Api, Configuration, CoreV1Api
from kubernetes.config import load_kube_config

from tests.demo.processes import ROOT, until

LIMIT_S = 90
COMMANDS = re.findall(r"^curl .*$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)

pytestmark = [pytest.mark.demo, pytest.mark.timeout(600)]


@pytest.fixture
def running(demo_site) -> str:
    return demo_site.url


@pytest.fixture
def state(demo_site) -> Path:
    return demo_site.state


def test_three_uses_on_real_input(running, state):
    page = requests.get(f"{running}/", params={"q": "remove duplicates from an array"}, timeout=10)
    assert page.status_code == 200
    assert "How do I remove duplicates from an array?" in page.text
    assert answering(running)["question"] == "How do I remove duplicates from an array?"
    assert coffee(running)["predictions"][0]["label"] == "espresso"
    with requests.Session() as operator:
        sign_in(operator, running, state)
        assert ready(operator, running, "1/1")
        scale(operator, running, 3)
        seen = set()
        until(lambda: len(seen) >= 3 or seen.add(answering(running)["replica"]), LIMIT_S)
        until(lambda: ready(operator, running, "3/3"), LIMIT_S)
        scale(operator, running, 1)
        until(lambda: ready(operator, running, "1/1"), LIMIT_S)
        audit = text_of(operator.get(f"{running}/ops/changes/", timeout=10))
    assert "1 → 3" in audit
    assert "3 → 1" in audit


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.rsplit("/", 1)[1])
def test_commands_of_the_api_document_work(running, tmp_path, command):
    shutil.copy(Path(find_spec("sklearn").origin).parent / "datasets" / "images" / "china.jpg", tmp_path / "photo.jpg")
    here = command.replace("http://127.0.0.1:8000", running).replace("curl ", "curl --silent --fail --max-time 60 ", 1)
    done = subprocess.run(["/bin/sh", "-c", here], cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT_S)
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert len(answer.get("matches") or answer.get("predictions")) == 3


def test_the_official_client_reads_the_cluster_of_the_demo(state):
    configuration = Configuration()
    load_kube_config(str(state / "practice.kubeconfig"), client_configuration=configuration)
    with ApiClient(configuration) as connection:
        pods = CoreV1Api(connection).list_namespaced_pod("scoring").items
        nodes = CoreV1Api(connection).list_node().items
        deployments = AppsV1Api(connection).list_namespaced_deployment("scoring").items
    assert [node.metadata.name for node in nodes] == ["cpu-0", "cpu-1", "gpu-0"]
    names = {deployment.metadata.name for deployment in deployments}
    assert names == {"scoring-faq", "scoring-images"} == {pod.metadata.labels["app.kubernetes.io/name"] for pod in pods}


def answering(site: str) -> dict:
    answer = requests.post(
        f"{site}/api/v1/faq/matches", json={"question": "remove duplicates from an array", "top": 1}, timeout=10
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return {"question": found["matches"][0]["question"], "replica": found["receipt"]["replica"]}


def coffee(site: str) -> dict:
    photo = Path(find_spec("skimage").origin).parent / "data" / "coffee.png"
    answer = requests.post(
        f"{site}/api/v1/images/predictions", data=photo.read_bytes(), headers={"Content-Type": "image/png"}, timeout=30
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def sign_in(session: requests.Session, site: str, state: Path) -> None:
    name, password = (state / "operator.txt").read_text().split()
    page = session.get(f"{site}/sign-in/", timeout=10)
    fields = hidden(page.text) | {"username": name, "password": password}
    assert session.post(f"{site}/sign-in/", data=fields, timeout=10).url == f"{site}/ops/"


def scale(session: requests.Session, site: str, replicas: int) -> None:
    address = f"{site}/ops/scale/scoring-faq/"
    confirm = session.get(address, params={"replicas": replicas}, timeout=10)
    done = session.post(address, data=form_fields(confirm.text), timeout=10)
    assert done.status_code == 200, done.text[-2000:]


def ready(session: requests.Session, site: str, count: str) -> bool:
    page = text_of(session.get(f"{site}/ops/", timeout=10))
    return re.search(rf"scoring-faq \S+ {count} ready", page) is not None


def form_fields(html: str) -> dict[str, str]:
    """The hidden fields of the form that confirms a scale."""
    form = next(part for part in re.findall(r"<form.*?</form>", html, re.DOTALL) if 'name="resource_version"' in part)
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def hidden(html: str) -> dict[str, str]:
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
    return {"csrfmiddlewaretoken": token.group(1)}


def text_of(answer: requests.Response) -> str:
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
