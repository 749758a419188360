"""Decode and score, with no service around it: `python -m bench.images_loop MODEL PHOTOS BATCH SECONDS`."""

import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from scoring.images.decode import decode
from scoring.images.model import ImageModel, use_cores


def main() -> int:
    use_cores()
    model, photos, batch, seconds = ImageModel(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    model.warm()
    files = [file.read_bytes() for file in sorted(photos.iterdir())]
    done, started_at = 0, perf_counter()
    while perf_counter() - started_at < float(seconds):
        pixels = [decode(files[(done + at) % len(files)]).pixels for at in range(batch)]
        model.probabilities(np.stack(pixels))
        done += batch
    sys.stdout.write(f"{done / (perf_counter() - started_at):.2f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
