"""From a file of entries to a fitted, calibrated model with its measured accuracy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from scoring.faq.calibration import PRIORS, Calibration, Fold, calibrate
from scoring.faq.data import Entry, Outcome, read_asked
from scoring.faq.encoder import STATIC, StaticEncoder
from scoring.faq.index import SHARE, SHARES, Fits, Index, mixed
from scoring.faq.salads import salads
from scoring.faq.transformer import MiniLM

FOLDS = 4
SEED = 0
SALADS = 800
OFF_TOPIC = Path(__file__).with_name("offtopic.jsonl")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """`accuracy_1` and `accuracy_3` are measured on paraphrases that the measured index had not seen; `held_out` says
    what came of each of them and of each off-topic question."""

    index: Index
    calibration: Calibration
    accuracy_1: float
    accuracy_3: float
    held_out: tuple[Outcome, ...] = ()


def train(entries: Sequence[Entry], say: Say, sentences: MiniLM | None = None) -> Trained:
    """Deterministic: the same entries give the same model. `sentences`: an encoder of whole sentences beside the one of
    words. Raises EncoderError."""
    encoder = StaticEncoder()
    off_topic = [asked.question for asked in read_asked(OFF_TOPIC)]
    made = salads(entries, off_topic, SALADS, SEED)
    folds = []
    for number in range(FOLDS):
        say(f"fold {number + 1} of {FOLDS}")
        folds.append(_fold(entries, off_topic, made, number, encoder, sentences))
    say("calibrating")
    share = SHARE if sentences is None else max(SHARES, key=lambda tried: _hits(folds, tried))
    folds = [replace(fold, fits=_mixed(fold.fits, share), salads=_mixed(fold.salads, share)) for fold in folds]
    calibration = calibrate(folds, SEED, PRIORS[STATIC if sentences is None else sentences.name])
    say("fitting all askings")
    index = Index(entries, [entry.askings for entry in entries], off_topic, encoder, share, sentences)
    outcomes = _outcomes(entries, off_topic, folds, calibration)
    return Trained(index, calibration, _accuracy(outcomes, 1), _accuracy(outcomes, 3), outcomes)


def _fold(
    entries: Sequence[Entry],
    off_topic: Sequence[str],
    made: Sequence[str],
    number: int,
    encoder: StaticEncoder,
    sentences: MiniLM | None,
) -> Fold:
    """Fit without every FOLDS-th paraphrase and off-topic question, ask those, and every FOLDS-th of the salads `made`.
    An entry's own wording is never held out."""
    kept: list[list[str]] = []
    asked: list[str] = []
    owner: list[int] = []
    for at, entry in enumerate(entries):
        held = entry.paraphrases[number::FOLDS]
        kept.append([*entry.own, *(text for text in entry.paraphrases if text not in held)])
        asked += held
        owner += [at] * len(held)
    strange = off_topic[number::FOLDS]
    learnt_from = [text for at, text in enumerate(off_topic) if at % FOLDS != number]
    index = Index(entries, kept, learnt_from, encoder, sentences=sentences)
    owners = np.array(owner + [-1] * len(strange))
    return Fold(index.fits([*asked, *strange]), owners, index.fits(made[number::FOLDS]))


def _mixed(fits: Fits, share: float) -> Fits:
    return fits if fits.learnt is None else replace(fits, fit=mixed(fits.cold, fits.covered, fits.learnt, share))


def _hits(folds: Sequence[Fold], share: float) -> int:
    """How many held-out questions find their entry first."""
    return sum(int((_mixed(fold.fits, share).fit.argmax(axis=1) == fold.owner).sum()) for fold in folds)


def _outcomes(
    entries: Sequence[Entry], off_topic: Sequence[str], folds: Sequence[Fold], calibration: Calibration
) -> tuple[Outcome, ...]:
    outcomes: list[Outcome] = []
    for number, fold in enumerate(folds):
        held = [(text, entry.id) for entry in entries for text in entry.paraphrases[number::FOLDS]]
        asked = [*held, *((text, None) for text in off_topic[number::FOLDS])]
        _, scores = calibration.best(fold.fits, 1)
        place = (np.argsort(-fold.fits.fit, axis=1, kind="stable") == fold.owner[:, None]).argmax(axis=1) + 1
        outcomes += [
            Outcome(text, right, float(place[at]) if right is not None else None, float(scores[at, 0]))
            for at, (text, right) in enumerate(asked)
        ]
    return tuple(outcomes)


def _accuracy(outcomes: Sequence[Outcome], top: int) -> float:
    hits = [outcome.place <= top for outcome in outcomes if outcome.place is not None]
    return round(float(np.mean(hits)), 4) if hits else 0.0
