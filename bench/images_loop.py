"""Decode and score, with no service around it: `python -m bench.images_loop MODEL PHOTOS CORES SECONDS`.

Prints a JSON list: photos a second for each batch size, with photos decoded between the batches (0 decoders) and by two
threads beside the model. The first row is one photo after another, with its mean time in milliseconds.
"""

import json
import sys
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from scoring.images.decode import Photo, decode
from scoring.images.model import ImageModel
from scoring.images.network import use_cores

BATCHES = (1, 2, 4, 8)
DECODERS = 2


def main() -> int:
    use_cores(int(sys.argv[3]))
    model, seconds = ImageModel(Path(sys.argv[1])), float(sys.argv[4])
    model.warm()
    files = [file.read_bytes() for file in sorted(Path(sys.argv[2]).iterdir())]
    rows = [_row(model, files, batch, decoders, seconds) for batch in BATCHES for decoders in (0, DECODERS)]
    sys.stdout.write(json.dumps(rows) + "\n")
    return 0


def _row(model: ImageModel, files: Sequence[bytes], batch: int, decoders: int, seconds: float) -> dict[str, Any]:
    batches = _beside(model, files, batch, decoders) if decoders else _between(model, files, batch)
    done, started_at = 0, perf_counter()
    while (took := perf_counter() - started_at) < seconds:
        photos = next(batches)
        model.probabilities(np.stack([photo.pixels for photo in photos]))
        done += len(photos)
    batches.close()
    return {"batch": batch, "decoders": decoders, "per_second": done / took, "ms": took / done * 1000}


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
