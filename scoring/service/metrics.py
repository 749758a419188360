"""What Prometheus sees of one scorer."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """One registry for each service, so that two of them in one process do not mix."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Counter("scoring_requests", "Answers sent.", ["status"], registry=self.registry)
        self.rejections = Counter("scoring_rejections", "Requests refused.", ["reason"], registry=self.registry)
        self.expired = Counter("scoring_expired", "Left the queue unanswered, never computed.", registry=self.registry)
        self.loaded = Gauge(
            "scoring_model_loaded",
            "1 for each version in memory.",
            ["model", "version", "device"],
            registry=self.registry,
        )
        self.scored = Counter("scoring_scored", "Items scored.", ["version"], registry=self.registry)
        self.failed_loads = Counter("scoring_failed_loads", "Versions that did not load.", registry=self.registry)
        self.in_flight = Gauge("scoring_in_flight", "Requests admitted and not yet answered.", registry=self.registry)
        self.ready = Gauge("scoring_ready", "1 while this replica wants traffic.", registry=self.registry)
        self.queue = self._histogram("scoring_queue_wait_seconds", "Waiting for the model.")
        self.decode = self._histogram("scoring_decode_seconds", "Reading the input.")
        self.compute = self._histogram("scoring_compute_seconds", "The model itself, a batch.")
        self.batch = Histogram("scoring_batch_size", "Items in a batch.", buckets=SIZES, registry=self.registry)
        self._answered: dict[int, Counter] = {}
        self._refused: dict[str, Counter] = {}

    def count_answer(self, status: int) -> None:
        counter = self._answered.get(status)
        if counter is None:
            counter = self._answered[status] = self.requests.labels(str(status))
        counter.inc()

    def count_refusal(self, reason: str) -> None:
        counter = self._refused.get(reason)
        if counter is None:
            counter = self._refused[reason] = self.rejections.labels(reason)
        counter.inc()

    def page(self) -> bytes:
        return generate_latest(self.registry)

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(name, text, buckets=SECONDS, registry=self.registry)
