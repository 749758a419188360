"""Word vectors of a static sentence encoder: WordLlama's 256 numbers a token, read from the files inside its wheel.

Nothing of WordLlama is run: its inference class looks for a tokenizer under another name and would reach for a hub.
"""

import hashlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

PACKAGE = "wordllama"
TOKENS = "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
WEIGHTS = "wordllama/weights/l2_supercat_256.safetensors"
TABLE = "embedding.weight"

Floats = NDArray[np.float32]


class EncoderError(ValueError):
    """The encoder that a model was trained with is not here."""


class StaticEncoder:
    """A word's vector depends on that word alone. Pickles as its name; the weights stay in their package."""

    def __init__(self) -> None:
        self.name = installed()
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
        return {"name": self.name}

    def __setstate__(self, state: dict[str, str]) -> None:
        """Raises EncoderError."""
        self.__init__()  # type: ignore[misc]
        if self.name != state["name"]:
            raise EncoderError(f"The model was trained with {state['name']}; here is {self.name}. Train it again.")


def installed() -> str:
    """Package, version and the start of the weights' SHA-256. Raises EncoderError."""
    _, weights = _files()
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return f"{PACKAGE} {distribution(PACKAGE).version} {digest[:12]}"


def _files() -> tuple[Path, Path]:
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError as error:
        raise EncoderError(f"{PACKAGE} is not installed: pip install -r scoring/faq/requirements.txt") from error
    return Path(str(package.locate_file(TOKENS))), Path(str(package.locate_file(WEIGHTS)))
