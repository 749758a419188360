"""Programs, their logs, their probes, and the nodes they run on."""

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest

from cluster_admin import quantities
from cluster_admin.placement import Cluster, read_node, read_pod, simulate
from cluster_admin.practice.container_logs import ContainerLogs
from cluster_admin.practice.nodes import Machine, node_object, plan, this_machine
from cluster_admin.practice.pod_status import qos_class
from cluster_admin.practice.probes import ask, read_probe
from cluster_admin.practice.processes import (
    LONGEST_LINE,
    Exit,
    Process,
    ProgramsError,
    free_port,
    inherited_environment,
    read_programs,
    repository,
)
from tests.cluster_admin.practice.clusters import run, until

GIB = 2**30
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (.*)")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("scoredeck/scoring-faq:1", "scoredeck/scoring-faq"),
        ("scoredeck/scoring-faq", "scoredeck/scoring-faq"),
        ("registry:5000/team/app:v2", "registry:5000/team/app"),
        ("registry:5000/team/app", "registry:5000/team/app"),
        ("app@sha256:0123", "app"),
        ("app:1@sha256:0123", "app"),
    ],
)
def test_the_repository_is_the_image_without_tag_and_digest(image: str, expected: str):
    assert repository(image) == expected


def test_programs_are_read_from_json(tmp_path: Path):
    path = tmp_path / "programs.json"
    path.write_text(json.dumps({"a/b": ["python", "-V"]}))
    assert read_programs(path) == {"a/b": ("python", "-V")}


@pytest.mark.parametrize("content", ["", "[]", '{"a": []}', '{"a": "python"}', '{"a": [1]}', "\xff"])
def test_a_wrong_programs_file_is_named(tmp_path: Path, content: str):
    path = tmp_path / "programs.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ProgramsError, match=re.escape(str(path))):
        read_programs(path)


def test_a_missing_programs_file_is_named(tmp_path: Path):
    with pytest.raises(ProgramsError, match="nothing-here"):
        read_programs(tmp_path / "nothing-here")


def python(code: str, lines: list[str]):
    return Process.start([sys.executable, "-c", code], inherited_environment(), lines.append)


def test_output_is_kept_line_by_line_whatever_it_is():
    lines: list[str] = []

    async def scenario():
        code = (
            "import sys; sys.stdout.buffer.write(b'one\\r\\n\\xff two\\n' + b'x' * 200_000 + b'\\nlast without end');"
            "sys.stderr.write('error\\n'); sys.exit(3)"
        )
        process = await python(code, lines)
        assert await process.wait() == Exit(3, 0)

    run(scenario())
    left_out = f"(a line of more than {LONGEST_LINE} bytes was left out)"
    assert {"one", "\ufffd two", left_out} <= set(lines)
    assert any(line.startswith("last without end") or line.endswith("error") for line in lines)


def test_a_signal_is_reported_as_a_container_runtime_does():
    async def scenario():
        lines: list[str] = []
        process = await python("import time; print('up', flush=True); time.sleep(60)", lines)
        await until(lambda: bool(lines))
        assert await process.stop(30) == Exit(143, 15)

    run(scenario())


def test_logs_are_stamped_rotated_and_bounded(tmp_path: Path):
    logs = ContainerLogs(tmp_path, largest_bytes=1000)
    write = logs.writer("ns", "pod", "main")
    for number in range(100):
        write(f"line {number}")
    write.close()
    path = logs.path("ns", "pod", "main")
    texts = [LINE.fullmatch(line).group(1) for line in path.read_text().splitlines()]
    assert texts[-1] == "line 99"
    assert path.stat().st_size <= 1000
    assert texts == [f"line {number}" for number in range(100 - len(texts), 100)]
    logs.rotate("ns", "pod", "main")
    assert logs.path("ns", "pod", "main", previous=True).read_text().endswith("line 99\n")
    assert not path.exists()
    logs.clear()
    assert list(tmp_path.iterdir()) == []


