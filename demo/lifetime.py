"""From the first program to the last: ends when somebody stops the demo, when a part ends, or when the start fails."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

from demo import console
from demo.supervisor import Ended, Supervisor

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TERMINAL = 0
LOOK_EVERY_S = 1.0
Start = Callable[[Supervisor], Awaitable[None]]


async def live(logs: Path, start: Start) -> int:
    """Returns the exit code when everything has stopped: 0 when told to stop, 1 when a part ended.

    Raises what `start` raises, after everything has stopped.
    """
    told_to_stop = asyncio.Event()
    listen(told_to_stop)
    terminal = asyncio.create_task(watch_terminal(told_to_stop))
    supervisor = Supervisor(logs)
    try:
        ended = await first_reason_to_stop(supervisor, start, told_to_stop)
        if ended is None:
            console.say("\nStopping …")
        else:
            report(ended, logs)
    finally:
        terminal.cancel()
        await supervisor.stop()
    return 0 if ended is None else 1


def listen(told_to_stop: asyncio.Event) -> None:
    """Ctrl-C may come twice, from the terminal and from make: the second changes nothing."""
    for number in STOPPING:
        if number is not signal.SIGHUP or minds_the_terminal():
            asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)


async def watch_terminal(told_to_stop: asyncio.Event) -> None:
    """Where make leads the session (`ssh -t HOST make demo`), SIGHUP goes to make alone, which does not pass it on."""
    if not (minds_the_terminal() and os.isatty(TERMINAL)):
        return
    while os.isatty(TERMINAL):  # noqa: ASYNC110 - nothing else tells that a terminal is gone
        await asyncio.sleep(LOOK_EVERY_S)
    told_to_stop.set()


def minds_the_terminal() -> bool:
    """nohup has SIGHUP ignored: then a closed terminal is none of our business."""
    return signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN


async def first_reason_to_stop(supervisor: Supervisor, start: Start, told_to_stop: asyncio.Event) -> Ended | None:
    """None where somebody told the demo to stop, else the part that ended. Raises what `start` raises."""
    starting = asyncio.ensure_future(start(supervisor))
    stopping = asyncio.create_task(told_to_stop.wait())
    ending = asyncio.create_task(supervisor.first_end())
    tasks = {starting, stopping, ending}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not (stopping.done() or ending.done()):
            await starting
            await asyncio.wait({stopping, ending}, return_when=asyncio.FIRST_COMPLETED)
        return None if stopping.done() else ending.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def report(ended: Ended, logs: Path) -> None:
    console.complain(f"\n{ended.name} ended ({ended.how()}); everything else is being stopped. Its last lines:")
    for line in ended.last_lines:
        console.complain(f"  {line}")
    console.complain(f"More in {logs / (ended.name + '.log')}")
