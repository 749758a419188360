"""The short text that the demo ends its start with."""

import os
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
  kubectl    KUBECONFIG={shown(places.kubeconfig)} {kubectl()} get pods

Ctrl-C stops everything.
"""


def shown(path: Path) -> str:
    """Relative where it lies below the current folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def kubectl() -> str:
    """The one that the development requirements bring, or the one on the path."""
    ours = Path(sys.executable).with_name("kubectl")
    return shown(ours) if os.access(ours, os.X_OK) else "kubectl"
