"""Versions beside each other: labels move onto what is loaded, and nobody notices."""

import threading
from collections import Counter

import httpx2
import pytest

from scoring.service.versions import Folder
from tests.scoring.service.serving import LONG_S, ask, echo_of, served, until


@pytest.fixture
def folder(tmp_path):
    for name, version in {"a": "1", "b": "2", "bad": "broken"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "version").write_text(version)
    point(tmp_path, "stable", "a")
    return tmp_path


def point(folder, label, text):
    part = folder / f"{label}.part"
    part.write_text(text)
    part.rename(folder / label)


def serving(folder):
    return served(Folder(folder, echo_of), poll_s=0.02)


def version(url):
    return httpx2.get(f"{url}/version", trust_env=False).text


def page(url):
    return httpx2.get(f"{url}/metrics", trust_env=False).text


def test_a_folder_without_labels_is_itself_the_version(folder):
    with serving(folder / "b") as url:
        assert version(url) == "2"


def test_the_label_moves_under_load_and_back_without_an_error(folder):
    with serving(folder) as url:
        over, answers = threading.Event(), []

        def caller():
            with httpx2.Client(trust_env=False, timeout=LONG_S) as client:
                while not over.is_set():
                    answer = client.post(f"{url}/v1/score", json="x")
                    answers.append((answer.status_code, answer.json()["receipt"]["version"]))

        callers = [threading.Thread(target=caller) for _ in range(4)]
        for each in callers:
            each.start()
        try:
            until(lambda: (200, "1") in answers)
            for name, wanted in (("b", "2"), ("a", "1"), ("b", "2")):
                point(folder, "stable", name)
                until(lambda wanted=wanted: version(url) == wanted)
                seen = len(answers)
                until(lambda seen=seen: len(answers) > seen + 20)
                assert answers[-1] == (200, wanted)
        finally:
            over.set()
            for each in callers:
                each.join(LONG_S)
    assert {status for status, _ in answers} == {200}


def test_going_back_loads_nothing(folder):
    loaded = []

    def load(path):
        loaded.append(path.name)
        return echo_of(path)

    with served(Folder(folder, load), poll_s=0.02) as url:
        for name, wanted in (("b", "2"), ("a", "1")):
            point(folder, "stable", name)
            until(lambda wanted=wanted: version(url) == wanted)
    assert loaded == ["a", "b"]


def test_the_canary_takes_exactly_its_share(folder):
    point(folder, "canary", "b 20")
    with serving(folder) as url:
        until(lambda: "2" in httpx2.get(f"{url}/v2/models/echo", trust_env=False).json()["versions"])
        seen = Counter(ask(url, "x").json()["receipt"]["version"] for _ in range(50))
        assert seen == {"1": 40, "2": 10}
        path = "/v2/models/echo/versions/{}/infer"
        said = {"inputs": [{"name": "said", "datatype": "BYTES", "shape": [1], "data": ["x"]}]}
        asked = {
            label: httpx2.post(url + path.format(label), json=said, trust_env=False).json()["model_version"]
            for label in ("stable", "canary", "1", "2")
        }
        assert asked == {"stable": "1", "canary": "2", "1": "1", "2": "2"}
        assert 'scoring_scored_total{version="2"} 12.0' in page(url)
        (folder / "canary").unlink()
        until(lambda: httpx2.get(f"{url}/v2/models/echo", trust_env=False).json()["versions"] == ["1"])


@pytest.mark.parametrize("text", ["bad", "missing", "../b", "", "a b", "x" * 100, "ü"])
def test_a_version_that_does_not_load_changes_nothing(folder, text):
    with serving(folder) as url:
        point(folder, "stable", text)
        until(lambda: "scoring_failed_loads_total 1.0" in page(url))
        assert ask(url, "x").json()["receipt"]["version"] == "1"
        point(folder, "stable", "b")
        until(lambda: version(url) == "2")
        assert "scoring_failed_loads_total 1.0" in page(url)


@pytest.mark.parametrize("text", ["b 101", "b -1", "b ten", "../b 5", "bad 5"])
def test_a_canary_that_does_not_load_stops_nobody(folder, text):
    point(folder, "canary", text)
    with serving(folder) as url:
        until(lambda: "scoring_failed_loads_total 1.0" in page(url))
        assert {ask(url, "x").json()["receipt"]["version"] for _ in range(5)} == {"1"}
        point(folder, "stable", "b")
        until(lambda: version(url) == "2")
        point(folder, "canary", "a 100")
        until(lambda: answered(url, "canary") == "1")


def test_going_back_waits_for_no_canary_that_is_loading(folder):
    begun, over = threading.Event(), threading.Event()

    def load(path):
        if path.name == "slow":
            begun.set()
            assert over.wait(LONG_S)
            path = folder / "b"
        return echo_of(path)

    with served(Folder(folder, load), poll_s=0.02) as url:
        try:
            for name, wanted in (("b", "2"), ("a", "1")):
                point(folder, "stable", name)
                until(lambda wanted=wanted: version(url) == wanted)
            point(folder, "canary", "slow 0")
            assert begun.wait(LONG_S)
            point(folder, "stable", "b")
            until(lambda: version(url) == "2")
            assert answered(url, "canary") == (404, "no-such-model")
        finally:
            over.set()
        until(lambda: answered(url, "canary") == "2")
        assert version(url) == "2"


def test_the_metrics_name_every_version_in_memory_and_its_device(folder):
    def loaded(url):
        return {line for line in page(url).splitlines() if line.startswith("scoring_model_loaded{")}

    with serving(folder) as url:
        one = 'scoring_model_loaded{device="cpu",model="echo",version="%s"} 1.0'
        assert loaded(url) == {one % "1"}
        point(folder, "stable", "b")
        until(lambda: version(url) == "2")
        assert loaded(url) == {one % "1", one % "2"}


def answered(url, version):
    response = httpx2.post(f"{url}/v1/score", json="x", headers={"X-Model-Version": version}, trust_env=False)
    found = response.json()
    return found["receipt"]["version"] if response.status_code == 200 else (response.status_code, found["code"])


def test_a_header_asks_for_one_version_whatever_the_canary_takes(folder):
    with serving(folder) as url:
        assert answered(url, "canary") == (404, "no-such-model")
        point(folder, "canary", "b 50")
        until(lambda: "2" in httpx2.get(f"{url}/v2/models/echo", trust_env=False).json()["versions"])
        asked = {label: {answered(url, label) for _ in range(3)} for label in ("stable", "canary", "1", "2")}
        assert asked == {"stable": {"1"}, "canary": {"2"}, "1": {"1"}, "2": {"2"}}
        assert [answered(url, other) for other in ("3", b"\xfc", "")] == [(404, "no-such-model")] * 3


def test_a_canary_without_a_share_answers_only_who_asks_for_it(folder):
    point(folder, "canary", "b")
    with serving(folder) as url:
        until(lambda: answered(url, "canary") == "2")
        assert {ask(url, "x").json()["receipt"]["version"] for _ in range(20)} == {"1"}
        assert "scoring_failed_loads_total 0.0" in page(url)
