"""The versions that are loaded, and which of them answers a request."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from scoring.service.batching import Batcher
from scoring.service.metrics import Metrics
from scoring.service.model import Model
from scoring.service.versions import Labels

STABLE = "stable"
CANARY = "canary"


class Loaded:
    """A model that is warm, and its queue."""

    def __init__(self, model: Model[Any, Any], worker: ThreadPoolExecutor, metrics: Metrics) -> None:
        self.model = model
        self.batcher = Batcher(model, worker, metrics)


class Shelf:
    """Used on one event loop. The version that was stable before stays loaded: going back takes no loading."""

    def __init__(self, worker: ThreadPoolExecutor, metrics: Metrics) -> None:
        self._worker = worker
        self._metrics = metrics
        self._loaded: dict[str, Loaded] = {}
        self._labels: Labels | None = None
        self._before: str | None = None
        self._due = 0.0

    @property
    def stable(self) -> Loaded | None:
        return self._loaded[self._labels.stable] if self._labels else None

    def is_stable(self, version: str) -> bool:
        return self._labels is not None and self._labels.stable == version

    def __contains__(self, version: str) -> bool:
        return version in self._loaded

    def put(self, version: str, model: Model[Any, Any]) -> None:
        self._loaded[version] = Loaded(model, self._worker, self._metrics)
        self._count_loaded()

    def move(self, labels: Labels) -> None:
        """All that `labels` names is loaded. What nobody names any more goes; its last requests keep it meanwhile."""
        if self._labels is not None and self._labels.stable != labels.stable:
            self._before = self._labels.stable
        self._labels = labels
        keep = {*labels.named, self._before}
        self._loaded = {version: loaded for version, loaded in self._loaded.items() if version in keep}
        self._count_loaded()

    def pick(self) -> Loaded | None:
        """The stable version, or the canary for its share: of 100 requests at 10 percent exactly 10."""
        labels = self._labels
        if labels is None:
            return None
        if labels.canary is not None:
            self._due += labels.share
            if self._due >= 1 - 1e-9:
                self._due -= 1
                return self._loaded[labels.canary]
        return self._loaded[labels.stable]

    def labelled(self, version: str) -> Loaded | None:
        """By a label, or by a version that is loaded, whatever its model's name."""
        if self._labels is None:
            return None
        if version in (STABLE, CANARY):
            named = self._labels.stable if version == STABLE else self._labels.canary
            return None if named is None else self._loaded[named]
        return next((loaded for loaded in self._loaded.values() if loaded.model.version == version), None)

    def find(self, name: str, version: str = STABLE) -> Loaded | None:
        """By the model's name, and a version or a label."""
        loaded = self.labelled(version)
        return loaded if loaded is not None and loaded.model.name == name else None

    def versions(self, name: str) -> list[str]:
        return [loaded.model.version for loaded in self._loaded.values() if loaded.model.name == name]

    def _count_loaded(self) -> None:
        self._metrics.loaded.clear()
        for loaded in self._loaded.values():
            model = loaded.model
            self._metrics.loaded.labels(model.name, model.version, model.device).set(1)
