from pathlib import Path

import pytest

from tests.scoring.faq.garden import faq_rows, jsonl, train


@pytest.fixture(scope="session")
def garden_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with one version, trained once; tests that change it copy it."""
    folder = tmp_path_factory.mktemp("garden")
    assert train(jsonl(folder / "garden.jsonl", faq_rows()), folder / "models") == 0
    return folder / "models"
