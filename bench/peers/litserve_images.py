"""LitServe with photos, with its batching: `python -m bench.peers.litserve_images PORT`."""

import base64
import sys
from typing import Any

import litserve

from bench.images_scorer import MAX_BATCH, Answers


class Api(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.answers = Answers()

    def decode_request(self, request: dict[str, Any]) -> Any:
        return self.answers.decode(base64.b64decode(request["image"]))

    def batch(self, inputs: list[Any]) -> list[Any]:
        return inputs

    def predict(self, x: list[Any]) -> list[Any]:
        return self.answers.score(x)

    def unbatch(self, output: list[Any]) -> list[Any]:
        return output

    def encode_response(self, output: Any) -> Any:
        return {"predictions": output}


if __name__ == "__main__":
    api = Api(max_batch_size=MAX_BATCH, batch_timeout=0.005, api_path="/score")
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
