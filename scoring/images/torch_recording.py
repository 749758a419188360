"""A graph of operations on a GPU, recorded as a CUDA graph for each number of photos and replayed since.

Asked for its hundreds of operations one by one, a card waits for the processor between them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]  # requirements-torch.txt

# Before it is recorded, a graph has run a few times: memory is found and ways are chosen then.
_TRIALS = 3


@dataclass(frozen=True, slots=True)
class _Recording:
    pixels: torch.Tensor
    graph: torch.cuda.CUDAGraph
    outputs: tuple[torch.Tensor, ...]


class Recorded:
    """Takes and gives what the graph does, from photos in the processor's memory. Asked by one thread at a time."""

    def __init__(self, graph: Callable[[torch.Tensor], Any], device: torch.device) -> None:
        self._graph = graph
        self._device = device
        self._recordings: dict[int, _Recording] = {}
        # One memory for all: no two are replayed at once, and what they give is copied at once.
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        found = self._recordings.get(len(pixels))
        if found is None:
            found = self._recordings[len(pixels)] = self._record(pixels)
        found.pixels.copy_(pixels)
        found.graph.replay()
        # The next replay writes where this one did.
        return tuple(output.clone() for output in found.outputs)

    def _record(self, pixels: torch.Tensor) -> _Recording:
        place = pixels.to(self._device)
        beside = torch.cuda.Stream(self._device)
        beside.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(beside):
            for _ in range(_TRIALS):
                self._graph(place)
        torch.cuda.current_stream(self._device).wait_stream(beside)
        recording = torch.cuda.CUDAGraph()
        # Another thread may go on serving another version meanwhile.
        with torch.cuda.graph(recording, pool=self._pool, capture_error_mode="thread_local"):
            outputs = self._graph(place)
        # What the trials of the convolutions took.
        torch.cuda.empty_cache()
        return _Recording(place, recording, tuple(outputs))
