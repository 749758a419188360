"""Photos a second through HTTP, beside a loop that decodes and scores without any service; what explaining costs.

`python -m bench.images` prints it alone; `make bench` with all else.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image

from bench import images_servers
from bench.environments import ROOT, STATE
from bench.load import Measured
from bench.running import DidNotStartError, free_port, load, started, wait_until_answered

BUILD_SECONDS = 600
LOOP_SECONDS = 300
CONNECTIONS = 16
DEFAULT_SECONDS = 6.0
PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "cat.png", "motorcycle_left.png")
Say = Callable[[str], None]


def show(seconds: float, say: Say) -> None:
    say(f"\nImage scorer, photos of scikit-image, {CONNECTIONS} connections")
    photos, model = prepared(STATE / "photos"), STATE / "images"
    try:
        # Does nothing where the model is there and current.
        _run("scoring.images", "build", "--out", str(model), limit=BUILD_SECONDS)
        best, alone = _direct(model, photos, seconds, say)
        busy, one = _through_http(model, photos, seconds)
        say(f"through HTTP: {_told(busy)}; {busy.per_second / best:.0%} of the best loop")
        say(f"one client: {_told(one)}; {1000 / one.per_second - alone:+.1f} ms beside the loop of one by one")
        _show_peers(busy, model, photos, seconds, say)
        _show_explaining(model, photos, say)
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


def _direct(model: Path, photos: Path, seconds: float, say: Say) -> tuple[float, float]:
    """Photos a second of the best combination, and the milliseconds of one photo alone with all cores."""
    best, alone = 0.0, 0.0
    for cores in sorted({1, _cores()}):
        rows = json.loads(_run("bench.images_loop", str(model), str(photos), str(cores), str(seconds / 3)))
        alone = rows[0]["ms"]
        for row in rows:
            say(f"loop, {cores} threads, batch {row['batch']}, {row['decoders']} decoders: {row['per_second']:.1f}/s")
            best = max(best, row["per_second"])
    return best, alone


def _through_http(model: Path, photos: Path, seconds: float) -> tuple[Measured, Measured]:
    port = free_port()
    command = [sys.executable, "-m", "scoring.images", "serve", str(model), "--port", str(port)]
    first = min(photos.iterdir()).read_bytes()
    with started(command, {}, STATE / "images.log"):
        wait_until_answered(port, "/v1/score", first, (), "image/jpeg")
        load(port, "/v1/score", photos, (), CONNECTIONS, 1.0, "image/jpeg")
        busy = load(port, "/v1/score", photos, (), CONNECTIONS, seconds, "image/jpeg")
        return busy, load(port, "/v1/score", photos, (), 1, seconds, "image/jpeg")


def _show_peers(ours: Measured, model: Path, photos: Path, seconds: float, say: Say) -> None:
    for name, found in images_servers.measured(model, photos, CONNECTIONS, seconds):
        if isinstance(found, str):
            say(f"{name}: {found}")
        else:
            ratio = f"ours is {ours.per_second / found.per_second:.2f}x" if found.per_second else "no answers"
            say(f"{name}: {_told(found)}; {ratio}")


def _show_explaining(model: Path, photos: Path, say: Say) -> None:
    found: Mapping[str, Any] = json.loads(_run("bench.images_explain", str(model), str(photos)))
    say(f"decode of a 12-megapixel JPEG: {found['decode_ms']:.1f} ms; one prediction: {found['predict_ms']:.1f} ms")
    for method in ("gradcam", "occlusion"):
        took = found[method]
        say(f"prediction with {method}: {took:.1f} ms, {took / found['predict_ms']:.1f} times one without")


def _run(module: str, *arguments: str, limit: float = LOOP_SECONDS) -> str:
    command = [sys.executable, "-m", module, *arguments]
    ran = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=limit)
    return ran.stdout.strip().rpartition("\n")[2]


def _told(found: Measured) -> str:
    return f"{found.per_second:.1f}/s, p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms, {found.failed} failed"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    STATE.mkdir(parents=True, exist_ok=True)
    show(DEFAULT_SECONDS, lambda line: print(line, flush=True))  # noqa: T201
