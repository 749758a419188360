"""What all tests share. The settings, and the state folder of the tests' own, are in `tests.settings`."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from tests.demo.site import Site, started


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One running demo for all tests that need one: the first of them waits for its models.

    SCOREDECK_DEMO_URL and SCOREDECK_DEMO_STATE name one that runs already.
    """
    given = os.environ.get("SCOREDECK_DEMO_URL")
    if given:
        yield Site(given.rstrip("/"), Path(os.environ["SCOREDECK_DEMO_STATE"]))
        return
    with started(tmp_path_factory.mktemp("demo") / "state") as site:
        yield site


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that made the state folder removes it."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(Path(django_settings.STATE_DIR), ignore_errors=True)
