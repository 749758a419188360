"""What all tests share. The settings, and the state folder of the tests' own, are in `tests.settings`."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings as django_settings


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that made the state folder removes it."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(Path(django_settings.STATE_DIR), ignore_errors=True)
