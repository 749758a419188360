"""How good a model is on questions it has not seen.

Measures follow the usual definitions: accuracy@k and mean reciprocal rank (Voorhees, 1999), expected calibration error
over ten bins of equal width (Naeini et al., 2015), percentile bootstrap (Efron, 1979).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.contract.faq import Question
from scoring.faq.data import Asked, Outcome
from scoring.faq.model import FaqModel, Found

BINS = 10
RESAMPLES = 2_000
RESAMPLES_AT_ONCE = 50
FIRST_LOOK = 20
WIDER = 10
DIGITS = 4

Values = NDArray[np.float64]
Interval = tuple[float, float]

# What one question with an answer adds to a measure, by the place of its entry.
BY_PLACE: dict[str, Callable[[Values], Values]] = {
    "accuracy@1": lambda place: np.less_equal(place, 1).astype(np.float64),
    "accuracy@2": lambda place: np.less_equal(place, 2).astype(np.float64),
    "accuracy@3": lambda place: np.less_equal(place, 3).astype(np.float64),
    "mean_rank": lambda place: place,
    "mrr": lambda place: 1 / place,
}


@dataclass(frozen=True, slots=True)
class Report:
    """`measures`: those of BY_PLACE; None where there was nothing to measure them on. `false_accept`: the share of
    questions without an answer that got one; `false_reject`: the share of questions with an answer that got none."""

    measures: dict[str, float | None]
    ece: float | None
    false_accept: float | None
    false_reject: float | None
    n: int

    def to_json(self) -> dict[str, float | None]:
        rest = {"ece": self.ece, "false_accept": self.false_accept, "false_reject": self.false_reject, "n": self.n}
        return {**self.measures, **rest}


def ask(model: FaqModel, asked: Sequence[Asked], entries: int) -> list[Outcome]:
    """`entries`: how many the model has."""
    outcomes: list[Outcome] = []
    for start in range(0, len(asked), model.max_batch):
        batch = asked[start : start + model.max_batch]
        found = model.score([Question(row.question, FIRST_LOOK) for row in batch])
        outcomes += [_outcome(model, row, each, entries) for row, each in zip(batch, found, strict=True)]
    return outcomes


def report(outcomes: Sequence[Outcome], threshold: float) -> Report:
    place = places(outcomes)
    known = [outcome for outcome in outcomes if outcome.id is not None]
    return Report(
        measures={name: _mean(by_place(place)) for name, by_place in BY_PLACE.items()},
        ece=_calibration_error(outcomes),
        false_accept=_mean([outcome.score >= threshold for outcome in outcomes if outcome.id is None]),
        false_reject=_mean([outcome.score < threshold for outcome in known]),
        n=len(outcomes),
    )


def intervals(outcomes: Sequence[Outcome], seed: int) -> dict[str, Interval | None]:
    """95 % intervals of the measures of BY_PLACE."""
    place = places(outcomes)
    return {name: interval(by_place(place), seed) for name, by_place in BY_PLACE.items()}


def interval(values: Values, seed: int) -> Interval | None:
    """Of the mean of `values`, by the percentile bootstrap; None for no values."""
    if not len(values):
        return None
    random = np.random.default_rng(seed)
    size = (RESAMPLES_AT_ONCE, len(values))
    means = [values[random.integers(len(values), size=size)].mean(axis=1) for _ in range(RESAMPLES // size[0])]
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return round(float(low), DIGITS), round(float(high), DIGITS)


def places(outcomes: Sequence[Outcome]) -> Values:
    """Of the questions that have an answer."""
    return np.array([outcome.place for outcome in outcomes if outcome.place is not None], dtype=np.float64)


def _outcome(model: FaqModel, asked: Asked, found: Found, entries: int) -> Outcome:
    score = found.matches[0].score if found.matches else 0.0
    place = None if asked.id is None else _place(model, asked, found, entries)
    return Outcome(asked.question, asked.id, place, score)


def _place(model: FaqModel, asked: Asked, found: Found, entries: int) -> float:
    """Looks further down the list only for the few questions that need it. To a question that says nothing no entry is
    near: they share all places, and it gets their mean."""
    top = FIRST_LOOK
    while True:
        ids = [match.id for match in found.matches]
        if asked.id in ids:
            return float(ids.index(asked.id) + 1)
        if len(ids) < top or top >= entries:
            return (len(ids) + 1 + max(entries, len(ids) + 1)) / 2
        top = min(top * WIDER, entries)
        found = model.score([Question(asked.question, top)])[0]


def _calibration_error(outcomes: Sequence[Outcome]) -> float | None:
    """Of the best entry's probability against whether it was the right one."""
    if not outcomes:
        return None
    scores = np.array([outcome.score for outcome in outcomes])
    right = np.array([outcome.place == 1 for outcome in outcomes], dtype=np.float64)
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=right - scores, minlength=BINS)
    return round(float(np.abs(gaps).sum() / len(outcomes)), DIGITS)


def _mean(values: Sequence[bool] | Values) -> float | None:
    return round(float(np.mean(values)), DIGITS) if len(values) else None
