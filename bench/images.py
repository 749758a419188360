"""Photos a second through HTTP, beside a loop that decodes and scores without any service, in 32-bit floats and in
bfloat16; what explaining costs; then LitServe and BentoML with the same model and photos of three sizes.

`python -m bench.images` prints it alone; `make bench` with all else. Other programs on the machine move photos a
second; the processor's time for a photo, which is printed too, they move far less.

`python -m bench.images MODEL [CONNECTIONS]` measures any model beside its own loop, without the peers. On a
GPU, where batches are larger, ask with 48 connections.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image

from bench import images_servers
from bench.environments import ROOT, STATE
from bench.images_http import DECODERS, Scorer, scorer
from bench.load import Measured
from bench.running import DidNotStartError
from scoring.images.definitions import BFLOAT16, FLOAT32

BUILD_SECONDS = 600
LOOP_SECONDS = 300
CONNECTIONS = 16
ROUNDS = 3
DEFAULT_SECONDS = 6.0
# Beside each other.
MOST_LOOPS = 2
# Of the time that our own scorer has.
PEERS_SHARE = 2 / 3
PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "cat.png", "motorcycle_left.png")
# As they lie on web pages, and as a phone's camera makes them.
MIDDLE, LARGE = (1920, 1280), (4000, 3000)
Say = Callable[[str], None]


def show(seconds: float, say: Say) -> None:
    say(f"\nImage scorer, photos of scikit-image as they are, of 2.5 and of 12 megapixels; {CONNECTIONS} connections")
    small = prepared(STATE / "photos")
    folders = small, prepared(STATE / "photos-middle", MIDDLE), prepared(STATE / "photos-large", LARGE)
    models = {FLOAT32: STATE / "images", BFLOAT16: STATE / "images-bfloat16"}
    try:
        _make(models)
        for precision, folder in models.items():
            say(f"in {precision}:")
            show_one(folder, small, CONNECTIONS, seconds, say)
        with ExitStack() as running:
            ours = {precision: running.enter_context(scorer(folder, small)) for precision, folder in models.items()}
            for name, found in images_servers.measured(ours, models, folders, CONNECTIONS, seconds * PEERS_SHARE):
                say(f"{name}: {found if isinstance(found, str) else _compared(found)}")
    except subprocess.CalledProcessError as error:
        say(f"not measured: {error}: {error.stderr.strip()[-300:]}")
    except (subprocess.SubprocessError, DidNotStartError) as error:
        say(f"not measured: {error}")


def show_one(model: Path, photos: Path, connections: int, seconds: float, say: Say) -> None:
    best = _best_loops(model, photos, seconds, say)
    with scorer(model, photos, max(DECODERS, *(int(way[-1]) for way in best))) as ours:
        _show_beside_loops(ours, best, model, photos, seconds, connections, say)
    _show_explaining(model, photos, say)


def _make(models: Mapping[str, Path]) -> None:
    # Does nothing where the model is there and current.
    _run("scoring.images", "build", "--out", str(models[FLOAT32]), limit=BUILD_SECONDS)
    halved = "--out", str(models[BFLOAT16]), "--precision", BFLOAT16
    _run("scoring.images", "export", str(models[FLOAT32]), *halved, limit=BUILD_SECONDS)


def prepared(folder: Path, size: tuple[int, int] | None = None) -> Path:
    """The package's photos as JPEG files of one type, so that they can be sent as they are."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("scikit-image")
    folder.mkdir(parents=True, exist_ok=True)
    for name in PHOTOS:
        source = Path(spec.origin).parent / "data" / name
        if source.exists():
            photo = Image.open(source).convert("RGB")
            (photo.resize(size) if size else photo).save(folder / f"{source.stem}.jpg", quality=90)
    return folder


