"""A batch with a real site, a real broker and a real Celery worker, which is killed half-way."""

import csv
import io

import pytest
import requests

from tests.webapp import scorer
from tests.webapp.running_site import kill, rows_done, running, until

ROWS = 1_500

pytestmark = pytest.mark.timeout(300)


def answers(address: str) -> list[list[str]]:
    text = requests.get(f"{address}answers.csv", timeout=30).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def test_a_worker_killed_half_way_loses_no_row_and_answers_none_twice(tmp_path):
    content = "question\n" + "".join(f"question number {n}\n" for n in range(1, ROWS + 1))
    with scorer.running(scorer.MATCHES) as faq:
        with running(tmp_path, SCOREDECK_FAQ_URL=faq.url) as site:
            with site.worker("first") as first:
                address = site.send("/questions/", "file", "many.csv", content.encode())
                until(lambda: 0 < rows_done(address) < ROWS, "some rows")
                kill(first)
            half = rows_done(address)
            assert 0 < half < ROWS
            with site.worker("second"):
                until(lambda: rows_done(address) == ROWS, f"the rest; {site.last_words}")
            found = answers(address)
        assert [(row[0], row[1], row[5]) for row in found] == [
            (str(n), f"question number {n}", "yes") for n in range(1, ROWS + 1)
        ]
        again = len(faq.asked) - ROWS
        assert 0 <= again <= 100, "only the chunks that were under way are asked again"
