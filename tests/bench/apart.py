"""Work beside the browser tests."""

from concurrent.futures import ThreadPoolExecutor


def in_a_thread(work, *arguments, **named):
    """The thread of the browser tests has a Playwright and its event loop, and may have one only."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *arguments, **named).result()
