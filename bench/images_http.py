"""Our own scorer under load, and what it adds to decoding and computing."""

import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil

from bench.environments import STATE
from bench.load import Measured
from bench.running import free_port, load, started, wait_until_answered

PATH = "/v1/score"
JPEG = "image/jpeg"
ASKED = 60
DECODERS = 2


@dataclass(frozen=True, slots=True)
class Load:
    """`cpu_ms` is the processor's time for a photo, `loop_ms` the part of it that the event loop took: all that is done
    for a request but decoding and computing."""

    measured: Measured
    cpu_ms: float
    loop_ms: float


@dataclass(frozen=True, slots=True)
class Scorer:
    port: int
    process: psutil.Process

    def load(self, photos: Path, connections: int, seconds: float) -> Load:
        before = self._cpu(), self._cpu_of_loop()
        found = load(self.port, PATH, photos, (), connections, seconds, JPEG)
        each = 1000 / max(1, found.requests)
        return Load(found, (self._cpu() - before[0]) * each, (self._cpu_of_loop() - before[1]) * each)

    def overhead_ms(self, photos: Path) -> float:
        """What one client waits beside decoding and computing, as the receipts tell them; the median."""
        files = [file.read_bytes() for file in sorted(photos.iterdir())]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            return median(self._beside(connection, files[number % len(files)]) for number in range(ASKED))
        finally:
            connection.close()

    def _beside(self, connection: http.client.HTTPConnection, photo: bytes) -> float:
        started_at = perf_counter()
        connection.request("POST", PATH, photo, {"content-type": JPEG})
        content = connection.getresponse().read()
        took = (perf_counter() - started_at) * 1000
        receipt = json.loads(content)["receipt"]
        return took - float(receipt["decode_ms"]) - float(receipt["compute_ms"])

    def _cpu(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def _cpu_of_loop(self) -> float:
        """That of the first thread, which has the process's own number; 0 where the system tells of none."""
        own = [thread for thread in self.process.threads() if thread.id == self.process.pid]
        return sum(float(thread.user_time + thread.system_time) for thread in own)


@contextmanager
def scorer(model: Path, photos: Path, decoders: int = DECODERS) -> Iterator[Scorer]:
    """Ready. Raises DidNotStartError."""
    port = free_port()
    command = [sys.executable, "-m", "scoring.images", "serve", str(model), "--port", str(port)]
    command += ["--decoders", str(decoders)]
    with started(command, {}, STATE / f"{model.name}.log") as process:
        wait_until_answered(port, PATH, min(photos.iterdir()).read_bytes(), (), JPEG)
        yield Scorer(port, psutil.Process(process.pid))
