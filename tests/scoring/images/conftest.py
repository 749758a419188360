"""One build a test run and one server a test process, both in a Python that lacks the site's packages."""

import fcntl
import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.scoring.images.serving import Scorer, bare_python


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    # Beside the folders of the single workers, where there are several.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "image-model"
    with (shared / "image-model.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(bare_python("build", "--out", str(folder)), check=True, timeout=110, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def scorer(model_folder: Path, tmp_path_factory: pytest.TempPathFactory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("scorer")
    with (log / "stdout").open("wb") as stdout, (log / "stderr").open("wb") as stderr:
        command = bare_python("serve", str(model_folder), "--port", str(port))
        with subprocess.Popen(command, stdout=stdout, stderr=stderr) as process:
            scorer = Scorer(port, process, log / "stdout")
            try:
                scorer.wait_until_ready()
                yield scorer
            finally:
                process.kill()
