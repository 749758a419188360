"""Starts programs on a leash, keeps their output, notices the first that ends, stops all of them in order."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from demo import leash
from demo.logs import Log

CHUNK = 65_536
KILL_MARGIN = 1.0


@dataclass(frozen=True)
class Program:
    """What to start. `grace` is the number of seconds between being asked to stop and being killed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    grace: float = 3.0


@dataclass(frozen=True)
class Ended:
    """A program that ended: its exit code (negative: the signal that killed it) and its last lines."""

    name: str
    code: int
    last_lines: list[str]

    def how(self) -> str:
        return f"killed by {signal.Signals(-self.code).name}" if self.code < 0 else f"exit code {self.code}"


class Output:
    """The reading end of what a program and its children print, copied into the log until the last of them ended.

    Not asyncio's own pipe: with that, a program counts as running while a child of it still holds the other end.
    """

    def __init__(self, descriptor: int, log: Log) -> None:
        self._descriptor = descriptor
        self._log = log
        self.closed = asyncio.Event()
        os.set_blocking(descriptor, False)
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    def close(self) -> None:
        if not self.closed.is_set():
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self.closed.set()

    def _read(self) -> None:
        if chunk := os.read(self._descriptor, CHUNK):
            self._log.write(chunk)
        else:
            self.close()


class Running:
    """One started program and its process group. Closing `held` lets its leash end the group."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process, held: int, output: int, log: Log) -> None:
        self.program = program
        self.process = process
        self.log = log
        self._held: int | None = held
        self._output = Output(output, log)

    async def ended(self) -> Ended:
        """Wait for the program to end; the rest of its group is ended with it."""
        code = await self.process.wait()
        self._let_go()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._output.closed.wait(), KILL_MARGIN)
        return Ended(self.program.name, code, self.log.tail())

    async def stop(self) -> None:
        """Ask the group to stop and return when it is gone: after `grace` seconds at the latest it is killed."""
        self._let_go()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._gone(), self.program.grace + KILL_MARGIN)
        leash.send(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        self._output.close()

    def _let_go(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    async def _gone(self) -> None:
        await self.process.wait()
        while anyone_left(self.process.pid):  # noqa: ASYNC110 - nothing tells when a process group is empty
            await asyncio.sleep(leash.POLL)


def anyone_left(group: int) -> bool:
    """Whether a member still runs. One that has ended may stay listed until process 1 has taken notice of it."""
    return leash.send(group, 0) and any(runs_in(process, group) for process in psutil.process_iter())


def runs_in(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False


class Supervisor:
    """Owns every process of the demo. `stop` ends them, the latest started first."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[Running] = []
        self._ends: list[asyncio.Task[None]] = []
        self._first_end: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()

    async def start(self, program: Program) -> Running:
        """Start a part that is to run as long as the demo."""
        running = await self._launch(program)
        self._ends.append(asyncio.create_task(self._notice(running)))
        return running

    async def run(self, program: Program) -> Ended:
        """Start a program that ends by itself, and wait for it."""
        running = await self._launch(program)
        try:
            return await running.ended()
        finally:
            await running.stop()
            self._running.remove(running)

    async def first_end(self) -> Ended:
        """The first part that ended although nobody asked it to."""
        return await asyncio.shield(self._first_end)

    async def stop(self) -> None:
        for task in self._ends:
            task.cancel()
        while self._running:
            await self._running[-1].stop()
            self._running.pop()

    async def _launch(self, program: Program) -> Running:
        log = Log(self._logs / f"{program.name}.log")
        leashed, held = os.pipe()
        output, printed = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", leash.__file__, str(leashed), str(program.grace), *program.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                env=dict(program.environment),
                pass_fds=[leashed],
                start_new_session=True,
            )
        except BaseException:
            os.close(held)
            os.close(output)
            raise
        finally:
            os.close(leashed)
            os.close(printed)
        running = Running(program, process, held, output, log)
        self._running.append(running)
        return running

    async def _notice(self, running: Running) -> None:
        ended = await running.ended()
        if not self._first_end.done():
            self._first_end.set_result(ended)
