"""How well each entry fits a question.

Every entry has a profile, made of its title, its paraphrases and its answer. An entry's fit is the sum of
- the likeness (cosine) of meaning, less how like the profile is to texts in general, which keeps an entry that is a
  little like everything from coming first (Dinu et al., 2015, call such points hubs),
- WORDING × the likeness of wording,
- unless there are very many entries, COVERED × how much of what the question says the entry says too,
- where there are paraphrases, `share` × the logit of a logistic regression from askings and answers to entries. With
  the optional transformer, which of SHARES is best depends on the FAQ, and is found on paraphrases held out.
For a given question each is linear in what its words give, so the fit can be shared out exactly among them. With the
optional transformer the meaning of a text has a second block, the vector of the text as a whole, which is the sum of
what its pieces give where they stand in it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from scoring.faq import gains
from scoring.faq.coverage import Coverage
from scoring.faq.data import Entry
from scoring.faq.encoder import STATIC, StaticEncoder
from scoring.faq.features import Features, Floats, Texts, likeness, unit
from scoring.faq.learning import SURENESS, Learnt, Likeness, learn, learn_domain
from scoring.faq.order import Order
from scoring.faq.transformer import MiniLM

WORDING = 0.4
ANSWER = 0.8
COVERED = np.float32(0.4)
MOST_COVERED = 300_000
SENTENCE = np.float32(2.5)
SENTENCE_ANSWER = 0.3
HUB = 0.4
HUB_NEIGHBOURS = 10
MOST_BACKGROUND = 3_000
SHARE = 0.5
SHARES = (0.05, 0.1, 0.2, 0.5, 1.0)
CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)
SENTENCE_END = re.compile(r"(?<=[.!?:])\s+|\n+")


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Each questions × entries. `fit` is `cold`, what coverage adds to it (`covered`) and, where paraphrases were
    learnt, a share of `learnt`, which has one more column: "none of them". `domain`: the log-odds that a question
    belongs to what the FAQ is about; `order`: the measures of Order."""

    texts: Texts
    fit: Floats
    cold: Floats
    covered: Floats
    learnt: Floats | None
    domain: Floats
    order: Floats


