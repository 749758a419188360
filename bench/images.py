"""Photos a second: through HTTP, and in a loop that decodes and scores without any service."""

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from bench.environments import ROOT, STATE
from bench.running import DidNotStartError, free_port, load, started, wait_until_answered

BUILD_SECONDS = 600
CONNECTIONS = 16
BATCH = 8
PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "cat.png", "motorcycle_left.png")


def show(seconds: float, say: Callable[[str], None]) -> None:
    say(f"\nImage scorer, photos of scikit-image, {CONNECTIONS} connections")
    photos = prepared(STATE / "photos")
    model = STATE / "images"
    try:
        if not (model / "manifest.json").exists():
            command = [sys.executable, "-m", "scoring.images", "build", "--out", str(model)]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=BUILD_SECONDS)
        say(_through_http(model, photos, seconds))
        for batch in (1, BATCH):
            command = [sys.executable, "-m", "bench.images_loop", str(model), str(photos), str(batch), str(seconds)]
            ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300)
            say(f"direct loop, batch of {batch}: {float(ran.stdout.split()[-1]):.1f} photos/s")
    except (subprocess.SubprocessError, DidNotStartError) as error:
        say(f"not measured: {error}")


def prepared(folder: Path) -> Path:
    """The package's photos as JPEG files of one type, so that they can be sent as they are."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("scikit-image")
    folder.mkdir(parents=True, exist_ok=True)
    for name in PHOTOS:
        source = Path(spec.origin).parent / "data" / name
        if source.exists():
            Image.open(source).convert("RGB").save(folder / f"{source.stem}.jpg", quality=90)
    return folder


def _through_http(model: Path, photos: Path, seconds: float) -> str:
    port = free_port()
    command = [sys.executable, "-m", "scoring.images", "serve", str(model), "--port", str(port)]
    first = min(photos.iterdir()).read_bytes()
    with started(command, {}, STATE / "images.log"):
        wait_until_answered(port, "/v1/score", first, (), "image/jpeg")
        load(port, "/v1/score", photos, (), CONNECTIONS, 1.0, "image/jpeg")
        found = load(port, "/v1/score", photos, (), CONNECTIONS, seconds, "image/jpeg")
    return (
        f"through HTTP: {found.per_second:.1f} photos/s, p50 {found.p50_ms:.0f} ms, p99 {found.p99_ms:.0f} ms, "
        f"{found.failed} failed"
    )
