"""The programs that run as long as the demo, in the order in which they start."""

import json
import os
import sys
from pathlib import Path

from demo import valkey
from demo.places import LOOPBACK, ROOT, Places
from demo.supervisor import Program

PYTHON = sys.executable


def parts(places: Places) -> list[Program]:
    """Valkey, the practice cluster (which starts the scorers as pods), the worker, the site."""
    environment = places.environment(os.environ)
    redis = [] if places.given_redis else [Program("valkey", valkey.command(places), environment, grace=2)]
    return [
        *redis,
        Program("cluster", cluster(places), environment, grace=4),
        Program("worker", worker(places), environment, grace=3),
        Program("site", site(places), environment, grace=2),
    ]


def cluster(places: Places) -> list[str]:
    programs = places.state / "practice-programs.json"
    programs.write_text(json.dumps(scorers(places), indent=2))
    return [
        *(PYTHON, "-m", "cluster_admin.practice", "--state", str(places.state), "--kubeconfig", str(places.kubeconfig)),
        *("--port", str(places.cluster_port), "--programs", str(programs)),
        *("--manifests", str(ROOT / "demo" / "scoring.yaml")),
        *("--service-port", f"scoring-faq={places.faq_port}", "--service-port", f"scoring-images={places.images_port}"),
    ]


def scorers(places: Places) -> dict[str, list[str]]:
    """What the kubelet of the practice cluster starts in place of each container image."""
    return {
        "scoredeck/scoring-faq": serve("scoring.faq", places.faq_model),
        "scoredeck/scoring-images": serve("scoring.images", places.images_model),
    }


def serve(module: str, model: Path) -> list[str]:
    return [PYTHON, "-m", module, "serve", str(model), "--port", "$(PORT)"]


def worker(places: Places) -> list[str]:
    beat = places.state / "beat"
    beat.mkdir(exist_ok=True)
    return [
        *(PYTHON, "-m", "celery", "-A", "webapp", "worker", "-B", "--schedule", str(beat / "schedule")),
        *("--concurrency", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
    ]


def site(places: Places) -> list[str]:
    return [
        *(PYTHON, "-m", "uvicorn", "webapp.asgi:application", "--host", LOOPBACK, "--port", str(places.site_port)),
        *("--timeout-graceful-shutdown", "1", "--no-server-header", "--no-access-log"),
    ]
