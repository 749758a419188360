"""The whole cluster in process, its pods real programs."""

import asyncio
import os
import threading
from pathlib import Path

import psutil
import pytest

from cluster_admin.practice.pod_worker import PORT_ANNOTATION
from tests.cluster_admin.practice.clusters import (
    NAMESPACE,
    Client,
    ask,
    change,
    cluster,
    deployment,
    events,
    is_settled,
    keep_asking,
    pods,
    run,
    scale,
    status,
    until,
    until_answer,
)


def port_of(pod) -> int:
    return int(pod["metadata"]["annotations"][PORT_ANNOTATION])


def process_ids(found) -> dict[str, int]:
    ids = {pod["metadata"]["name"]: status(pod).get("containerID", "") for pod in found}
    return {name: int(text.rpartition("/")[2]) for name, text in ids.items() if text}


def file_names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def names(found) -> set[str]:
    return {pod["metadata"]["name"] for pod in found}


def test_scaling_up_and_down_changes_who_answers_one_keep_alive_client(tmp_path: Path):
    async def scenario():
        async with cluster(tmp_path) as (whole, port):
            whole.store.create("deployments", deployment())
            await until(lambda: is_settled(whole.store, 1))
            client = Client(port)
            first = pods(whole.store)[0]["metadata"]["name"]
            assert await client.ask("GET", "/") == (200, first)
            scale(whole.store, 3)
            await until(lambda: is_settled(whole.store, 3))
            answers = [await client.ask("GET", "/") for _ in range(6)]
            assert sorted(answers) == sorted((200, name) for name in names(pods(whole.store)) for _ in range(2))
            scale(whole.store, 1)
            await until(lambda: is_settled(whole.store, 1))
            left = pods(whole.store)[0]["metadata"]["name"]
            assert {await client.ask("GET", "/") for _ in range(3)} == {(200, left)}
            client.close()

    run(scenario())


def test_a_rolling_update_fails_no_request(tmp_path: Path):
    async def scenario():
        async with cluster(tmp_path) as (whole, port):
            whole.store.create("deployments", deployment(replicas=2))
            await until(lambda: is_settled(whole.store, 2))
            old, answers, done = names(pods(whole.store)), [], threading.Event()
            askers = [
                threading.Thread(target=keep_asking, args=(port, path, answers, done.is_set))
                for path in ("/", "/slow?0.05", "/slow?0.2")
            ]
            for asker in askers:
                asker.start()
            try:
                environment = [{"name": "VERSION", "value": "two"}]
                change(whole.store, lambda spec: spec["template"]["spec"]["containers"][0].update(env=environment))
                await until(lambda: is_settled(whole.store, 2) and not names(pods(whole.store)) & old)
                settled = len(answers)
                await until(lambda: len(answers) > settled + len(askers))
            finally:
                done.set()
                for asker in askers:
                    await asyncio.to_thread(asker.join)
            assert {code for code, _ in answers} == {200}
            assert all(text.endswith(" two") for _, text in answers[-2:])

    run(scenario())


def test_a_crash_is_restarted_with_back_off_and_keeps_its_last_log(tmp_path: Path):
    async def scenario():
        async with cluster(tmp_path) as (whole, port):
            whole.store.create("deployments", deployment())
            await until(lambda: is_settled(whole.store, 1))
            seen = []
            await ask(port, "POST", "/exit?7")
            await until(lambda: seen.append(status(pods(whole.store)[0])) or "waiting" in seen[-1]["state"])
            waiting = seen[-1]["state"]["waiting"]
            assert (waiting["reason"], waiting["message"][:38]) == (
                "CrashLoopBackOff",
                "back-off 0.2s restarting failed contai",
            )
            assert not seen[-1]["ready"]
            await until(lambda: status(pods(whole.store)[0])["ready"])
            pod = pods(whole.store)[0]
            ended = status(pod)["lastState"]["terminated"]
            assert (status(pod)["restartCount"], ended["exitCode"], ended["reason"]) == (1, 7, "Error")
            previous = tmp_path / f"{NAMESPACE}_{pod['metadata']['name']}_main.previous.log"
            assert previous.read_text().splitlines()[-1].endswith("Z about to exit")
            assert (await ask(port, "GET", "/"))[0] == 200

    run(scenario())


