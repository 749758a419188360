"""What the person at the terminal reads. A closed terminal is no error: the demo is about to stop then."""

import contextlib
import sys


def say(text: str = "") -> None:
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


def complain(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def step(seconds: float, text: str) -> None:
    say(f"  {seconds:5.1f} s  {text}")
