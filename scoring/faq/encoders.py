"""The encoders that a model can be trained with: the static one of words, always; beside it, where it is wanted, one of
whole sentences."""

from collections.abc import Callable
from types import ModuleType

from scoring.faq import encoder, transformer
from scoring.faq.encoder import STATIC, EncoderError
from scoring.faq.transformer import MiniLM

MODULES: dict[str, ModuleType] = {STATIC: encoder, transformer.NAME: transformer}
ENCODERS = tuple(MODULES)


def sentence_encoder(name: str, say: Callable[[str], None]) -> MiniLM | None:
    """None for the static one. Raises EncoderError."""
    return None if name == STATIC else MiniLM(say)


def facts(name: str) -> dict[str, str]:
    """What a model's card says of its encoder. Raises EncoderError."""
    package, sha256 = MODULES[name].installed()
    return {"name": name, "package": package, "weights": sha256}


def is_installed(name: str) -> bool:
    try:
        facts(name)
    except EncoderError:
        return False
    return True
