"""Try a running scorer by its own description: `python -m tests.scoring.fuzzing.run URL --cases 2000`.

Asks with schemathesis, all checks on, until so many requests were generated; exits 0 where none failed. Photos are real
ones (see photos.py).
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

COUNT = re.compile(r"^\s*([\d,]+) generated", re.MULTILINE)
LONGEST_RUN_S = 900
MOST_RUNS = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scoring.fuzzing.run", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--examples", type=int, default=50, help="for each operation and run")
    parser.add_argument("--photos", action="store_true", help="the scorer takes photos")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    done = 0
    for seed in range(options.seed, options.seed + MOST_RUNS):
        code, text = tried(options.url, options.examples, seed, options.photos)
        counted = COUNT.search(text)
        done += int(counted[1].replace(",", "")) if counted else 0
        if code or not counted:
            sys.stdout.write(text)
            return code or 1
        if done >= options.cases:
            break
    sys.stdout.write(f"{done} cases, 0 failures\n")
    return 0


def tried(url: str, examples: int, seed: int, photos: bool) -> tuple[int, str]:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--no-color"]
    command += ["--max-examples", str(examples), "--seed", str(seed), "--request-timeout", "30"]
    if photos:
        # With real photos given to it, schemathesis takes them for what it made wrong itself.
        command += ["--exclude-checks", "negative_data_rejection"]
    variables = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.scoring.fuzzing.photos", "PYTHONPATH": str(Path.cwd())}
    with tempfile.TemporaryDirectory() as folder:
        variables["HYPOTHESIS_STORAGE_DIRECTORY"] = folder
        ran = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=LONGEST_RUN_S, check=False)
    return ran.returncode, ran.stdout + ran.stderr


if __name__ == "__main__":
    sys.exit(main())
