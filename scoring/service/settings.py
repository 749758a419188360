"""What may be chosen for one service, beside the model itself."""

import os
import socket
from dataclasses import dataclass, field

from scoring.service.auth import hashes_from_environment
from scoring.service.patience import Patience


def replica_name() -> str:
    """The pod's name, or one that is unique on this machine."""
    return os.environ.get("POD_NAME") or f"{socket.gethostname()}-{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Settings:
    """Times are seconds.

    `queue` requests wait at most beside those of one batch; more are refused. `deadline_s` holds where the caller
    names no shorter one. `poll_s` is how often the names of the versions to serve are read. `key_hashes` are the
    SHA-256 of the keys that are taken, in hex; without any, no key is asked for. `lame_duck_s` is how long a stopping
    replica still takes requests after its readiness failed; `stop_s` how long it then waits for those in flight.
    """

    host: str = "127.0.0.1"
    port: int = 0
    queue: int = 64
    deadline_s: float = 10.0
    patience: Patience = field(default_factory=Patience)
    lame_duck_s: float = 1.0
    stop_s: float = 20.0
    readers: int = 2
    poll_s: float = 0.25
    key_hashes: tuple[str, ...] = field(default_factory=hashes_from_environment)
    replica: str = field(default_factory=replica_name)
