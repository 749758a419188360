"""Decode and score, with no service around it: `python -m bench.images_loop MODEL PHOTOS CORES LOOPS SECONDS`.

LOOPS of them run beside each other, together on so many cores. Prints a JSON list: photos a second, and the
processor's time for each, for each batch size, with photos decoded between the batches (0 decoders) and by threads
beside the model; or for the one combination that two more arguments name. Nothing where the model does not take so
many batches at once.
"""

import json
import sys
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from scoring.images.decode import Photo, decode
from scoring.images.model import ImageModel
from scoring.images.network import available_cores, use_cores

BATCHES = (1, 2, 4, 8, 16, 32)


def main() -> int:
    loops = int(sys.argv[4])
    use_cores(int(sys.argv[3]), loops)
    model, seconds = ImageModel(Path(sys.argv[1])), float(sys.argv[5])
    model.warm()
    files = [file.read_bytes() for file in sorted(Path(sys.argv[2]).iterdir())]
    if loops > model.at_once:
        sys.stdout.write("[]\n")
        return 0
    named = tuple(map(int, sys.argv[6:]))
    cores = available_cores()
    decoders = sorted({0, 2, cores // 2, cores})
    batches = [batch for batch in BATCHES if batch in model.batch_sizes]
    ways = [named] if named else [(batch, beside) for batch in batches for beside in decoders]
    rows = [_row(model, files, batch, decoders, loops, seconds) for batch, decoders in ways]
    sys.stdout.write(json.dumps(rows) + "\n")
    return 0


def _row(
    model: ImageModel, files: Sequence[bytes], batch: int, decoders: int, loops: int, seconds: float
) -> dict[str, Any]:
    started_at, cpu = perf_counter(), process_time()

    def loop(_: int) -> int:
        batches = _beside(model, files, batch, decoders) if decoders else _between(model, files, batch)
        done = 0
        while perf_counter() - started_at < seconds:
            photos = next(batches)
            model.probabilities(np.stack([photo.pixels for photo in photos]))
            done += len(photos)
        batches.close()
        return done

    with ThreadPoolExecutor(loops) as threads:
        done = sum(threads.map(loop, range(loops)))
    took = perf_counter() - started_at
    cpu_ms = (process_time() - cpu) / done * 1000
    return {"batch": batch, "decoders": decoders, "per_second": done / took, "cpu_ms": cpu_ms}


def _between(model: ImageModel, files: Sequence[bytes], batch: int) -> Generator[list[Photo], None, None]:
    waiting = cycle(files)
    while True:
        yield [decode(file, model.frame) for file in islice(waiting, batch)]


def _beside(model: ImageModel, files: Sequence[bytes], batch: int, decoders: int) -> Generator[list[Photo], None, None]:
    """The next batch is decoded while the model has this one."""
    waiting = cycle(files)
    with ThreadPoolExecutor(decoders) as pool:
        ahead = [pool.submit(decode, file, model.frame) for file in islice(waiting, batch)]
        while True:
            now = [photo.result() for photo in ahead]
            ahead = [pool.submit(decode, file, model.frame) for file in islice(waiting, batch)]
            yield now


if __name__ == "__main__":
    sys.exit(main())
