"""What the environment may say. Every variable is here, typed, with its default."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "SCOREDECK_"


def _comma_separated(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _sendable(value: SecretStr) -> SecretStr:
    if not re.fullmatch("[!-~]*", value.get_secret_value()):
        raise ValueError("a key is printable ASCII without spaces")
    return value


Names = Annotated[list[str], NoDecode, BeforeValidator(_comma_separated)]


class Environment(BaseSettings):
    """Read from variables named SCOREDECK_… (and the two that hosts usually set: DATABASE_URL, REDIS_URL).

    Lists are separated by commas.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", hide_input_in_errors=True)

    state: Path = ROOT / ".state"
    debug: bool = False
    secret_key: SecretStr | None = None
    allowed_hosts: Names = ["127.0.0.1", "localhost", "[::1]"]
    trusted_origins: Names = []
    https: bool = False

    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    redis_url: SecretStr = Field(default=SecretStr("redis://127.0.0.1:6379/0"), validation_alias="REDIS_URL")

    faq_url: HttpUrl = HttpUrl("http://127.0.0.1:8101")
    images_url: HttpUrl = HttpUrl("http://127.0.0.1:8102")
    images_other_url: HttpUrl | None = None
    scoring_key: Annotated[SecretStr, AfterValidator(_sendable)] = SecretStr("")

    photo_cache: bool = True
    image_urls: bool = False
    keep_days: int = Field(default=30, ge=1, le=3650)

    cluster: Literal["practice", "kubeconfig", "in-cluster"] = "practice"
    kubeconfig: Path | None = None
    kube_context: str = ""
    kube_namespace: str = "scoring"


def read_environment() -> Environment:
    """The environment, or one line for each wrong variable on stderr and exit code 1. Values are never printed."""
    try:
        return Environment()
    except ValidationError as error:
        sys.exit("\n".join(_line(str(wrong["loc"][0]), wrong["msg"]) for wrong in error.errors(include_url=False)))


def _line(name: str, message: str) -> str:
    variable = name if name.isupper() else f"{PREFIX}{name.upper()}"
    return f"scoredeck: {variable} is wrong: {message}. What each variable may hold is in webapp/env.py."