def test_a_log_name_never_leaves_its_folder(tmp_path: Path):
    assert ContainerLogs(tmp_path).path("../..", "a/b", "c").parent == tmp_path


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", ""),
        (b"HTTP/1.1 503 Not now\r\nContent-Length: 0\r\n\r\n", "HTTP probe failed with statuscode: 503"),
        (b"gibberish\r\n\r\n", "malformed HTTP answer"),
        (b"", "malformed HTTP answer"),
    ],
)
def test_a_probe_succeeds_from_200_to_399(answer: bytes, expected: str):
    seen: list[bytes] = []

    async def serve(reader, writer):
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        writer.close()

    async def scenario():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        http_get = {"path": "/readyz", "httpHeaders": [{"name": "X-Why", "value": "probe"}]}
        probe = read_probe({"readinessProbe": {"httpGet": http_get, "timeoutSeconds": 20}}, "readinessProbe")
        assert expected in await ask(probe, server.sockets[0].getsockname()[1])
        assert bool(expected) == bool(await ask(probe, server.sockets[0].getsockname()[1]))
        assert seen[0].startswith(b"GET /readyz HTTP/1.1\r\n")
        assert b"X-Why: probe\r\n" in seen[0]
        server.close()

    run(scenario())


def test_a_probe_says_what_went_wrong():
    async def scenario():
        port = free_port()
        spec = {"livenessProbe": {"httpGet": {"path": "/livez"}}, "readinessProbe": {"exec": {"command": ["true"]}}}
        refused = await ask(read_probe(spec, "livenessProbe"), port)
        assert refused == (
            f'Get "http://127.0.0.1:{port}/livez": dial tcp 127.0.0.1:{port}: connect: connection refused'
        )
        assert "exec probes are not performed" in await ask(read_probe(spec, "readinessProbe"), port)
        assert read_probe(spec, "startupProbe") is None

    run(scenario())


def test_a_probe_that_gets_no_answer_ends_after_its_timeout():
    async def scenario():
        async def silent(reader, writer):
            while await reader.read(1000):
                continue
            writer.close()
            over.set()

        over = asyncio.Event()
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        probe = read_probe({"livenessProbe": {"httpGet": {}, "timeoutSeconds": 0.05}}, "livenessProbe")
        assert "no answer within 0.05 s" in await ask(probe, server.sockets[0].getsockname()[1])
        await over.wait()
        server.close()

    run(scenario())


def container(**resources):
    return {"containers": [{"name": "c", "resources": resources}]}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (container(), "BestEffort"),
        (container(requests={"cpu": "1"}), "Burstable"),
        (container(requests={"cpu": "1", "memory": "1Gi"}, limits={"cpu": "1", "memory": "1Gi"}), "Guaranteed"),
        (container(limits={"cpu": "1", "memory": "1Gi"}), "Guaranteed"),
        (container(requests={"cpu": "1"}, limits={"cpu": "2", "memory": "1Gi"}), "Burstable"),
    ],
)
def test_the_quality_of_service_follows_requests_and_limits(spec: dict, expected: str):
    assert qos_class({"spec": spec}) == expected


def total(nodes, resource: str) -> int:
    read = quantities.milli if resource == "cpu" else quantities.whole
    return sum(read(node["status"]["allocatable"].get(resource, "0")) for node in nodes)


@pytest.mark.parametrize(("memory", "gpus"), [(2 * GIB, 1), (5 * GIB, 1), (6 * GIB, 2), (64 * GIB, 2)])
def test_the_nodes_promise_no_more_than_the_machine_has(memory: int, gpus: int):
    machine = Machine(cpu_milli=2000, memory_bytes=memory, hostname="here")
    nodes = [node_object(node, machine) for node in plan(machine)]
    assert [node["metadata"]["name"] for node in nodes] == ["cpu-0", "cpu-1", "gpu-0"]
    assert total(nodes, "cpu") <= 2000
    assert total(nodes, "memory") <= memory
    assert total(nodes, "scoredeck.dev/practice-gpu") == gpus
    assert {node["metadata"]["labels"]["practice.scoredeck.dev/simulated"] for node in nodes} == {"true"}


def test_three_faq_pods_fit_on_the_cpu_nodes_of_two_cores():
    machine = Machine(cpu_milli=2000, memory_bytes=4 * GIB, hostname="here")
    nodes = [read_node(node_object(node, machine)) for node in plan(machine)]
    faq = container(requests={"cpu": "100m", "memory": "200Mi"}) | {"nodeSelector": {"scoredeck.dev/pool": "cpu"}}
    assert simulate(read_pod({"spec": faq}), 3, Cluster(nodes)).fit == 3


def test_this_machine_has_something_to_divide():
    machine = this_machine()
    assert machine.cpu_milli >= 1000
    assert machine.memory_bytes > 0