def test_a_program_that_cannot_start_or_dies_at_once_is_said_so(tmp_path: Path):
    async def scenario():
        async with cluster(tmp_path) as (whole, _):
            whole.store.create("deployments", deployment("dying", image="tests/dying:1"))
            whole.store.create("deployments", deployment("missing", image="tests/missing:1"))
            await until(lambda: sum(status(p).get("restartCount", 0) > 1 for p in whole.store.list("pods")[0]) == 2)
            ended = {a: status(pods(whole.store, a)[0])["lastState"]["terminated"] for a in ("dying", "missing")}
            assert (ended["dying"]["exitCode"], ended["dying"]["reason"]) == (1, "Error")
            assert (ended["missing"]["exitCode"], ended["missing"]["reason"]) == (128, "StartError")
            assert "/nowhere/program" in ended["missing"]["message"]

    run(scenario())


def test_a_pod_that_is_not_ready_gets_no_requests(tmp_path: Path):
    async def scenario():
        async with cluster(tmp_path) as (whole, port):
            whole.store.create("deployments", deployment())
            await until(lambda: is_settled(whole.store, 1))
            direct = port_of(pods(whole.store)[0])
            await ask(direct, "POST", "/unready")
            await until(lambda: not status(pods(whole.store)[0])["ready"])
            await until_answer(lambda: answers(port, 503))
            text = "Readiness probe failed: HTTP probe failed with statuscode: 503"
            assert text in events(whole.store, "Unhealthy")
            assert status(pods(whole.store)[0])["restartCount"] == 0
            await ask(direct, "POST", "/ready")
            await until_answer(lambda: answers(port, 200))

    run(scenario())


async def answers(port: int, code: int) -> bool:
    return (await ask(port, "GET", "/"))[0] == code


def test_a_pod_that_fails_its_liveness_probe_is_restarted(tmp_path: Path):
    async def scenario():
        async with cluster(tmp_path) as (whole, _):
            whole.store.create("deployments", deployment())
            await until(lambda: is_settled(whole.store, 1))
            await ask(port_of(pods(whole.store)[0]), "POST", "/sick")
            await until(lambda: status(pods(whole.store)[0])["restartCount"] == 1)
            assert events(whole.store, "Killing") == ["Container main failed liveness probe, will be restarted"]
            await until(lambda: is_settled(whole.store, 1))

    run(scenario())