def _best_loops(model: Path, photos: Path, seconds: float, say: Say) -> list[list[str]]:
    """The arguments of the combination that gave most photos a second: of one loop, and of several at once."""
    found: dict[int, dict[float, list[str]]] = {}
    for cores, loops in sorted({(1, 1), (_cores(), 1), (_cores(), MOST_LOOPS)}):
        way = [str(cores), str(loops)]
        for row in json.loads(_run("bench.images_loop", str(model), str(photos), *way, str(seconds / 3))):
            say(f"{loops} at once on {cores} cores, batch {row['batch']}, {row['decoders']} decoders: {_speed(row)}")
            by_speed = found.setdefault(loops, {})
            by_speed[row["per_second"]] = [*way, str(seconds), str(row["batch"]), str(row["decoders"])]
    return [by_speed[max(by_speed)] for by_speed in found.values()]


def _show_beside_loops(
    ours: Scorer, best: list[list[str]], model: Path, photos: Path, seconds: float, connections: int, say: Say
) -> None:
    """In turns, so that a moment when the machine was busy counts against none; the best of each counts."""
    ours.load(photos, connections, 1.0)
    loops: list[list[Mapping[str, float]]] = [[] for _ in best]
    served = []
    for _ in range(ROUNDS):
        for way, rows in zip(best, loops, strict=True):
            rows += json.loads(_run("bench.images_loop", str(model), str(photos), *way))
        served.append(ours.load(photos, connections, seconds))
    busy = max((found.measured for found in served), key=lambda found: found.per_second)
    least = min(served, key=lambda found: found.cpu_ms)
    say(f"through HTTP: {_told(busy)}, {least.cpu_ms:.1f} ms of processor, {least.loop_ms:.1f} of it on the event loop")
    for (cores, count, _, batch, decoders), rows in zip(best, loops, strict=True):
        fast, cpu = max(row["per_second"] for row in rows), min(row["cpu_ms"] for row in rows)
        say(f"best of {count} at once ({cores} cores, batch {batch}, {decoders} decoders): {fast:.1f}/s, {cpu:.1f} ms")
        share = f"{busy.per_second / fast:.0%}; by the processor's time {cpu / least.cpu_ms:.0%}"
        say(f"through HTTP, of that: {share}")
    say(f"one client waits {ours.overhead_ms(photos):.2f} ms beside decoding and computing (median)")


def _compared(found: list[images_servers.Found]) -> str:
    small, middle, large = (
        f"{row.peer.per_second:.1f}/s"
        + "".join(f", ours in {precision} {_times(one, row.peer)}" for precision, one in row.ours.items())
        for row in found
    )
    failed = sum(row.peer.failed for row in found)
    return f"{small}; of 2.5 megapixels {middle}; of 12 megapixels {large}" + (f"; {failed} failed" if failed else "")


def _times(ours: Measured, peer: Measured) -> str:
    return f"{ours.per_second:.1f}/s ({ours.per_second / max(peer.per_second, 0.01):.2f}x)"


def _show_explaining(model: Path, photos: Path, say: Say) -> None:
    found: Mapping[str, Any] = json.loads(_run("bench.images_explain", str(model), str(photos)))
    say(f"decode of a 12-megapixel JPEG: {found['decode_ms']:.1f} ms; one prediction: {found['predict_ms']:.1f} ms")
    ways = {"gradcam": "Grad-CAM", "occlusion": "occlusion", "halves": "occlusion where a model cannot be parted"}
    for key, method in ways.items():
        took = found[key]
        say(f"prediction with {method}: {took:.1f} ms, {took / found['predict_ms']:.1f} times one without")


def _run(module: str, *arguments: str, limit: float = LOOP_SECONDS) -> str:
    command = [sys.executable, "-m", module, *arguments]
    ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=limit)
    return ran.stdout.strip().rpartition("\n")[2]


def _speed(row: Mapping[str, float]) -> str:
    return f"{row['per_second']:.1f}/s, {row['cpu_ms']:.1f} ms of processor"


def _told(found: Measured) -> str:
    return f"{found.per_second:.1f}/s, p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms, {found.failed} failed"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> None:
    STATE.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) == 1:
        show(DEFAULT_SECONDS, _print)
    else:
        connections = int(sys.argv[2]) if len(sys.argv) > 2 else CONNECTIONS
        show_one(Path(sys.argv[1]), prepared(STATE / "photos"), connections, DEFAULT_SECONDS, _print)


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
