"""The site's settings with a state folder of the tests' own: they never touch the one of a running demo."""

import os
import tempfile
from pathlib import Path

# Set before the settings are read; a pytest-xdist worker finds the folder of the process that started it.
os.environ.setdefault("SCOREDECK_TEST_STATE", tempfile.mkdtemp(prefix="scoredeck-tests-"))
os.environ["SCOREDECK_STATE"] = os.environ["SCOREDECK_TEST_STATE"]
os.environ["REDIS_URL"] = "redis://127.0.0.1:9/0"
GIVEN = ("FAQ_URL", "IMAGES_URL", "IMAGES_OTHER_URL", "IMAGE_URLS", "CLUSTER")
for name in ("DATABASE_URL", *(f"SCOREDECK_{name}" for name in GIVEN)):
    os.environ.pop(name, None)
Path(os.environ["SCOREDECK_STATE"], "static").mkdir(parents=True, exist_ok=True)

from webapp.settings import *  # noqa: E402, F403
