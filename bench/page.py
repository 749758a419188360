"""`make bench BENCH=page`: how soon the FAQ page is there, answer and all, at a steady rate of questions.

Asks the running `make demo` (SCOREDECK_URL, by default http://127.0.0.1:8000), each question at its own time whether
or not the ones before were answered, so that a slow moment is not hidden by asking less in it.
"""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import httpx2

from bench.load import Measured, summed

PER_SECOND = 50
SECONDS = 20.0
PATIENCE_S = 10.0


def show(questions: Path, say: Callable[[str], None]) -> None:
    url = demo_url()
    say(f"\nFAQ page of {url}, {PER_SECOND} questions a second for {SECONDS:g} s")
    asked = [json.loads(line)["question"] for line in questions.read_text(encoding="utf-8").splitlines()]
    try:
        found = asyncio.run(ask_steadily(url, asked, PER_SECOND, SECONDS))
    except httpx2.TransportError as error:
        say(f"not measured: {error or type(error).__name__}. Start `make demo` beside it.")
        return
    say(f"p50 {found.p50_ms:.1f} ms, p95 {found.p95_ms:.1f} ms, p99 {found.p99_ms:.1f} ms, {found.failed} failed")


def demo_url() -> str:
    return os.environ.get("SCOREDECK_URL", "http://127.0.0.1:8000")


async def ask_steadily(url: str, questions: Sequence[str], per_second: float, seconds: float) -> Measured:
    """Raises httpx2.TransportError where nobody answers the first question."""
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE_S) as client:
        await client.get("/", params={"q": questions[0]})
        started = perf_counter()
        count = int(per_second * seconds)
        tasks = [
            asyncio.create_task(_ask(client, questions[number % len(questions)], started + number / per_second))
            for number in range(count)
        ]
        times = await asyncio.gather(*tasks)
    took = perf_counter() - started
    good = sorted(time for time in times if time is not None)
    return summed(good, count - len(good), took, 0.0)


async def _ask(client: httpx2.AsyncClient, question: str, at: float) -> float | None:
    """Seconds from when it was due until the page was there; None where it failed."""
    await asyncio.sleep(max(0.0, at - perf_counter()))
    try:
        answer = await client.get("/", params={"q": question})
    except httpx2.TransportError:
        return None
    return perf_counter() - at if answer.status_code == httpx2.codes.OK else None
