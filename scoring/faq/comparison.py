"""Whether one model is worse than another on the same questions, or only looks so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from scoring.faq.artefact import Version
from scoring.faq.data import Asked, Outcome
from scoring.faq.evaluation import BY_PLACE, Interval, Values, ask, interval, places
from scoring.faq.model import FaqModel
from scoring.faq.training import SEED

SIGNIFICANT = 0.05
DECIDING = "accuracy@1"

Pairs = list[tuple[Outcome, Outcome]]


@dataclass(frozen=True, slots=True)
class Change:
    """One measure of both; `between`: the 95 % interval of new less old (paired bootstrap); `p`: the exact test of
    McNemar (1947), for shares only."""

    measure: str
    old: float
    new: float
    between: Interval | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`known` questions have an answer in both FAQs, `unknown` ones in neither."""

    changes: list[Change]
    known: int
    unknown: int

    @property
    def worse(self) -> bool:
        """Significantly, at the measure that decides."""
        return any(each.measure == DECIDING and each.new < each.old and _small(each.p) for each in self.changes)

    @property
    def better(self) -> bool:
        return any(each.measure == DECIDING and each.new > each.old and _small(each.p) for each in self.changes)


def compare(pairs: Pairs, old_threshold: float, new_threshold: float) -> Comparison:
    """`pairs`: what the old and what the new model made of the same question."""
    known = [pair for pair in pairs if pair[0].place is not None and pair[1].place is not None]
    unknown = [pair for pair in pairs if pair[0].place is None and pair[1].place is None]
    changes: list[Change] = []
    if known:
        old, new = (places(side) for side in zip(*known, strict=True))
        changes += [_change(name, by_place(old), by_place(new)) for name, by_place in BY_PLACE.items()]
        changes.append(_change("false_reject", *(1 - side for side in _answered(known, old_threshold, new_threshold))))
    if unknown:
        changes.append(_change("false_accept", *_answered(unknown, old_threshold, new_threshold)))
    return Comparison(changes, len(known), len(unknown))


def on_file(old: Version, new: Version, asked: Sequence[Asked]) -> Pairs:
    """What both answer now. Raises ArtefactError, EncoderError."""
    return list(zip(ask_version(old, asked), ask_version(new, asked), strict=True))


def ask_version(version: Version, asked: Sequence[Asked]) -> list[Outcome]:
    """Raises ArtefactError, EncoderError."""
    model = FaqModel(str(version.card["name"]), version.name, version.entries, version.trained())
    return ask(model, asked, len(version.entries))


def on_held_out(old: Version, new: Version) -> Pairs:
    """The questions that one of them held out, as it was measured in training, beside the same of the other; or, where
    the other never read the question and has its entry, beside its answer now. Raises ArtefactError, EncoderError."""
    unread = [*_unread(old, new), *_unread(new, old)]
    return [*on_common(old, new), *zip(_asked_of(old, unread), _asked_of(new, unread), strict=True)]


def on_common(old: Version, new: Version) -> Pairs:
    """The questions that both held out, as they were measured in training."""
    by_text = {outcome.question: outcome for outcome in new.held_out}
    return [(outcome, by_text[outcome.question]) for outcome in old.held_out if outcome.question in by_text]


def _unread(one: Version, other: Version) -> list[Outcome]:
    """Held out by `one`; the other has the entry, and has not read the question."""
    read = {text for entry in other.entries for text in entry.askings}
    read.update(outcome.question for outcome in other.held_out)
    ids = {entry.id for entry in other.entries}
    return [outcome for outcome in one.held_out if outcome.id in ids and outcome.question not in read]


def _asked_of(version: Version, questions: Sequence[Outcome]) -> list[Outcome]:
    """As it was measured, or else as it answers now."""
    if not questions:
        return []
    measured = {outcome.question: outcome for outcome in version.held_out}
    rest = [Asked(outcome.question, outcome.id) for outcome in questions if outcome.question not in measured]
    now = {outcome.question: outcome for outcome in ask_version(version, rest)} if rest else {}
    return [measured.get(outcome.question) or now[outcome.question] for outcome in questions]


def _change(measure: str, old: Values, new: Values) -> Change:
    between = interval(new - old, SEED)
    return Change(
        measure, _rounded(old), _rounded(new), between, None if measure in ("mean_rank", "mrr") else _p(old, new)
    )


def _p(old: Values, new: Values) -> float:
    lost, won = int((old > new).sum()), int((old < new).sum())
    return round(float(binomtest(won, lost + won).pvalue), 4) if lost + won else 1.0


def _answered(pairs: Pairs, old_threshold: float, new_threshold: float) -> tuple[Values, Values]:
    old = np.array([pair[0].score >= old_threshold for pair in pairs], dtype=np.float64)
    new = np.array([pair[1].score >= new_threshold for pair in pairs], dtype=np.float64)
    return old, new


def _rounded(values: Values) -> float:
    return round(float(values.mean()), 4)


def _small(p: float | None) -> bool:
    return p is not None and p < SIGNIFICANT
