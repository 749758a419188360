"""Runs one program that cannot outlive its supervisor.

    python leash.py DESCRIPTOR GRACE PROGRAM [ARGUMENT ...]

The program takes over this process (its number, its output) and leads a process group. A watcher outside that group
reads the pipe DESCRIPTOR, whose writing end the supervisor alone holds. When that end closes, on purpose or because the
supervisor was killed, the watcher asks the group to stop and after GRACE seconds kills what is left of it.
"""

import os
import signal
import sys
import time

POLL = 0.05


def main() -> None:
    """Start the watcher, then become the program. The caller has started a new session."""
    descriptor, grace, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    group = os.getpid()
    child = os.fork()
    if child == 0:
        watch(descriptor, group, grace)
    os.waitpid(child, 0)
    os.close(descriptor)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(127)


def watch(descriptor: int, group: int, grace: float) -> None:
    """Leave the session for good, wait for the pipe to close, then end the group. Never returns."""
    os.setsid()
    if os.fork():
        os._exit(0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(descriptor, 1):
        pass
    end_group(group, grace)
    os._exit(0)


def end_group(group: int, grace: float) -> None:
    """SIGTERM now, SIGKILL after `grace` seconds for whoever is still there."""
    deadline = time.monotonic() + grace
    alive = send(group, signal.SIGTERM)
    while alive and time.monotonic() < deadline:
        time.sleep(POLL)
        alive = send(group, 0)
    if alive:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Whether the group still has a member to receive the signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS refuses where only ended processes are left
        return False
    return True


if __name__ == "__main__":
    main()