def test_a_pending_pod_says_why_and_is_placed_when_there_is_room(tmp_path: Path):
    async def scenario():
        async with cluster(tmp_path) as (whole, _):
            greedy = deployment(replicas=3)
            requests = greedy["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
            requests["cpu"] = "700m"
            whole.store.create("deployments", greedy)
            await until(lambda: sum(bool(status(p).get("ready")) for p in pods(whole.store)) == 2)
            await until(lambda: bool(events(whole.store, "FailedScheduling")))
            (waiting,) = [p for p in pods(whole.store) if not p["spec"].get("nodeName")]
            (condition,) = waiting["status"]["conditions"]
            text = "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu."
            assert (condition["reason"], condition["message"]) == ("Unschedulable", text)
            taken = next(p for p in pods(whole.store) if p["spec"].get("nodeName"))
            scale(whole.store, 2)
            await until(lambda: is_settled(whole.store, 2))
            whole.store.create("deployments", {**greedy, "metadata": {"name": "late", "namespace": NAMESPACE}})
            scale(whole.store, 0)
            await until(lambda: taken["metadata"]["name"] not in names(pods(whole.store)))
            await until(lambda: whole.store.get("deployments", NAMESPACE, "late")["status"].get("readyReplicas") == 2)

    run(scenario())


def test_a_deleted_pod_is_replaced_and_a_deleted_deployment_takes_all_along(tmp_path: Path):
    async def scenario():
        async with cluster(tmp_path) as (whole, port):
            whole.store.create("deployments", deployment(replicas=2))
            await until(lambda: is_settled(whole.store, 2))
            before = names(pods(whole.store))
            gone = sorted(before)[0]
            whole.store.delete("pods", NAMESPACE, gone)
            await until(lambda: gone not in names(pods(whole.store)) and is_settled(whole.store, 2))
            assert len(names(pods(whole.store)) & before) == 1
            assert not any(gone in name for name in file_names(tmp_path))
            whole.store.delete("deployments", NAMESPACE, "web")
            await until(lambda: not whole.store.list("pods")[0] and not whole.store.list("replicasets")[0])
            assert (await ask(port, "GET", "/"))[0] == 503

    run(scenario())


def test_an_unknown_image_waits_for_its_pull(tmp_path: Path):
    async def scenario():
        async with cluster(tmp_path) as (whole, _):
            whole.store.create("deployments", deployment(image="elsewhere/app:9"))
            reasons: set[str] = set()

            def both_seen() -> bool:
                for pod in pods(whole.store):
                    reasons.add(status(pod).get("state", {}).get("waiting", {}).get("reason"))
                return reasons >= {"ErrImagePull", "ImagePullBackOff"}

            await until(both_seen)
            (pod,) = pods(whole.store)
            assert (pod["status"]["phase"], status(pod)["restartCount"]) == ("Pending", 0)
            assert 'Back-off pulling image "elsewhere/app:9"' in events(whole.store, "BackOff")
            assert "Error: ErrImagePull" in events(whole.store, "Failed")

    run(scenario())


def test_a_pod_that_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path):
    async def scenario():
        async with cluster(tmp_path) as (whole, _):
            deaf = deployment(image="tests/deaf:1")
            deaf["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1
            whole.store.create("deployments", deaf)
            await until(lambda: is_settled(whole.store, 1))
            (pid,) = process_ids(pods(whole.store)).values()
            scale(whole.store, 0)
            await until(lambda: not pods(whole.store))
            assert not psutil.pid_exists(pid)

    run(scenario())


@pytest.mark.parametrize("image", ["tests/pod:1", "tests/deaf:1", "tests/dying:1"])
def test_a_stopped_cluster_leaves_no_process(tmp_path: Path, image: str):
    pids: list[int] = []

    async def scenario():
        async with cluster(tmp_path) as (whole, _):
            whole.store.create("deployments", deployment(replicas=2, image=image))
            await until(
                lambda: all(status(p).get("containerID") for p in pods(whole.store)) and len(pods(whole.store)) == 2
            )
            pids.extend(int(status(p)["containerID"].rpartition("/")[2]) for p in pods(whole.store))

    run(scenario())
    assert len(pids) == 2
    assert [pid for pid in pids if psutil.pid_exists(pid)] == []


def test_a_pod_sees_its_names_but_not_our_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_KEY", "not for pods")

    async def scenario():
        async with cluster(tmp_path) as (whole, _):
            whole.store.create("deployments", deployment())
            await until(lambda: is_settled(whole.store, 1))
            (pod,) = pods(whole.store)
            (pid,) = process_ids([pod]).values()
            process = psutil.Process(pid)
            environment = process.environ()
            wanted = {
                "POD_NAME": pod["metadata"]["name"],
                "POD_NAMESPACE": NAMESPACE,
                "NODE_NAME": pod["spec"]["nodeName"],
                "PORT": str(port_of(pod)),
            }
            assert wanted.items() <= environment.items()
            assert "SECRET_KEY" not in environment
            assert os.getpgid(pid) == os.getpgrp()
            assert pod["status"]["podIP"] == "127.0.0.1"

    run(scenario())
