"""The encoders that a model can be trained with: the static one of words, always; beside it, where it is wanted, one of
whole sentences."""

from collections.abc import Callable

from scoring.faq import transformer
from scoring.faq.encoder import STATIC, WORDLLAMA, EncoderError, Package
from scoring.faq.transformer import MiniLM

PACKAGES: dict[str, Package] = {STATIC: WORDLLAMA, transformer.NAME: transformer.FILES}
ENCODERS = tuple(PACKAGES)


def sentence_encoder(name: str, say: Callable[[str], None]) -> MiniLM | None:
    """None for the static one. Raises EncoderError."""
    return None if name == STATIC else MiniLM(say)


def facts(name: str) -> dict[str, str]:
    """What a model's card says of its encoder. Raises EncoderError."""
    package, sha256 = PACKAGES[name].installed()
    return {"name": name, "package": package, "weights": sha256}


def is_installed(name: str) -> bool:
    try:
        facts(name)
    except EncoderError:
        return False
    return True
