"""python -m scoring.faq.quality FAQ [--asked FILE] [--strangers FILE …] [--reference] | FAQ --prior FAQ …

How well questions find their entry, ours beside the reference's method, and how well strangers and salads of six words
are turned away (the strangers' commonest words, and the FAQ's own); with each encoder that is installed, or only with
that of `--encoder`. FAQ is JSONL with `question`, `answer` (or `answers`),
`paraphrases`; `--asked` an evaluation file; `--strangers` FAQs of another domain. `--prior` prints the calibration for
FAQs without paraphrases, measured on parts of half of each FAQ.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scoring.faq import reference_method
from scoring.faq.calibration import Fold, Prior, examples, fit_weights, inside, scale
from scoring.faq.data import Entry, read_asked
from scoring.faq.encoder import STATIC, StaticEncoder
from scoring.faq.encoders import ENCODERS, is_installed, sentence_encoder
from scoring.faq.features import Floats
from scoring.faq.index import Index
from scoring.faq.salads import of_commonest
from scoring.faq.training import OFF_TOPIC, SEED, Trained, train
from scoring.faq.transformer import MiniLM

FOLDS = 5
BINS = 10
PART_SIZES = (20, 40, 60, 100)
PART_QUESTIONS = 300
GOOD_FOR_A_STRANGER = 2
SALADS = 600
SALAD_WORDS = 6
COMMON_WORDS = 120
OWN_WORDS = 800
# No seed of the training.
SALAD_SEED = 99
HEAD = (
    f"{'':44}{'n':>6}{'top-1':>8}{'top-3':>8}{'ECE':>7}{'good rejected':>15}"
    f"{'strangers':>11}{'salads':>8}{'of its words':>14} rejected"
)


def main() -> int:
    options = _parser().parse_args()
    entries = read_faq(options.faq)
    off_topic = [asked.question for asked in read_asked(OFF_TOPIC)]
    encoders = [options.encoder] if options.encoder else [name for name in ENCODERS if is_installed(name)]
    if options.prior is not None:
        faqs = [entries, *(read_faq(path) for path in options.prior)]
        for name in encoders:
            _say(f"{name}: {_prior(faqs, off_topic, sentence_encoder(name, _hush))}")
        return 0
    strangers = Strangers.of(entries, [entry for path in options.strangers for entry in read_faq(path)], off_topic)
    _say(f"{options.faq.name}: {len(entries)} entries, {sum(len(entry.paraphrases) for entry in entries)} paraphrases")
    _say(HEAD)
    for name in encoders:
        ours = Ours("ours" if name == STATIC else f"ours, {name}", sentence_encoder(name, _hush))
        _say(ours.cold(entries, strangers))
        if any(entry.paraphrases for entry in entries):
            _say(ours.cross_validated(entries, strangers))
        if options.asked:
            _say(ours.on_file(entries, options.asked, strangers))
    if options.reference:
        _say(_reference(entries))
    return 0


def read_faq(path: Path) -> list[Entry]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Entry(
            id=row["id"],
            question=row["question"],
            answer=row.get("answer") or "\n\n".join(row["answers"]),
            paraphrases=tuple(row.get("paraphrases", ())),
            tags=tuple(row.get("tags", ())),
        )
        for row in rows
    ]


def calibration_error(scores: Floats, right: NDArray[np.bool_]) -> float:
    """Expected calibration error over BINS bins of equal width (Naeini et al., 2015)."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = [abs(scores[bins == at].mean() - right[bins == at].mean()) * (bins == at).mean() for at in np.unique(bins)]
    return float(sum(gaps))


@dataclass(frozen=True, slots=True)
class Strangers:
    """Questions of other FAQs; salads of common words, and of the FAQ's own."""

    asked: Sequence[str]
    common: Sequence[str]
    own: Sequence[str]

    @classmethod
    def of(cls, entries: Sequence[Entry], others: Sequence[Entry], off_topic: Sequence[str]) -> "Strangers":
        """Without other FAQs the common words are those of `off_topic`."""
        asked = [asking for entry in others for asking in entry.askings]
        return cls(asked, _salads(_texts(others) or off_topic, COMMON_WORDS), _salads(_texts(entries), OWN_WORDS))

    def part(self, number: int) -> "Strangers":
        return Strangers(self.asked[number::FOLDS], self.common[number::FOLDS], self.own[number::FOLDS])

    def turned_away(self, trained: Trained) -> Floats:
        """The share of each kind; NaN where there are none."""
        return np.array([_turned_away(trained, texts) for texts in (self.asked, self.common, self.own)])


