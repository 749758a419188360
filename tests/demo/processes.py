"""Small real programs to supervise, and a look at which processes are alive."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 30.0

# Starts a child of its own in the same process group, says both numbers, then lives on.
PARENT = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
whole = pathlib.Path(sys.argv[1]); half = whole.with_suffix(".half")
half.write_text(f"{os.getpid()} {child.pid}"); half.rename(whole)
print("started", flush=True)
time.sleep(600)
"""
STUBBORN = "import signal; [signal.signal(n, signal.SIG_IGN) for n in (2, 1, 15)]\n" + PARENT

# A demo in small: two such programs under the real supervision.
SMALL_DEMO = """
import asyncio, os, sys
from pathlib import Path
from demo.lifetime import live
from demo.supervisor import Program
folder = Path(sys.argv[1])
async def start(supervisor):
    for name in ("one", "two"):
        code = (folder / f"{name}.py").read_text()
        await supervisor.start(Program(name, [sys.executable, "-c", code, str(folder / name)], os.environ, grace=1.0))
sys.exit(asyncio.run(live(folder / "logs", start)))
"""


def until(condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"not so after {limit_s:.0f} s: {condition}"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def numbers(path: Path) -> list[int]:
    """The process numbers that PARENT has written."""
    until(path.exists)
    return [int(word) for word in path.read_text().split()]


def mentioning(text: str) -> list[str]:
    """Command lines of the living processes (this one apart) in which the text stands, watchers among them."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if process.info["pid"] != os.getpid() and process.info["status"] != psutil.STATUS_ZOMBIE and text in line:
            found.append(line)
    return found


def listen_as_at_a_terminal() -> None:
    """Whoever runs the tests may ignore signals (nohup, a shell's background job), and programs inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


# Leads a session as make does: it takes SIGHUP for itself and waits for its program.
LEADER = """
import signal, subprocess, sys
signal.signal(signal.SIGHUP, lambda *_: None)
subprocess.call([sys.executable, "-c", *sys.argv[1:]])
"""


def small_demo_in_a_terminal(folder: Path) -> tuple[int, subprocess.Popen[bytes], list[int]]:
    """A demo in small below such a leader: the other end of its terminal, the leader, the four processes."""
    write_parts(folder, PARENT, PARENT)
    ours, theirs = os.openpty()
    leader = subprocess.Popen(
        [sys.executable, "-c", LEADER, SMALL_DEMO, str(folder)],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    return ours, leader, numbers(folder / "one") + numbers(folder / "two")


def write_parts(folder: Path, one: str, two: str) -> None:
    (folder / "one.py").write_text(one)
    (folder / "two.py").write_text(two)


def small_demo(folder: Path, one: str = PARENT, two: str = PARENT) -> tuple[subprocess.Popen[str], list[int]]:
    """The supervisor of a demo in small, and the numbers of the four processes below it."""
    write_parts(folder, one, two)
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SMALL_DEMO, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=listen_as_at_a_terminal,
    )
    return supervisor, numbers(folder / "one") + numbers(folder / "two")
