"""The addresses of the Open Inference Protocol V2."""

from collections.abc import Callable
from functools import partial

from scoring import __version__
from scoring.service.answers import Answer, json_answer
from scoring.service.errors import no_such_model, not_ready
from scoring.service.inference import read_inference
from scoring.service.requests import Request
from scoring.service.routes import GET, POST, Outcome, Route
from scoring.service.scoring import Scoring
from scoring.service.shelf import STABLE, Loaded, Shelf

PREFIX = "/v2"
EXTENSIONS = ["binary_tensor_data"]


class OpenInference:
    """`is_ready` says whether this replica wants traffic."""

    def __init__(self, shelf: Shelf, scoring: Scoring, is_ready: Callable[[], bool]) -> None:
        self._shelf = shelf
        self._scoring = scoring
        self._is_ready = is_ready
        self._server = {"name": "scoredeck", "version": __version__, "extensions": EXTENSIONS}
        self._routes = {
            "/v2": Route(GET, self._about_server),
            "/v2/health/live": Route(GET, self._live, public=True),
            "/v2/health/ready": Route(GET, self._ready, public=True),
        }

    def route(self, path: str) -> Route | None:
        """`/v2/models/{name}[/versions/{version}][/ready or /infer]`; a version is also `stable` or `canary`."""
        if path in self._routes:
            return self._routes[path]
        parts = path.split("/")[2:]
        if len(parts) < 2 or parts[0] != "models":
            return None
        name, rest, label = parts[1], parts[2:], ""
        if len(rest) >= 2 and rest[0] == "versions":
            label, rest = rest[1], rest[2:]
        match rest:
            case []:
                return Route(GET, partial(self._about_model, name, label))
            case ["ready"]:
                return Route(GET, partial(self._model_ready, name, label), public=True)
            case ["infer"]:
                return Route(POST, partial(self._infer, name, label))
        return None

    def _about_server(self, request: Request) -> Answer:
        return json_answer(self._server)

    def _live(self, request: Request) -> Answer:
        return json_answer({"live": True})

    def _ready(self, request: Request) -> Answer:
        if not self._is_ready():
            raise not_ready()
        return json_answer({"ready": True})

    def _about_model(self, name: str, label: str, request: Request) -> Answer:
        model = self._find(name, label).model
        content = {
            "name": model.name,
            "versions": self._shelf.versions(model.name),
            "platform": "scoredeck",
            "inputs": [spec.to_json() for spec in model.inputs],
            "outputs": [spec.to_json() for spec in model.outputs],
            "parameters": {"device": model.device, "max_batch": model.max_batch},
        }
        return json_answer(content)

    def _model_ready(self, name: str, label: str, request: Request) -> Answer:
        model = self._find(name, label).model
        if not self._is_ready():
            raise not_ready()
        return json_answer({"name": model.name, "ready": True})

    def _infer(self, name: str, label: str, request: Request) -> Outcome:
        loaded = self._find(name, label)
        if not label:
            # Whoever names no version takes part in the canary.
            picked = self._shelf.pick()
            loaded = picked if picked is not None and picked.model.name == name else loaded
        return self._scoring.begin(loaded, read_inference, request)

    def _find(self, name: str, label: str) -> Loaded:
        if self._shelf.stable is None:
            raise not_ready()
        found = self._shelf.find(name, label or STABLE)
        if found is None:
            raise no_such_model()
        return found