@dataclass(frozen=True, slots=True)
class Ours:
    """One encoder's rows of the table."""

    name: str
    sentences: MiniLM | None

    def cold(self, entries: Sequence[Entry], strangers: Strangers) -> str:
        """Trained on titles and answers, asked every paraphrase."""
        trained = self._train([replace(entry, paraphrases=()) for entry in entries])
        return _measured(f"{self.name}, title and answer only", trained, list(_paraphrases(entries)), strangers)

    def cross_validated(self, entries: Sequence[Entry], strangers: Strangers) -> str:
        ranks, scores, rejections, away = [], [], [], []
        for number in range(FOLDS):
            trained = self._train(
                [replace(entry, paraphrases=_without(entry.paraphrases, number)) for entry in entries]
            )
            rank, score = _asked(trained, _held(entries, number))
            ranks.append(rank)
            scores.append(score)
            rejections.append(score < trained.calibration.threshold)
            away.append(strangers.part(number).turned_away(trained))
        rank, score, rejected = np.concatenate(ranks), np.concatenate(scores), np.concatenate(rejections)
        return _row(f"{self.name}, {FOLDS}-fold over paraphrases", rank, score, rejected, np.mean(away, axis=0))

    def on_file(self, entries: Sequence[Entry], path: Path, strangers: Strangers) -> str:
        places = {entry.id: at for at, entry in enumerate(entries)}
        asked = [(row.question, places[row.id]) for row in read_asked(path) if row.id is not None]
        return _measured(f"{self.name}, evaluation file", self._train(entries), asked, strangers)

    def _train(self, entries: Sequence[Entry]) -> Trained:
        return train(entries, _hush, self.sentences)


def _reference(entries: Sequence[Entry]) -> str:
    titles = [entry.question for entry in entries]
    folds, owners = [], []
    for number in range(FOLDS):
        known = [(text, at) for at, entry in enumerate(entries) for text in _without(entry.paraphrases, number)]
        asked = _held(entries, number)
        owners.append(np.array([at for _, at in asked]))
        places = np.array([at for _, at in known])
        folds.append(reference_method.Fold(titles, [text for text, _ in known], places, [text for text, _ in asked]))
    ranks = []
    for number, scores in enumerate(reference_method.scored(folds, SEED)):
        _say_beside(f"the reference: fold {number + 1} of {FOLDS}")
        ranks.append(_ranks(scores, owners[number]))
    rank = np.concatenate(ranks)
    return f"{f'the reference, {FOLDS}-fold over paraphrases':44}{len(rank):6}{_share(rank < 1)}{_share(rank < 3)}"


def _measured(name: str, trained: Trained, asked: Sequence[tuple[str, int]], strangers: Strangers) -> str:
    rank, score = _asked(trained, asked)
    return _row(name, rank, score, score < trained.calibration.threshold, strangers.turned_away(trained))


def _asked(trained: Trained, asked: Sequence[tuple[str, int]]) -> tuple[Floats, Floats]:
    fits = trained.index.fits([text for text, _ in asked])
    _, scores = trained.calibration.best(fits, 1)
    return _ranks(fits.fit, np.array([at for _, at in asked])), scores[:, 0]


