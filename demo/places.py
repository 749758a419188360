"""Where things lie, which ports they have, what the programs are told."""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from demo.errors import DemoError, in_words

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Places:
    """The state folder and the addresses of one run. `given_redis` is somebody else's Redis, empty for our own."""

    state: Path
    site_port: int
    redis_port: int
    cluster_port: int
    faq_port: int
    images_port: int
    given_redis: str = ""
    redis_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def site(self) -> str:
        return f"http://{LOOPBACK}:{self.site_port}"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def faq_model(self) -> Path:
        return self.state / "models" / "faq"

    @property
    def images_model(self) -> Path:
        return self.state / "models" / "images"

    @property
    def kubeconfig(self) -> Path:
        return self.state / "practice.kubeconfig"

    @property
    def operator(self) -> Path:
        return self.state / "operator.txt"

    @property
    def redis_url(self) -> str:
        return self.given_redis or f"redis://:{self.redis_password}@{LOOPBACK}:{self.redis_port}/0"

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """For every program of the demo. A kubeconfig that happens to lie about is never used, nor a proxy."""
        kept = {name: value for name, value in inherited.items() if name != "KUBECONFIG"}
        direct = ",".join(filter(None, [inherited.get("NO_PROXY"), LOOPBACK, "localhost"]))
        return kept | {
            "SCOREDECK_STATE": str(self.state),
            "SCOREDECK_CLUSTER": "practice",
            "SCOREDECK_KUBECONFIG": str(self.kubeconfig),
            "SCOREDECK_FAQ_URL": f"http://{LOOPBACK}:{self.faq_port}",
            "SCOREDECK_IMAGES_URL": f"http://{LOOPBACK}:{self.images_port}",
            "REDIS_URL": self.redis_url,
            "NO_PROXY": direct,
            "no_proxy": direct,
            "PYTHONUNBUFFERED": "1",
        }


def choose(state: Path, site_port: int) -> Places:
    """A port that is free now for everything but the site."""
    redis, cluster, faq, images = free_ports(4)
    return Places(state, site_port, redis, cluster, faq, images, os.environ.get("REDIS_URL", ""))


def free_ports(count: int) -> list[int]:
    """Different ports of the loopback interface on which nobody listens."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def need_free(port: int) -> None:
    """Raises DemoError where the site's port is in use."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except PermissionError:
        raise DemoError(f"Port {port} needs more rights. Choose one above 1023: make demo PORT=8000") from None
    except OSError:
        raise DemoError(
            f"Port {port} is taken. Stop what listens there, or choose another: make demo PORT={port + 1}"
        ) from None


def need_writable(state: Path) -> None:
    """Make the state folder. Raises DemoError where nothing can be written there."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = state / f".probe-{os.getpid()}"
        probe.write_text("x")
        probe.unlink()
    except OSError as error:
        raise DemoError(f"Nothing can be written in {state}: {in_words(error)}") from error
