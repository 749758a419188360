"""The OpenAPI document is valid and true: a moderate number of requests made from it (`make fuzz` tries more)."""

import subprocess
import sys

from scoring.faq.model import FaqModel
from tests.scoring.service.serving import Echo, served


def fuzzed(url, *more):
    command = [sys.executable, "-m", "tests.scoring.fuzzing.run", url, "--cases", "1", "--examples", "5", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)


def test_the_faq_scorer_is_as_it_says(garden_models):
    with served(lambda: FaqModel.load(garden_models)) as url:
        ran = fuzzed(url)
    assert ran.returncode == 0, ran.stdout
    assert int(ran.stdout.split()[0]) > 100


def test_the_image_scorer_is_as_it_says(scorer):
    ran = fuzzed(f"http://127.0.0.1:{scorer.port}", "--photos")
    assert ran.returncode == 0, ran.stdout
    assert int(ran.stdout.split()[0]) > 100


def test_a_description_that_is_not_true_is_found():
    """The small model of the tests says that it takes any JSON, and scores a list of what is no text badly."""
    with served(Echo) as url:
        assert fuzzed(url).returncode == 1
