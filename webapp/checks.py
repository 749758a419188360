"""What `manage.py check` says of this installation, before a visitor finds out."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from webapp.images.examples import ALL, available

LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


@register()
def state_folder(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    folder = Path(settings.STATE_DIR)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return []
    hint = "Set SCOREDECK_STATE to a folder that this user may write to."
    return [Error(f"The state folder {folder} cannot be written to.", hint=hint, id="scoredeck.E001")]


@register()
def kubeconfig(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.KUBECONFIG is None or Path(settings.KUBECONFIG).is_file():
        return []
    hint = "Set SCOREDECK_KUBECONFIG to a file, or unset it."
    return [Error(f"There is no kubeconfig at {settings.KUBECONFIG}.", hint=hint, id="scoredeck.E002")]


@register()
def public_site(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if set(settings.ALLOWED_HOSTS) <= LOOPBACK:
        return []
    found: list[CheckMessage] = []
    if settings.DEBUG:
        hint = "Unset SCOREDECK_DEBUG: error pages show the site's insides."
        found.append(Error("Debug mode is on for a site with a public name.", hint=hint, id="scoredeck.E003"))
    if not settings.SESSION_COOKIE_SECURE:
        hint = "Set SCOREDECK_HTTPS=true where TLS ends in front of the site."
        found.append(
            Warning("A site with a public name sends its cookies without TLS.", hint=hint, id="scoredeck.W001")
        )
    return found


@register()
def example_photos(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    missing = len(ALL) - len(available())
    if not missing:
        return []
    hint = "Run `manage.py prepare_examples`."
    return [Warning(f"{missing} example photos are missing.", hint=hint, id="scoredeck.W002")]
