"""The plain model of the comparison: word TF-IDF over the entries, the three nearest by cosine."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

TOP = 3
MAX_BATCH = 16
ENTRIES_VARIABLE = "BENCH_ENTRIES"


class WordIndex:
    """Set up once with the entries' texts; `nearest` may be asked from any thread."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._vectorizer = TfidfVectorizer(ngram_range=(1, 2), dtype=np.float32)
        self._entries = self._vectorizer.fit_transform(texts).T.tocsr()

    @classmethod
    def of_file(cls, path: Path) -> "WordIndex":
        """From JSON lines with `question` and `answer`."""
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return cls([f"{row['question']}\n{row['answer']}" for row in rows])

    def nearest(self, questions: Sequence[str]) -> list[list[tuple[int, float]]]:
        """The places and cosines of the best entries for each question, best first."""
        scores = (self._vectorizer.transform(questions) @ self._entries).toarray()
        best = np.argpartition(-scores, TOP, axis=1)[:, :TOP]
        ordered = np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1), axis=1)
        cosines = np.take_along_axis(scores, ordered, axis=1)
        return [list(zip(*pair, strict=True)) for pair in zip(ordered.tolist(), cosines.tolist(), strict=True)]
