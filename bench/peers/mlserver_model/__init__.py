"""MLServer, with its adaptive batching: `mlserver start bench/peers/mlserver_model`."""

import json

from mlserver import MLModel
from mlserver.codecs import StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from bench.scorer import Score, load


class Scorer(MLModel):
    score: Score

    async def load(self) -> bool:
        self.score = load()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        questions = StringCodec.decode_input(payload.inputs[0])
        answers = [json.dumps(answer) for answer in self.score(questions)]
        return InferenceResponse(model_name=self.name, outputs=[StringCodec.encode_output("answer", answers)])
