"""What a large photo, a prediction and its explanation take: `python -m bench.images_explain MODEL PHOTOS`."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from PIL import Image

from scoring.images.decode import Photo, decode
from scoring.images.explain import hidden_halves, overlay
from scoring.images.model import Asked, ImageModel
from scoring.images.network import use_cores

TIMES = 15
LARGE = (4000, 3000)


def main() -> int:
    use_cores()
    model = ImageModel(Path(sys.argv[1]))
    model.warm()
    file = min(Path(sys.argv[2]).iterdir())
    large = _enlarged(file)
    photo = decode(file.read_bytes(), model.frame)
    times = {
        "decode_ms": _ms(lambda: decode(large, model.frame)),
        "predict_ms": _ms(lambda: model.score([Asked(photo, 5)])),
        "gradcam": _ms(lambda: model.score([Asked(photo, 5, "gradcam")])),
        "occlusion": _ms(lambda: model.score([Asked(photo, 5, "occlusion")])),
        "halves": _ms(lambda: _by_halves(model, photo)),
    }
    sys.stdout.write(json.dumps(times) + "\n")
    return 0


def _by_halves(model: ImageModel, photo: Photo) -> bytes:
    """What occlusion does for a model that cannot be parted, beside the prediction itself."""
    logits = model.logits(photo.pixels[None])[0]
    return overlay(hidden_halves(photo.pixels, 0, logits, logits, model.logits), model.frame.size)


def _enlarged(file: Path) -> bytes:
    large = io.BytesIO()
    Image.open(file).resize(LARGE).save(large, "JPEG", quality=85)
    return large.getvalue()


def _ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(TIMES):
        started_at = perf_counter()
        work()
        times.append(perf_counter() - started_at)
    return median(times) * 1000


if __name__ == "__main__":
    sys.exit(main())
