"""LitServe, with its batching: `python -m bench.peers.litserve_app PORT`."""

import sys
from typing import Any

import litserve

from bench.scorer import MAX_BATCH, load


class Api(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.score = load()

    def decode_request(self, request: dict[str, Any]) -> str:
        return request["question"]

    def batch(self, inputs: list[str]) -> list[str]:
        return inputs

    def predict(self, x: list[str]) -> list[Any]:
        return self.score(x)

    def unbatch(self, output: list[Any]) -> list[Any]:
        return output

    def encode_response(self, output: Any) -> Any:
        return output


if __name__ == "__main__":
    api = Api(max_batch_size=MAX_BATCH, batch_timeout=0.005, api_path="/score")
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
