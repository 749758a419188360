"""The request under an answer is what it says: each of its three forms is run, and gives the answer of the API."""

import html
import json
import re
import shutil
import subprocess
import sys

import pytest

from tests.webapp import scorer

NASTY = 'it\'s "this" \\n 🐈 `x` $HOME </script> {a} %s\nsecond line'


def snippets(page: str) -> dict[str, str]:
    found = re.findall(r'<pre tabindex="0" aria-label="(\w+)"><code id="request-\d">(.*?)</code>', page, re.DOTALL)
    return {language: html.unescape(re.sub(r"<[^>]+>", "", code)) for language, code in found}


def run(language: str, code: str, folder) -> dict:
    commands = {
        "curl": ["/bin/sh", "-c", code.replace("curl ", "curl --silent --fail --max-time 30 ", 1)],
        "Python": [sys.executable, "-c", code],
        "JavaScript": ["node", "--input-type=module", "--eval", code],
    }
    needed = {"curl": "curl", "JavaScript": "node"}.get(language)
    if needed and not shutil.which(needed):
        pytest.skip(f"{needed} is not installed")
    done = subprocess.run(commands[language], cwd=folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
@pytest.mark.parametrize("question", ["why undefined?", NASTY])
def test_the_request_of_a_question_is_correct(live_server, client, faq, tmp_path, language, question):
    page = client.post("/", {"question": question}, headers={"Host": live_server.url.removeprefix("http://")}).text
    answer = run(language, snippets(page)[language], tmp_path)
    assert answer.pop("site_ms") >= 0
    assert answer == scorer.MATCHES
    on_page, from_program = [json.loads(asked.body) for asked in faq.asked]
    assert on_page == from_program == {"question": question, "top": 5}


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
def test_the_request_of_a_photo_is_correct(live_server, client, images, photo, tmp_path, language):
    name = 'my "best" photo.jpg'
    (tmp_path / name).write_bytes(photo)
    host = {"Host": live_server.url.removeprefix("http://")}
    with (tmp_path / name).open("rb") as file:
        page = client.post("/images/", {"image": file}, headers=host).text
    answer = run(language, snippets(page)[language], tmp_path)
    assert answer.pop("site_ms") >= 0
    assert (answer, images.asked[1].body) == (scorer.PREDICTIONS, photo)


def test_every_snippet_can_be_copied(client, faq):
    page = client.post("/", {"question": "why?"}).text
    assert re.findall(r'data-copy="([^"]+)"', page) == re.findall(r'<code id="([^"]+)"', page) != []
