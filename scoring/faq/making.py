"""From a source to a version on disk, and to the one that is served where it is not worse."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter
from typing import Any

from scoring.contract.faq import Question
from scoring.faq import artefact
from scoring.faq.artefact import ArtefactError, Version
from scoring.faq.calibration import LEAST_QUESTIONS
from scoring.faq.comparison import Comparison, compare, on_common, on_held_out
from scoring.faq.data import DataError, Entry
from scoring.faq.encoder import EncoderError
from scoring.faq.encoders import sentence_encoder
from scoring.faq.evaluation import intervals, report
from scoring.faq.model import FaqModel
from scoring.faq.sources.reading import Wanted, read_source
from scoring.faq.sources.tally import Tally
from scoring.faq.training import SEED, Trained, train

TIMED_QUESTIONS = 200
HOW = (
    "Measured on {known:,} paraphrases, each asked of a model that had not read it, and {off_topic:,} off-topic "
    "questions; the probabilities were calibrated, and settings such as the threshold chosen, on these same questions."
)
FEW = (
    " That are few: strangers who share a word with an entry may be answered, and good questions refused, more often "
    "than this says. {enough} paraphrases or more tell them apart."
)
NOT_MEASURED = "Not measured: there are no paraphrases to hold out. Use `evaluate` with questions of your own."

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """`served`: the version that was stable before; `comparison`: with it, None where there is nothing to compare."""

    version: Version
    served: str | None
    comparison: Comparison | None

    @property
    def refused(self) -> bool:
        return self.comparison is not None and self.comparison.worse


def make(source: Path, wanted: Wanted, tally: Tally, folder: Path, name: str, encoder: str, say: Say) -> Made:
    """Train and save; does not change what is served. Raises DataError, ArtefactError, EncoderError."""
    sentences = sentence_encoder(encoder, say)
    entries = read_source(source, wanted, tally)
    say(f"{len(entries):,} entries, {sum(len(entry.paraphrases) for entry in entries):,} paraphrases")
    artefact.make_part(folder).rmdir()  # better known before a long training than after it
    started = monotonic()
    trained = train(entries, say, sentences)
    if sentences is not None:
        sentences.forget()  # the speed is that of a question never asked before
    speed = {**_speed(entries, trained), "training_seconds": round(monotonic() - started, 1)}
    facts = {
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": _data(source, entries, tally.counts),
        "speed": speed,
    }
    version = artefact.save(folder, entries, trained, measured(trained), facts)
    served = artefact.stable(folder)
    comparison = _with_served(folder, version, say) if served not in (None, version.name) else None
    return Made(version, served, comparison)


def measured(trained: Trained) -> dict[str, Any]:
    """The metrics file: the same for the same data and seed."""
    outcomes = trained.held_out
    known = sum(outcome.id is not None for outcome in outcomes)
    if not known:
        return {"measured": False, "how": NOT_MEASURED, "seed": SEED, "threshold": trained.calibration.threshold}
    few = FEW.format(enough=LEAST_QUESTIONS) if known < LEAST_QUESTIONS else ""
    return {
        "measured": True,
        "how": HOW.format(known=known, off_topic=len(outcomes) - known) + few,
        "seed": SEED,
        "threshold": trained.calibration.threshold,
        **report(outcomes, trained.calibration.threshold).to_json(),
        "intervals": intervals(outcomes, SEED),
    }


def _data(source: Path, entries: Sequence[Entry], counts: Mapping[str, int]) -> dict[str, Any]:
    paraphrases = sum(len(entry.paraphrases) for entry in entries)
    return {"source": source.name, "entries": len(entries), "paraphrases": paraphrases, **counts}


def _speed(entries: Sequence[Entry], trained: Trained) -> dict[str, Any]:
    """Milliseconds of compute, on this machine."""
    model = FaqModel("speed", "unsaved", entries, trained)
    model.warm()
    questions = [Question(entry.question) for entry in entries[:TIMED_QUESTIONS]]
    batches = [questions[at : at + model.max_batch] for at in range(0, len(questions), model.max_batch)]
    return {
        "one_question_ms": round(median(_milliseconds(model, [question]) for question in questions), 3),
        "batched_question_ms": round(median(_milliseconds(model, batch) / len(batch) for batch in batches), 3),
        "batch": len(batches[0]),
    }


def _milliseconds(model: FaqModel, questions: Sequence[Question]) -> float:
    started = perf_counter()
    model.score(questions)
    return (perf_counter() - started) * 1_000


def _with_served(folder: Path, new: Version, say: Say) -> Comparison | None:
    """A served version that is damaged cannot defend its place; one that other libraries made can, by its record."""
    try:
        old = artefact.open_version(folder)
    except (ArtefactError, DataError) as error:
        say(f"not compared with the served version: {error}")
        return None
    try:
        pairs = on_held_out(old, new)
    except (ArtefactError, EncoderError) as error:
        say(f"compared by its record alone: {error}")
        pairs = on_common(old, new)
    if not any(pair[0].id is not None for pair in pairs):
        say("not compared with the served version: they have no held-out question in common")
        return None
    return compare(pairs, old.threshold, new.threshold)
