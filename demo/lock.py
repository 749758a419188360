"""One demo a state folder: a lock that the system lets go when its holder dies, however that happens.

`python -m demo.lock DIR` exits 1 with a line where a demo is running there (`make clean` asks first).
"""

import fcntl
import os
import sys
from pathlib import Path

from demo.errors import DemoError

NAME = "demo.lock"


def take(state: Path) -> int:
    """Hold the state folder until this process ends; returns the descriptor.

    Raises DemoError where another demo holds it.
    """
    path = state / NAME
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        holder = path.read_text().strip()
        raise DemoError(f"A demo is already running here (process {holder}). Stop it first: Ctrl-C there.") from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def main() -> int:
    state = Path(sys.argv[1])
    if not (state / NAME).exists():
        return 0
    try:
        os.close(take(state))
    except DemoError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
