"""What one question costs the FAQ model, by the number of entries."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from bench.environments import ROOT, STATE
from bench.texts import write_entries
from scoring.contract.faq import Question
from scoring.faq import artefact
from scoring.faq.data import DataError
from scoring.faq.model import FaqModel

SIZES = (1_000, 10_000, 100_000)
TRAIN_SECONDS = 1_200
QUESTIONS = 100
BATCH = 16


def show(questions: Path, say: Callable[[str], None]) -> None:
    say(f"\nFAQ model, compute a question\n{'entries':>8} {'alone ms':>9} {'in 16 ms':>9} {'memory MB':>10}")
    for size in SIZES:
        try:
            say(_line(size, questions))
        except subprocess.SubprocessError as error:
            say(f"{size:>8,} not measured: {error}")


def is_usable(folder: Path) -> bool:
    """Whether a model lies there, of a form that this version reads."""
    try:
        artefact.load(folder)
    except (artefact.ArtefactError, DataError, OSError):
        return False
    return True


def train(entries: Path, out: Path) -> None:
    """Raises subprocess.SubprocessError."""
    command = [sys.executable, "-m", "scoring.faq", "train", str(entries), "--out", str(out), "--replace-worse"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=TRAIN_SECONDS)


def _line(size: int, questions: Path) -> str:
    folder = STATE / f"curve-{size}"
    if not is_usable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_entries(folder / "entries.jsonl", size)
        train(folder / "entries.jsonl", folder)
    # A process of its own tells its own memory.
    command = [sys.executable, "-m", "bench.curve", str(folder), str(questions)]
    ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=TRAIN_SECONDS)
    found = json.loads(ran.stdout)
    return f"{size:>8,} {found['alone_ms']:>9.2f} {found['batch_ms']:>9.2f} {found['memory_mb']:>10.0f}"


def main() -> int:
    folder, questions = map(Path, sys.argv[1:])
    model = FaqModel.load(folder)
    model.warm()
    lines = questions.read_text(encoding="utf-8").splitlines()[:QUESTIONS]
    asked = [Question(json.loads(line)["question"], 3) for line in lines]
    for question in asked:
        model.score([question])
    started = perf_counter()
    for question in asked:
        model.score([question])
    alone = (perf_counter() - started) / len(asked)
    started = perf_counter()
    for at in range(0, len(asked), BATCH):
        model.score(asked[at : at + BATCH])
    batch = (perf_counter() - started) / len(asked)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    if sys.platform == "darwin":
        memory /= 1024 * 1024
    found = {"alone_ms": alone * 1000, "batch_ms": batch * 1000, "memory_mb": memory}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
