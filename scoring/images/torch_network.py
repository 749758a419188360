"""The network in PyTorch (`KERAS_BACKEND=torch`): the same Keras model, computed by torch."""

from typing import Any

import keras
import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # requirements-torch.txt
from numpy.typing import NDArray

from scoring.images.feature_maps import part
from scoring.images.preprocessing import prepare

_LEAST = 1e-30


class KerasNetwork:
    """A Keras model as `network.Network`."""

    def __init__(self, model: keras.Model, preprocessing: str, size: int, probabilities: bool) -> None:
        self._parts = part(model)
        self._head: Any = self._parts.head
        self._dtype = model.inputs[0].dtype
        self._preprocessing = preprocessing
        self._probabilities = probabilities
        self.has_parts = self._parts.head is not None

    def forward(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Any]:
        with torch.no_grad():
            prepared = prepare(self._preprocessing, keras.ops.convert_to_tensor(pixels), self._dtype)
            outputs, maps = self._parts.both(prepared, training=False)
            logits: NDArray[np.float32] = self._as_logits(outputs).cpu().numpy()
        return logits, maps

    def saliency(self, features: Any, row: int, index: int) -> NDArray[np.float32]:
        maps = features[row : row + 1].detach().clone().requires_grad_(True)
        score = self._as_logits(self._head(maps, training=False))[0, index]
        (gradient,) = torch.autograd.grad(score, maps)
        weights = gradient.mean(dim=(1, 2), keepdim=True)
        found: NDArray[np.float32] = torch.relu((maps * weights).sum(dim=-1))[0].detach().cpu().numpy()
        return found

    def maps(self, features: Any, row: int) -> NDArray[np.float32]:
        found: NDArray[np.float32] = features[row].detach().cpu().numpy()
        return found

    def rest(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.no_grad():
            outputs = self._head(keras.ops.convert_to_tensor(maps), training=False)
            logits: NDArray[np.float32] = self._as_logits(outputs).cpu().numpy()
        return logits

    def _as_logits(self, outputs: Any) -> Any:
        return torch.log(outputs.clamp_min(_LEAST)) if self._probabilities else outputs


def use_cores(cores: int) -> None:
    torch.set_num_threads(cores)


def device() -> str:
    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else "cpu"
