"""The network in PyTorch (`KERAS_BACKEND=torch`): the same Keras model, computed by torch."""

from typing import Any

import keras
import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # requirements-torch.txt
from numpy.typing import NDArray

from scoring.images.feature_maps import part
from scoring.images.preprocessing import prepare
from scoring.images.torch_graph import traced
from scoring.images.torch_recording import Recorded

_LEAST = 1e-30


class _Whole(torch.nn.Module):  # type: ignore[misc,unused-ignore]
    """Pixels to logits and the last maps of features."""

    def __init__(self, both: keras.Model, preprocessing: str, probabilities: bool) -> None:
        super().__init__()
        self._both = both
        self._dtype = both.inputs[0].dtype
        self._preprocessing = preprocessing
        self._probabilities = probabilities

    def forward(self, pixels: Any) -> Any:
        outputs, maps = self._both(prepare(self._preprocessing, pixels, self._dtype), training=False)
        return _as_logits(outputs, self._probabilities), maps


class _Head(torch.nn.Module):  # type: ignore[misc,unused-ignore]
    """The last maps of features to logits."""

    def __init__(self, head: keras.Model, probabilities: bool) -> None:
        super().__init__()
        self._head = head
        self._probabilities = probabilities

    def forward(self, maps: Any) -> Any:
        return _as_logits(self._head(maps, training=False), self._probabilities)


class KerasNetwork:
    """A Keras model as `network.Network`. Asked by one thread at a time."""

    def __init__(self, model: keras.Model, preprocessing: str, size: int, probabilities: bool) -> None:
        parts = part(model)
        pixels = _two((size, size, 3), "uint8")
        graph = traced(_Whole(parts.both, preprocessing, probabilities), pixels)
        self._device = pixels.device
        self._graph = Recorded(graph, self._device) if self._device.type == "cuda" else graph
        self.has_parts = parts.head is not None
        if parts.head is not None:
            maps = _two(parts.head.inputs[0].shape[1:], parts.head.inputs[0].dtype)
            self._head = traced(_Head(parts.head, probabilities), maps)

    def forward(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Any]:
        with torch.no_grad():
            logits, maps = self._graph(torch.from_numpy(pixels))
        return logits.cpu().numpy(), maps

    def saliency(self, features: Any, row: int, index: int) -> NDArray[np.float32]:
        maps = features[row : row + 1].detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(self._head(maps)[0, index], maps)
        weights = gradient.mean(dim=(1, 2), keepdim=True)
        found: NDArray[np.float32] = torch.relu((maps * weights).sum(dim=-1))[0].detach().cpu().numpy()
        return found

    def maps(self, features: Any, row: int) -> NDArray[np.float32]:
        found: NDArray[np.float32] = features[row].detach().cpu().numpy()
        return found

    def rest(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.no_grad():
            logits: NDArray[np.float32] = self._head(torch.from_numpy(maps).to(self._device)).cpu().numpy()
        return logits


def _two(shape: tuple[int, ...], dtype: str) -> Any:
    """Two of a batch, on the device that Keras computes on."""
    return keras.ops.zeros((2, *shape), dtype=dtype)


def use_cores(cores: int, batches: int) -> None:
    torch.set_num_threads(max(1, cores // batches))
    # Shapes are few and fixed: the fastest way of each convolution is looked for while warming.
    torch.backends.cudnn.benchmark = True


def at_once(cores: int) -> int:
    """A recorded graph has one place for its pixels."""
    return 1


def device() -> str:
    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else "cpu"


def _as_logits(outputs: Any, probabilities: bool) -> Any:
    return torch.log(outputs.clamp_min(_LEAST)) if probabilities else outputs