class Index:
    """Fitted once, asked many times."""

    def __init__(
        self,
        entries: Sequence[Entry],
        askings: Sequence[Sequence[str]],
        off_topic: Sequence[str],
        encoder: StaticEncoder,
        share: float = SHARE,
        sentences: MiniLM | None = None,
    ) -> None:
        """`askings[i]` are the ways of asking `entries[i]`, at least one each; no entry answers `off_topic`."""
        self.share = share
        self.sentences = sentences
        owner = np.repeat(np.arange(len(entries)), [len(group) for group in askings])
        answers = [prose(entry) for entry in entries]
        self.features = Features(
            [" ".join([*group, text]) for group, text in zip(askings, answers, strict=True)], encoder
        )
        asked = self._texts([text for group in askings for text in group])
        answered = self._texts(answers, spelling=False)
        mean = _means(owner, len(entries))
        exact = self.features.texts([text for group in askings for text in group], spelling=False)
        self.meaning = self._profiles(mean @ asked.meaning, answered.meaning)
        words_asked = mean @ exact.wording
        self.wording = csr_matrix(WORDING * (words_asked + answered.wording)).astype(np.float32)
        self.wording.sort_indices()
        self._by_word = csr_matrix(self.wording.T)
        few = self.wording.nnz <= MOST_COVERED
        self.coverage = Coverage(self.features, words_asked, answered.wording, ANSWER) if few else None
        spoken = [(at, each) for at, answer in enumerate(answers) for each in SENTENCE_END.split(answer) if " " in each]
        self.order = Order([*(text for group in askings for text in group), *(text for _, text in spoken), *off_topic])
        spoken = spoken[:: len(spoken) // MOST_BACKGROUND + 1]
        said = self._texts([text for _, text in spoken], spelling=False)
        self.hub: Floats = self._hubs(said, np.array([at for at, _ in spoken], dtype=np.int64))
        strange = self._texts(off_topic)
        self.domain = learn_domain(np.vstack([asked.meaning, said.meaning]), strange.meaning)
        before = Likeness(self.meaning, self.wording, self.hub) if self._begun else None
        self.learnt: Learnt | None = learn(asked, owner, answered, strange, before)

    @property
    def encoder(self) -> str:
        return STATIC if self.sentences is None else self.sentences.name

    def fits(self, questions: Sequence[str]) -> Fits:
        texts = self._texts(questions)
        cold = likeness(texts.meaning, self.meaning) - self.hub + (texts.wording @ self._by_word).toarray()
        domain = np.einsum("qw,w->q", texts.meaning, self.domain[:-1]) + self.domain[-1]
        covered = np.zeros_like(cold) if self.coverage is None else COVERED * self.coverage.shares(texts.parts)
        order = self.order.measures([part.words for part in texts.parts])
        if self.learnt is None:
            return Fits(texts, cold + covered, cold, covered, None, domain, order)
        learnt = self.learnt.logits(texts)
        if self._begun:
            learnt[:, :-1] += SURENESS * covered
        return Fits(texts, mixed(cold, covered, learnt, self.share), cold, covered, learnt, domain, order)

    @property
    def covered(self) -> float:
        """What a share of 1 in the coverage adds to the fit."""
        learnt = self.share * SURENESS if self.learnt is not None and self._begun else 0.0
        return float(COVERED) * (1 + learnt)

    @property
    def _begun(self) -> bool:
        """Whether what is learnt begins with likeness, of which coverage is then a part."""
        return self.sentences is None

    def shares(
        self, questions: Sequence[str], texts: Texts, entries: Sequence[Sequence[int]]
    ) -> list[list[dict[str, float]]]:
        """For each question and each of its `entries`, what each piece of the question adds to the fit."""
        found = gains.shares(self, questions, texts.parts, entries)
        if self.sentences is not None:
            for question, rows, added in zip(questions, entries, found, strict=True):
                self._add_sentence(self.sentences.pieces(question), rows, added)
        return found

    def meanings(self, rows: NDArray[np.intp]) -> Floats:
        """What a word's meaning is multiplied with for its part of the fit, for each of these entries."""
        return self._meanings(rows, slice(self.features.encoder.width))

    def _meanings(self, rows: Sequence[int] | NDArray[np.intp], block: slice) -> Floats:
        found = self.meaning[rows, block]
        return found if self.learnt is None else found + np.float32(self.share) * self.learnt.meanings[rows, block]

    def wordings(self, rows: NDArray[np.intp], places: NDArray[np.int32]) -> Floats:
        """The same for wording: one number for each pair of an entry and a word of the vocabulary."""
        wanted = rows * np.int64(self.wording.shape[1]) + places
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        found = np.where(self._keys[at] == wanted, self.wording.data[at], np.float32(0))
        return found if self.learnt is None else found + np.float32(self.share) * self.learnt.words[places, rows]

    @cached_property
    def _keys(self) -> NDArray[np.int64]:
        """Of what `wording` holds: row × width + column, in order."""
        rows = np.repeat(np.arange(self.wording.shape[0], dtype=np.int64), np.diff(self.wording.indptr))
        keys: NDArray[np.int64] = rows * self.wording.shape[1] + self.wording.indices
        return keys

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_keys"}

    def _texts(self, texts: Sequence[str], spelling: bool = True) -> Texts:
        found = self.features.texts(texts, spelling)
        if self.sentences is None:
            return found
        return replace(found, meaning=np.hstack([found.meaning, SENTENCE * self.sentences.vectors(texts)]))

    def _profiles(self, asked: Floats, answered: Floats) -> Floats:
        width = self.features.encoder.width
        words: Floats = unit(unit(asked[:, :width]) + ANSWER * answered[:, :width])
        if self.sentences is None:
            return words
        whole = unit(unit(asked[:, width:]) + SENTENCE_ANSWER * unit(answered[:, width:]))
        return np.hstack([words, SENTENCE * whole])

    def _add_sentence(
        self, pieces: Mapping[str, Floats], entries: Sequence[int], added: Sequence[dict[str, float]]
    ) -> None:
        """What each piece gives to the likeness with an entry beyond what it gives to that with a usual one: all pieces
        of a sentence speak of the whole sentence, and are much like everything in the same way."""
        block = slice(self.features.encoder.width, None)
        usual = self.meaning[:, block].mean(axis=0)
        for profile, gains_of_pieces in zip(self._meanings(list(entries), block) - usual, added, strict=True):
            for piece in gains_of_pieces:
                if piece in pieces:  # not one that the encoder did not read
                    gains_of_pieces[piece] += float(SENTENCE * (pieces[piece] @ profile))

    def _hubs(self, said: Texts, owner: NDArray[np.int64]) -> Floats:
        """HUB × the mean likeness of each entry to the sentences of other entries' answers that are most like it."""
        if len(owner) <= HUB_NEIGHBOURS:
            return np.zeros(len(self.meaning), dtype=np.float32)
        near = said.meaning @ self.meaning.T
        near[np.arange(len(owner)), owner] = -1.0
        closest = np.partition(near, -HUB_NEIGHBOURS, axis=0)[-HUB_NEIGHBOURS:]
        hubs: Floats = np.float32(HUB) * closest.mean(axis=0)
        return hubs


def mixed(cold: Floats, covered: Floats, learnt: Floats, share: float) -> Floats:
    """The fit."""
    return cold + covered + np.float32(share) * learnt[:, :-1]


def prose(entry: Entry) -> str:
    """The entry's tags and its answer without code."""
    return " ".join([*entry.tags, CODE_BLOCK.sub(" ", entry.answer)])


def _means(owner: NDArray[np.int64], entries: int) -> csr_matrix:
    """Entries × askings: takes the mean of each entry's askings."""
    picked = csr_matrix((np.ones(len(owner), dtype=np.float32), (owner, np.arange(len(owner)))), (entries, len(owner)))
    return csr_matrix(diags((1 / np.bincount(owner, minlength=entries)).astype(np.float32)) @ picked)
