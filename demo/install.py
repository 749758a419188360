"""Makes .venv and installs the pinned packages: `python3 demo/install.py FILE` (requirements.txt or -dev.txt).

Does nothing where the same lists are installed already. Runs before anything is installed, so it needs Python alone.
"""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / ".state" / "logs" / "install.log"
CONSTRAINTS = ROOT / "constraints.txt"
# Lists that go with another, of packages that are read and never run: what those declare is left out.
ALONE = {"requirements-dev.txt": ("scoring/faq/requirements-transformer.txt",)}
FREE_BYTES = 3_000_000_000
REPORT_EVERY_S = 10.0
FULL = ("No space left on device", "Disk quota exceeded")
UNREACHABLE = ("NewConnectionError", "Failed to establish", "Name or service not known", "name resolution", "timed out",
               "Connection refused", "ConnectTimeout", "ReadTimeout", "ProxyError", "SSLError", "Could not fetch URL",
               "No matching distribution found")  # fmt: skip


def main(name: str) -> str:
    """Returns what went wrong in one line, or nothing."""
    if is_installed(name):
        return ""
    free = shutil.disk_usage(ROOT).free
    if not PYTHON.exists() and free < FREE_BYTES:
        return (
            f"The disk is nearly full: {free / 1e9:.1f} GB free, {FREE_BYTES / 1e9:.0f} GB are needed for the packages."
        )
    print(f"Installing the packages of {name} into .venv (once, some minutes)", flush=True)
    started = time.monotonic()
    failure = make_venv() or install_all(name)
    if not failure:
        set_stamps(name)
        print(f"  {time.monotonic() - started:5.1f} s  installed the packages", flush=True)
    return failure


def is_installed(name: str) -> bool:
    path = stamp(name)
    return PYTHON.exists() and path.exists() and path.read_text() == digest(name)


def stamp(name: str) -> Path:
    return VENV / f"installed-{name.replace('/', '-')}"


def set_stamps(name: str) -> None:
    """A list that includes another has installed that one too."""
    for included in closure(name):
        stamp(included).write_text(digest(included))


def digest(name: str) -> str:
    """Over the list, the lists it includes, the constraints and the Python that made .venv."""
    total = hashlib.sha256((VENV / "pyvenv.cfg").read_bytes() + CONSTRAINTS.read_bytes())
    for included in closure(name):
        total.update((ROOT / included).read_bytes())
    return total.hexdigest()


def closure(name: str) -> list[str]:
    lines = (ROOT / name).read_text().splitlines()
    inner = [line[3:].strip() for line in lines if line.startswith("-r ")]
    return [name, *ALONE.get(name, ()), *(found for one in inner for found in closure(one))]


def make_venv() -> str:
    if PYTHON.exists():
        return ""
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return ""
    return explain((made.stdout + made.stderr).splitlines(), "Python's venv module could not make .venv")


def install_all(name: str) -> str:
    """The list, and then those that go with it."""
    make_private(LOG.parent)
    LOG.unlink(missing_ok=True)
    failure = install("-r", name)
    for alone in ALONE.get(name, ()):
        failure = failure or install("--no-deps", "-r", alone)
    return failure


def install(*wanted: str) -> str:
    """Run pip, its full output in the log, a count of packages on the screen."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--progress-bar", "off", "--retries", "2"]
    command += ["--disable-pip-version-check", *wanted, "-c", str(CONSTRAINTS)]
    lines = []
    with (
        LOG.open("a") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip,
    ):
        progress = Progress()
        for line in pip.stdout or ():
            log.write(line)
            lines.append(line.strip())
            progress.see(line)
    return "" if pip.returncode == 0 else explain(lines, "pip could not install the packages")


def make_private(logs: Path) -> None:
    """One by one: `parents=True` would leave the state folder, which comes to hold passwords, open to everybody."""
    for folder in (logs.parent, logs):
        folder.mkdir(mode=0o700, exist_ok=True)


class Progress:
    """Says now and then how far pip is: finding the packages, then unpacking them."""

    def __init__(self) -> None:
        self._found = 0
        self._said = time.monotonic()

    def see(self, line: str) -> None:
        self._found += line.startswith(("Collecting ", "Requirement already satisfied"))
        if line.startswith("Installing collected packages"):
            print(f"  unpacking {line.count(',') + 1} packages", flush=True)
        elif time.monotonic() - self._said > REPORT_EVERY_S:
            print(f"  found {self._found} packages", flush=True)
            self._said = time.monotonic()


def explain(lines: list[str], otherwise: str) -> str:
    text = "\n".join(lines)
    if any(sign in text for sign in FULL):
        return "The disk is full. Free some space and start again."
    if any(sign in text for sign in UNREACHABLE):
        reason = next((line for line in reversed(lines) if line.startswith("ERROR: ")), "ERROR: no answer")
        return f"The packages could not be fetched; is the package registry reachable? {reason[7:]} (see {LOG})"
    last = next((line for line in reversed(lines) if line), "no reason given")
    return f"{otherwise}: {last} (see {LOG})"


if __name__ == "__main__":
    try:
        problem = main(sys.argv[1])
    except OSError as error:
        problem = explain([str(error)], "The packages could not be installed")
    except KeyboardInterrupt:
        problem = "Stopped."
    sys.exit(problem or 0)
