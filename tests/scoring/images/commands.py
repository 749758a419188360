"""The scorer's commands, run as a user does, and what their models explain."""

import base64
import io
import subprocess
import sys

import numpy as np
from PIL import Image

from tests.scoring.images.serving import bare_python


def run(*arguments, expect=0):
    ran = subprocess.run(bare_python(*map(str, arguments)), capture_output=True, text=True, timeout=110)
    assert ran.returncode == expect, ran.stderr
    return ran


def python(source, *arguments):
    command = [sys.executable, "-c", source, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=True).stdout


def complaint(ran):
    """What a command says when it fails: one line, no traceback."""
    lines = [line for line in ran.stderr.splitlines() if line.startswith("scoring.images: ")]
    assert len(lines) == 1 and "Traceback" not in ran.stderr
    return lines[0].removeprefix("scoring.images: ")


def opacity(explanation):
    """0 to 255, by place."""
    image = Image.open(io.BytesIO(base64.b64decode(explanation["overlay"])))
    return np.asarray(image.convert("RGBA"))[..., 3].astype(int)
