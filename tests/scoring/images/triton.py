"""Photos by Triton's own HTTP client: `python -m tests.scoring.images.triton PORT FILE FILE` prints what it got.

A process of its own: the client brings gevent, which the tests' own threads had better not meet.
"""

import json
import sys
from pathlib import Path

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

MODEL = "efficientnet-lite2"


def main() -> None:
    client = InferenceServerClient(f"127.0.0.1:{sys.argv[1]}", network_timeout=60)
    files = [Path(path).read_bytes() for path in sys.argv[2:]]
    pixels = np.full((2, 260, 260, 3), 127, np.float32)
    found = {
        "model": client.get_model_metadata(MODEL),
        "binary": asked(client, photos(files, binary=True), binary=True),
        "pixels_binary": asked(client, numbers(pixels, binary=True), binary=True),
        "pixels_json": asked(client, numbers(pixels[:1], binary=False), binary=False),
        "damaged": refused(client, photos([files[0], files[1][:3000]], binary=True)),
        "too_bright": refused(client, numbers(pixels + 200, binary=True)),
        "too_many": refused(client, photos(files * 5, binary=True)),
    }
    sys.stdout.write(json.dumps(found))


def photos(files: list[bytes], binary: bool) -> InferInput:
    given = InferInput("image", [len(files)], "BYTES")
    given.set_data_from_numpy(np.array(files, dtype=object), binary_data=binary)
    return given


def numbers(values: np.ndarray, binary: bool) -> InferInput:
    given = InferInput("pixels", list(values.shape), "FP32")
    given.set_data_from_numpy(values, binary_data=binary)
    return given


def asked(client, given, binary):
    outputs = [InferRequestedOutput(name, binary_data=binary) for name in ("ids", "labels", "scores")]
    result = client.infer(MODEL, [given], outputs=outputs, parameters={"top": 2})
    return {name: plain(result.as_numpy(name)) for name in ("ids", "labels", "scores")}


def plain(values):
    return [[each.decode() if isinstance(each, bytes) else each for each in row] for row in values.tolist()]


def refused(client, given):
    try:
        client.infer(MODEL, [given])
    except InferenceServerException as error:
        return [error.status(), error.message()]
    return None


if __name__ == "__main__":
    main()
