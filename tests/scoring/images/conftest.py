"""One build a test run and one server a test process, both in a Python that lacks the site's packages."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from tests.scoring.images.serving import bare_python, served


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
    with served(model_folder, tmp_path_factory.mktemp("scorer")) as scorer:
        yield scorer
