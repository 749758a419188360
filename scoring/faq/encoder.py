"""Word vectors of a static sentence encoder: WordLlama's 256 numbers a token, read from the files inside its wheel.

Nothing of WordLlama is run: its inference class looks for a tokenizer under another name and would reach for a hub.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

STATIC = "static"
TABLE = "embedding.weight"

Floats = NDArray[np.float32]


class EncoderError(ValueError):
    """The encoder that a model was trained with is not here."""


@dataclass(frozen=True, slots=True)
class Package:
    """An encoder's tokenizer and weights as files inside a package. `label` is what a message calls it."""

    name: str
    label: str
    tokens: str
    weights: str
    install: str

    def files(self) -> tuple[Path, Path]:
        """Tokenizer and weights. Raises EncoderError."""
        try:
            package = distribution(self.name)
        except PackageNotFoundError as error:
            raise EncoderError(f"{self.label} is not installed: {self.install}") from error
        return Path(str(package.locate_file(self.tokens))), Path(str(package.locate_file(self.weights)))

    def installed(self) -> tuple[str, str]:
        """Package and version; the SHA-256 of the weights. Raises EncoderError."""
        _, weights = self.files()
        with weights.open("rb") as file:
            return f"{self.name} {distribution(self.name).version}", hashlib.file_digest(file, "sha256").hexdigest()

    def require(self, trained: Mapping[str, str]) -> None:
        """Raises EncoderError where the weights are not those that a model was trained with."""
        package, sha256 = self.installed()
        if sha256 != trained["sha256"]:
            raise EncoderError(
                f"The model was trained with the weights {trained['sha256'][:12]} of {trained['package']}; here are "
                f"{sha256[:12]} of {package}. Train again, or get the others back: {self.install}"
            )


WORDLLAMA = Package(
    name="wordllama",
    label="wordllama",
    tokens="wordllama/tokenizers/l2_supercat_tokenizer_config.json",
    weights="wordllama/weights/l2_supercat_256.safetensors",
    install="pip install -r scoring/faq/requirements.txt",
)


class StaticEncoder:
    """A word's vector depends on that word alone. Pickles as package and hash of the weights, which stay there."""

    def __init__(self) -> None:
        self.package, self.sha256 = WORDLLAMA.installed()
        tokens, weights = WORDLLAMA.files()
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
        WORDLLAMA.require(state)
        self.__init__()  # type: ignore[misc]