def _ranks(scores: NDArray[np.floating], owner: NDArray[np.int64]) -> Floats:
    """From 0; where several entries score the same, the mean of their places, as the reference counts."""
    own = np.take_along_axis(scores, owner[:, None], axis=1)
    ranks: Floats = (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return ranks


def _turned_away(trained: Trained, strangers: Sequence[str]) -> float:
    if not strangers:
        return float("nan")
    _, scores = trained.calibration.best(trained.index.fits(strangers), 1)
    return float((scores[:, 0] < trained.calibration.threshold).mean())


def _row(name: str, rank: Floats, score: Floats, rejected: NDArray[np.bool_], away: Floats) -> str:
    error = calibration_error(score, rank < 1)
    strange = [
        f"{'' if np.isnan(share) else f'{share:.3f}':>{width}}" for share, width in zip(away, (11, 8, 14), strict=True)
    ]
    return (
        f"{name:44}{len(rank):6}{_share(rank < 1)}{_share(rank < 3)}{error:7.3f}{rejected.mean():15.3f}"
        f"{''.join(strange)}"
    )


def _texts(entries: Sequence[Entry]) -> list[str]:
    return [text for entry in entries for text in entry.texts]


def _salads(texts: Sequence[str], words: int) -> list[str]:
    return of_commonest(texts, words, SALAD_WORDS, SALADS, SALAD_SEED)


def _prior(faqs: Sequence[Sequence[Entry]], off_topic: Sequence[str], sentences: MiniLM | None) -> str:
    """From random parts of half of each FAQ, small ones and large ones; the other half is left to measure on. As if one
    question of three were a stranger (prior correction: King and Zeng, 2001)."""
    random, encoder = np.random.default_rng(SEED), StaticEncoder()
    found = []
    for faq in faqs:
        half = faq[::2]
        for size in PART_SIZES:
            part = [half[at] for at in sorted(random.permutation(len(half))[:size])]
            asked = list(_paraphrases(part))
            asked = [asked[at] for at in sorted(random.permutation(len(asked))[:PART_QUESTIONS])]
            index = Index(part, [entry.own for entry in part], off_topic[::2], encoder, sentences=sentences)
            fits = index.fits([*(text for text, _ in asked), *off_topic[1::2]])
            owner = np.array([at for _, at in asked] + [-1] * len(off_topic[1::2]))
            folds = [Fold(fits, owner, index.fits([]))]
            found.append((inside(folds, *scale(folds)), examples(folds, *scale(folds))))
    belongs, fitting = (_joined(samples) for samples in zip(*found, strict=True))
    weights = fit_weights(*belongs, SEED)
    strange = int((~belongs[1]).sum())
    weights[-1] += log(strange * GOOD_FOR_A_STRANGER / (len(belongs[1]) - strange))
    return str(Prior(_numbers(weights), _numbers(fit_weights(*fitting, SEED))))


def _joined(samples: Sequence[tuple[Floats, NDArray[np.bool_]]]) -> tuple[Floats, NDArray[np.bool_]]:
    return np.concatenate([rows for rows, _ in samples]), np.concatenate([right for _, right in samples])


def _numbers(weights: Floats) -> tuple[float, ...]:
    return tuple(round(float(one), 3) for one in weights)


def _paraphrases(entries: Iterable[Entry]) -> Iterable[tuple[str, int]]:
    return ((text, at) for at, entry in enumerate(entries) for text in entry.paraphrases)


def _held(entries: Sequence[Entry], number: int) -> list[tuple[str, int]]:
    """What the fold leaves out: each asking, and the place of its entry."""
    return [(text, at) for at, entry in enumerate(entries) for text in entry.paraphrases[number::FOLDS]]


def _without(texts: Sequence[str], number: int) -> tuple[str, ...]:
    return tuple(text for at, text in enumerate(texts) if at % FOLDS != number)


def _share(hits: NDArray[np.bool_]) -> str:
    return f"{hits.mean():8.3f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scoring.faq.quality")
    parser.add_argument("faq", type=Path)
    parser.add_argument("--asked", type=Path, help="JSONL: question, id")
    parser.add_argument("--strangers", type=Path, nargs="*", default=[], help="FAQs of another domain")
    parser.add_argument("--encoder", choices=ENCODERS, help="measure with this one alone")
    parser.add_argument("--reference", action="store_true", help="measure the reference's method, too")
    parser.add_argument(
        "--prior", type=Path, nargs="*", metavar="FAQ", help="print the calibration for FAQs without paraphrases"
    )
    return parser


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _say_beside(line: str) -> None:
    """Not in the table."""
    sys.stderr.write(line + "\n")


def _hush(line: str) -> None:
    """Training is not told about here."""


if __name__ == "__main__":
    sys.exit(main())
