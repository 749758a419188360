"""Prepares, starts and supervises the demo: `python -m demo [--state DIR] [--port N]`. Exit code 1 with one line for
what a person can mend; 0 after Ctrl-C."""

import argparse
import asyncio
import os
import sys
import time
from functools import partial
from pathlib import Path

from demo import console, lock, valkey
from demo.errors import DemoError, in_words
from demo.lifetime import live
from demo.panel import panel
from demo.parts import parts
from demo.places import ROOT, Places, choose, need_free, need_writable
from demo.prepare import prepare
from demo.readiness import wait_for_scorers, wait_until_ready
from demo.supervisor import Supervisor


def main() -> int:
    options = arguments()
    state = options.state.resolve()
    try:
        port = port_number(options.port)
        need_writable(state)
        lock.take(state)
        need_free(port)
        places = choose(state, port)
        if not places.given_redis:
            valkey.binary()
        return asyncio.run(live(places.logs, partial(start, places)))
    except DemoError as error:
        console.complain(str(error))
    except OSError as error:
        console.complain(in_words(error))
    except KeyboardInterrupt:
        return 0
    return 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="Run all of Scoredeck on this machine.")
    parser.add_argument("--state", type=Path, default=ROOT / ".state", help="folder for everything made at run time")
    parser.add_argument("--port", default="8000", help="port of the site (default 8000)")
    return parser.parse_args()


def port_number(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise DemoError(f"PORT must be a number from 1 to 65535, not {text!r}.")


async def start(places: Places, supervisor: Supervisor) -> None:
    began = time.monotonic()
    console.say("Starting Scoredeck")
    await prepare(supervisor, places)
    waiting = time.monotonic()
    *before, site = parts(places)
    for program in before:
        await supervisor.start(program)
    # Last, so that who waits for the site's address finds all of it.
    await wait_for_scorers({"scoring-faq": places.faq_port, "scoring-images": places.images_port})
    await supervisor.start(site)
    await wait_until_ready(places.site_port)
    console.step(time.monotonic() - waiting, "started the cluster, its scorers, the worker and the site")
    console.say(panel(places, time.monotonic() - began))


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
