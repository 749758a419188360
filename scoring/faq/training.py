"""From a file of entries to a fitted, calibrated model with its measured accuracy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring.faq.calibration import Calibration, calibrate
from scoring.faq.data import Entry, Outcome, read_asked
from scoring.faq.index import Fits, Floats, Index
from scoring.faq.words import WordShares

FOLDS = 4
SEED = 0
OFF_TOPIC = Path(__file__).with_name("offtopic.jsonl")

Say = Callable[[str], None]
Fold = tuple[Fits, Floats, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Trained:
    """`accuracy_1` and `accuracy_3` are measured on paraphrases that the measured index had not seen; `held_out` says
    what came of each of them and of each off-topic question."""

    index: Index
    calibration: Calibration
    accuracy_1: float
    accuracy_3: float
    held_out: tuple[Outcome, ...] = ()


def train(entries: Sequence[Entry], say: Say) -> Trained:
    """Deterministic: the same entries give the same model."""
    off_topic = [asked.question for asked in read_asked(OFF_TOPIC)]
    folds = []
    for number in range(FOLDS):
        say(f"fold {number + 1} of {FOLDS}")
        folds.append(_fold(entries, off_topic[number::FOLDS], number))
    say("calibrating")
    calibration = calibrate(folds, SEED)
    say("fitting all askings")
    index = Index(entries, [entry.askings for entry in entries])
    return Trained(
        index, calibration, _accuracy(folds, 1), _accuracy(folds, 3), _outcomes(entries, off_topic, folds, calibration)
    )


def _fold(entries: Sequence[Entry], off_topic: Sequence[str], number: int) -> Fold:
    """Fit without every FOLDS-th paraphrase, ask those and the off-topic questions. Titles are never held out."""
    kept: list[list[str]] = []
    asked: list[str] = []
    owner: list[int] = []
    for at, entry in enumerate(entries):
        held = entry.paraphrases[number::FOLDS]
        kept.append([*entry.own, *(text for text in entry.paraphrases if text not in held)])
        asked += held
        owner += [at] * len(held)
    index = Index(entries, kept)
    questions = [*asked, *off_topic]
    shares = WordShares(index.features)
    known = np.array([shares.known(question) for question in questions])
    return index.fits(questions), known, np.array(owner + [-1] * len(off_topic))


def _outcomes(
    entries: Sequence[Entry], off_topic: Sequence[str], folds: Sequence[Fold], calibration: Calibration
) -> tuple[Outcome, ...]:
    outcomes: list[Outcome] = []
    for number, (fits, known, owner) in enumerate(folds):
        held = [(text, entry.id) for entry in entries for text in entry.paraphrases[number::FOLDS]]
        asked = [*held, *((text, None) for text in off_topic[number::FOLDS])]
        scores = calibration.probabilities(fits, known)
        place = (np.lexsort((-fits.fit, -scores)) == owner[:, None]).argmax(axis=1) + 1
        outcomes += [
            Outcome(text, right, float(place[at]) if right is not None else None, float(scores[at].max()))
            for at, (text, right) in enumerate(asked)
        ]
    return tuple(outcomes)


def _accuracy(folds: Sequence[Fold], top: int) -> float:
    hits: list[bool] = []
    for fits, _, owner in folds:
        best = np.argsort(-fits.fit, axis=1, kind="stable")[:, :top]
        hits += (best == owner[:, None]).any(axis=1)[owner >= 0].tolist()
    return round(float(np.mean(hits)), 4) if hits else 0.0
