"""Triton's own HTTP client, as its users write it: `python -m tests.scoring.service.triton PORT` prints what it got.

A process of its own: the client brings gevent, which the tests' own threads had better not meet.
"""

import json
import sys

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException


def main() -> None:
    client = InferenceServerClient(f"127.0.0.1:{sys.argv[1]}")
    found = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready("echo"),
        "version_ready": client.is_model_ready("echo", "1"),
        "other_ready": client.is_model_ready("other"),
        "server": client.get_server_metadata(),
        "model": client.get_model_metadata("echo"),
        "all_binary": asked(client, binary_in=True, outputs=None),
        "all_json": asked(client, binary_in=False, outputs=[InferRequestedOutput("echo", binary_data=False)]),
        "mixed": asked(
            client,
            binary_in=True,
            outputs=[InferRequestedOutput("length", binary_data=True), InferRequestedOutput("echo", binary_data=False)],
        ),
        "error": refused(client),
    }
    sys.stdout.write(json.dumps(found))


def asked(client, binary_in, outputs):
    said = InferInput("said", [3], "BYTES")
    said.set_data_from_numpy(np.array(["one", "two ü", ""], dtype=object), binary_data=binary_in)
    loud = InferInput("loud", [3, 2], "FP32")
    loud.set_data_from_numpy(np.zeros((3, 2), np.float32), binary_data=binary_in)
    result = client.infer("echo", [said, loud], request_id="7", outputs=outputs, parameters={"prefix": "> "})
    response = result.get_response()
    found = {output["name"]: plain(result.as_numpy(output["name"])) for output in response["outputs"]}
    return found | {"id": response["id"], "version": response["model_version"]}


def plain(values):
    return [value.decode() if isinstance(value, bytes) else value for value in values.tolist()]


def refused(client):
    wrong = InferInput("said", [1, 2], "BYTES")
    wrong.set_data_from_numpy(np.array([["a", "b"]], dtype=object))
    try:
        client.infer("echo", [wrong])
    except InferenceServerException as error:
        return [error.status(), error.message()]
    return None


if __name__ == "__main__":
    main()
