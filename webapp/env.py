"""What the environment may say. Every variable is here, typed, with its default."""

from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Environment(BaseSettings):
    """Read from variables named SCOREDECK_… (and the two that hosts usually set: DATABASE_URL, REDIS_URL)."""

    model_config = SettingsConfigDict(env_prefix="SCOREDECK_", extra="ignore")

    state: Path = ROOT / ".state"
    debug: bool = False
    secret_key: SecretStr | None = None
    allowed_hosts: list[str] = ["127.0.0.1", "localhost", "[::1]"]
    trusted_origins: list[str] = []
    https: bool = False

    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    redis_url: SecretStr = Field(default=SecretStr("redis://127.0.0.1:6379/0"), validation_alias="REDIS_URL")

    faq_url: HttpUrl = HttpUrl("http://127.0.0.1:8101")
    images_url: HttpUrl = HttpUrl("http://127.0.0.1:8102")

    cluster: Literal["practice", "kubeconfig", "in-cluster"] = "practice"
    kubeconfig: Path | None = None
    kube_context: str = ""
    kube_namespace: str = "scoring"
