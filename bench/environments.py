"""An environment of its own for each set of peers: their packages and this project's must not decide for each other.

What the peers do not bring themselves, they may take from this project's environment: TensorFlow is too large to be
installed twice.
"""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".state" / "bench"
INSTALL_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Environment:
    name: str
    requirements: Path
    constrained: bool = True
    borrows: bool = False

    @property
    def python(self) -> Path:
        return STATE / self.name / "bin" / "python"

    def program(self, name: str) -> str:
        return str(self.python.with_name(name))

    def make(self) -> str:
        """Install what is needed, unless it is there; what went wrong in one line, or nothing."""
        stamp = STATE / self.name / "installed"
        wanted = hashlib.sha256(self.requirements.read_bytes()).hexdigest()
        if stamp.exists() and stamp.read_text() == wanted:
            return self._borrow()
        sys.stdout.write(f"Installing the packages of {self.requirements.name} (once, a minute or two)\n")
        sys.stdout.flush()
        shutil.rmtree(STATE / self.name, ignore_errors=True)
        failure = self._run([sys.executable, "-m", "venv", str(STATE / self.name)])
        failure = failure or self._run([str(self.python), "-m", "pip", "install", "-q", *self._packages()])
        if failure:
            return failure
        stamp.write_text(wanted)
        return self._borrow()

    def _borrow(self) -> str:
        """Let it see this project's packages, after its own."""
        if self.borrows:
            (own,) = (STATE / self.name / "lib").glob("python*/site-packages")
            (own / "project.pth").write_text(sysconfig.get_path("purelib") + "\n")
        return ""

    def _packages(self) -> list[str]:
        bounds = ["-c", str(ROOT / "constraints.txt")] if self.constrained else []
        return ["-r", str(self.requirements), *bounds]

    def _run(self, command: list[str]) -> str:
        try:
            ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            return f"not installed within {INSTALL_SECONDS} s"
        lines = (ran.stderr or ran.stdout).strip().splitlines()
        return "" if ran.returncode == 0 else f"not installed: {lines[-1] if lines else ran.returncode}"


PEERS = Environment("peers", ROOT / "bench" / "requirements.txt", borrows=True)
MLSERVER = Environment("mlserver", ROOT / "bench" / "requirements-mlserver.txt", constrained=False)
