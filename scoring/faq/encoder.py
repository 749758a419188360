"""Word vectors of a static sentence encoder: WordLlama's 256 numbers a token, read from the files inside its wheel.

Nothing of WordLlama is run: its inference class looks for a tokenizer under another name and would reach for a hub.
"""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

STATIC = "static"
PACKAGE = "wordllama"
INSTALL = "pip install -r scoring/faq/requirements.txt"
TOKENS = "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
WEIGHTS = "wordllama/weights/l2_supercat_256.safetensors"
TABLE = "embedding.weight"

Floats = NDArray[np.float32]


class EncoderError(ValueError):
    """The encoder that a model was trained with is not here."""


class StaticEncoder:
    """A word's vector depends on that word alone. Pickles as package and hash of the weights, which stay there."""

    def __init__(self) -> None:
        self.package, self.sha256 = installed()
        tokens, weights = _files()
        self._tokenizer = Tokenizer.from_file(str(tokens))
        self._table = load_file(weights)[TABLE]
        self.width = int(self._table.shape[1])

    def vectors(self, words: Sequence[str]) -> Floats:
        """Words × width. A word of several tokens counts more than one of a single token, though not as much more."""
        found = np.zeros((len(words), self.width), dtype=np.float32)
        for at, encoding in enumerate(self._tokenizer.encode_batch(list(words), add_special_tokens=False)):
            if encoding.ids:
                tokens = self._table[encoding.ids].astype(np.float32)
                found[at] = tokens.sum(axis=0) / len(encoding.ids) ** 0.5
        return found

    def __getstate__(self) -> dict[str, str]:
        return {"package": self.package, "sha256": self.sha256}

    def __setstate__(self, state: dict[str, str]) -> None:
        """Raises EncoderError."""
        require(state, installed(), INSTALL)
        self.__init__()  # type: ignore[misc]


def require(trained: Mapping[str, str], here: tuple[str, str], install: str) -> None:
    """Raises EncoderError where the weights are not those that a model was trained with."""
    package, sha256 = here
    if sha256 != trained["sha256"]:
        raise EncoderError(
            f"The model was trained with the weights {trained['sha256'][:12]} of {trained['package']}; here are "
            f"{sha256[:12]} of {package}. Train again, or get the others back: {install}"
        )


def installed() -> tuple[str, str]:
    """Package and version; the SHA-256 of the weights. Raises EncoderError."""
    _, weights = _files()
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return f"{PACKAGE} {distribution(PACKAGE).version}", digest


def _files() -> tuple[Path, Path]:
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError as error:
        raise EncoderError(f"{PACKAGE} is not installed: {INSTALL}") from error
    return Path(str(package.locate_file(TOKENS))), Path(str(package.locate_file(WEIGHTS)))
