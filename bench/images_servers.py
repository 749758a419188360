"""Other serving frameworks with the same Keras model and the same photos, each with its own batching."""

import base64
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.environments import PEERS, STATE
from bench.images_http import Scorer
from bench.load import Measured
from bench.running import DidNotStartError, free_port, load, started, wait_until_answered
from scoring.images.definitions import BFLOAT16, FLOAT32

PATH = "/score"
BOUNDARY = "bench-boundary"
WARM_SECONDS = 2.0
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Way:
    """How a peer decodes and computes; `images_scorer.py` says more of each kind."""

    name: str
    kind: str
    precision: str


@dataclass(frozen=True, slots=True)
class Found:
    """`ours` by precision, each asked right after the peer."""

    peer: Measured
    ours: Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class Peer:
    """`body` makes a request of a photo; `command` is given the port."""

    name: str
    command: Callable[[int], list[str]]
    body: Callable[[bytes], bytes]
    media_type: str


def _as_json(photo: bytes) -> bytes:
    return json.dumps({"image": base64.b64encode(photo).decode()}).encode()


def _as_form(photo: bytes) -> bytes:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return head.encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()


PEER_SERVERS = (
    Peer(
        "LitServe",
        lambda port: [str(PEERS.python), "-m", "bench.peers.litserve_images", str(port)],
        _as_json,
        JSON_TYPE,
    ),
    Peer(
        "BentoML",
        lambda port: [
            *(PEERS.program("bentoml"), "serve", "bench.peers.bentoml_images:Scorer"),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
        _as_form,
        f"multipart/form-data; boundary={BOUNDARY}",
    ),
)


WAYS = (
    Way("as documented", "documented", FLOAT32),
    Way("our decoder and graph", "borrowed", FLOAT32),
    Way("our decoder and graph in bfloat16", "borrowed", BFLOAT16),
)


def measured(
    ours: Mapping[str, Scorer],
    models: Mapping[str, Path],
    folders: Sequence[Path],
    connections: int,
    seconds: float,
) -> Iterator[tuple[str, list[Found] | str]]:
    """What each peer and then ours does with each folder of photos, in each way, or why there is no number."""
    failure = PEERS.make()
    for peer in PEER_SERVERS:
        for way in WAYS:
            name = f"{peer.name}, {way.name}"
            try:
                model = models[way.precision]
                yield name, failure or _measure(ours, peer, way.kind, model, folders, connections, seconds)
            except (DidNotStartError, OSError, subprocess.SubprocessError) as error:
                yield name, f"did not run: {error}"


def _measure(
    ours: Mapping[str, Scorer],
    peer: Peer,
    kind: str,
    model: Path,
    folders: Sequence[Path],
    connections: int,
    seconds: float,
) -> list[Found]:
    variables = {
        "BENCH_KIND": kind,
        "BENCH_FOLDER": str(model),
        "BENTOML_DO_NOT_TRACK": "true",
        "BENTOML_HOME": str(STATE / "bentoml"),
    }
    port = free_port()
    bodies = [_bodies(peer, folder) for folder in folders]
    first = min(bodies[0].iterdir()).read_bytes()
    with started(peer.command(port), variables, STATE / f"images-{peer.name.lower()}-{kind}.log"):
        wait_until_answered(port, PATH, first, (), peer.media_type)
        load(port, PATH, bodies[0], (), connections, WARM_SECONDS, peer.media_type)
        theirs = [load(port, PATH, folder, (), connections, seconds, peer.media_type) for folder in bodies]
    # Some of them keep the processor busy while nobody asks, so that ours is asked when they are gone.
    return [
        Found(found, {name: one.load(photos, connections, seconds).measured for name, one in ours.items()})
        for found, photos in zip(theirs, folders, strict=True)
    ]


def _bodies(peer: Peer, photos: Path) -> Path:
    bodies = STATE / f"{photos.name}-{peer.name.lower()}"
    bodies.mkdir(parents=True, exist_ok=True)
    for photo in photos.iterdir():
        (bodies / photo.name).write_bytes(peer.body(photo.read_bytes()))
    return bodies
