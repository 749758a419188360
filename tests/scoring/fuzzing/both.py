"""`make fuzz`: makes both models, serves them on free ports and tries each with 2,000 requests."""

import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.running import free_port, started

ROOT = Path(__file__).resolve().parents[3]
FAQ = ROOT / "scoring" / "faq" / "javascript.jsonl"
READY_SECONDS = 120.0
EXAMPLES = "50"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        makes = {"faq": ["train", str(FAQ)], "images": ["build"]}
        return max(tried(f"scoring.{name}", make, Path(folder) / name) for name, make in makes.items())


def tried(program: str, make: list[str], model: Path) -> int:
    sys.stdout.write(f"{program}: making the model\n")
    sys.stdout.flush()
    python = [sys.executable, "-m", program]
    subprocess.run([*python, *make, "--out", str(model)], cwd=ROOT, check=True, capture_output=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with started([*python, "serve", str(model), "--port", str(port)], {}, model.with_suffix(".log")):
        wait_until_ready(url)
        command = [sys.executable, "-m", "tests.scoring.fuzzing.run", url, "--examples", EXAMPLES]
        command += ["--photos"] if program == "scoring.images" else []
        return subprocess.run(command, cwd=ROOT, check=False).returncode


def wait_until_ready(url: str) -> None:
    """Raises TimeoutError."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"{url} is not ready after {READY_SECONDS:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
