"""A batch with a real site, a real broker and a real Celery worker, which is killed half-way."""

import csv
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from demo.valkey import binary
from tests.webapp import scorer

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 100
ROWS = 1_500
BROKER = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port")
WORKER = ("-m", "celery", "-A", "webapp", "worker", "-B", "--concurrency", "1", "--loglevel", "WARNING", "--schedule")

pytestmark = pytest.mark.timeout(300)


@contextmanager
def started(command, environment, log) -> Iterator[subprocess.Popen]:
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process
    finally:
        kill(process)


def kill(process) -> None:
    """The process and its children, at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def until(condition, what: str):
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    pytest.fail(f"did not come about: {what}")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def settings_of(state: Path, broker_port: int, faq_url: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SCOREDECK_")}
    inherited.pop("DATABASE_URL", None)
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "webapp.settings",
        "SCOREDECK_STATE": str(state),
        "SCOREDECK_FAQ_URL": faq_url,
        "REDIS_URL": f"redis://127.0.0.1:{broker_port}/0",
    }


def upload(site: str) -> str:
    """The address of the batch."""
    content = "question\n" + "".join(f"question number {n}\n" for n in range(1, ROWS + 1))
    with requests.Session() as browser:
        form = browser.get(f"{site}/questions/", timeout=30).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
        files = {"file": ("many.csv", content.encode())}
        done = browser.post(f"{site}/questions/", data={"csrfmiddlewaretoken": token}, files=files, timeout=30)
    assert done.status_code == 200, done.text
    return done.url


def done_rows(address: str) -> int:
    return int(re.search(r'<progress max="\d+" value="(\d+)"', requests.get(address, timeout=30).text)[1])


def answers(address: str) -> list[list[str]]:
    text = requests.get(f"{address}answers.csv", timeout=30).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def test_a_worker_killed_half_way_loses_no_row_and_answers_none_twice(tmp_path):
    broker_port, site_port = free_ports(2)
    log = tmp_path / "log"
    with scorer.running(scorer.MATCHES) as faq:
        environment = settings_of(tmp_path, broker_port, faq.url)
        (tmp_path / "static").mkdir()
        subprocess.run([sys.executable, "manage.py", "migrate"], cwd=ROOT, env=environment, check=True,
                       capture_output=True, timeout=LIMIT_S)  # fmt: skip
        broker = [str(binary()), *BROKER, str(broker_port), "--dir", str(tmp_path)]
        site = [sys.executable, "-m", "uvicorn", "webapp.asgi:application", "--port", str(site_port)]
        worker = [sys.executable, *WORKER]
        with started(broker, environment, log), started(site, environment, log):
            until(lambda: listens(broker_port) and listens(site_port), "broker and site")
            with started([*worker, str(tmp_path / "first")], environment, log) as first:
                address = upload(f"http://127.0.0.1:{site_port}")
                until(lambda: 0 < done_rows(address) < ROWS, "some rows")
                kill(first)
            half = done_rows(address)
            assert 0 < half < ROWS
            with started([*worker, str(tmp_path / "second")], environment, log):
                until(lambda: done_rows(address) == ROWS, f"the rest; {log.read_text()[-2000:]}")
            found = answers(address)
        assert [(row[0], row[1], row[5]) for row in found] == [
            (str(n), f"question number {n}", "yes") for n in range(1, ROWS + 1)
        ]
        again = len(faq.asked) - ROWS
        assert 0 <= again <= 100, "only the chunks that were under way are asked again"
