"""A wrong installation is said at the start, in one line with a hint."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks

ROOT = Path(__file__).resolve().parents[2]


def ids():
    return {message.id for message in run_checks() if message.id.startswith("scoredeck.")}


def test_a_sound_installation_lacks_its_examples_at_most(settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    assert ids() <= {"scoredeck.W002"}


def test_a_missing_state_folder_is_an_error(settings, tmp_path):
    settings.STATE_DIR = tmp_path / "gone"
    assert "scoredeck.E001" in ids()


def test_a_missing_kubeconfig_is_an_error(settings, tmp_path):
    settings.KUBECONFIG = tmp_path / "gone"
    assert "scoredeck.E002" in ids()


def test_a_public_site_has_tls_and_no_debug_mode(settings):
    settings.ALLOWED_HOSTS = ["faq.example"]
    settings.DEBUG = True
    settings.SESSION_COOKIE_SECURE = False
    assert ids() >= {"scoredeck.E003", "scoredeck.W001"}


def started(tmp_path, **variables):
    environment = {**os.environ, "SCOREDECK_STATE": str(tmp_path / "state"), **variables}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-c", "import webapp.settings as s; print(s.ALLOWED_HOSTS)"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCOREDECK_CLUSTER", "mine"),
        ("SCOREDECK_SCORING_KEY", "a b"),
        ("SCOREDECK_FAQ_URL", "no url"),
        ("SCOREDECK_HTTPS", "perhaps"),
    ],
)
def test_a_wrong_variable_is_named_in_one_line(tmp_path, name, value):
    ended = started(tmp_path, **{name: value})
    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert line.startswith(f"scoredeck: {name} is wrong: ") and "webapp/env.py" in line
    assert value not in line or name == "SCOREDECK_CLUSTER"


def test_a_state_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "state").write_text("a file")
    ended = started(tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("scoredeck: the state folder cannot be used") and ended.stderr.count("\n") == 1


def test_lists_are_separated_by_commas(tmp_path):
    assert started(tmp_path, SCOREDECK_ALLOWED_HOSTS="a.example, b.example").stdout == "['a.example', 'b.example']\n"


def test_the_secret_key_is_made_once_and_for_its_owner_alone(tmp_path):
    started(tmp_path)
    kept = tmp_path / "state" / "secret_key"
    key = kept.read_text()
    started(tmp_path)
    assert kept.read_text() == key and len(key) > 50
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]
