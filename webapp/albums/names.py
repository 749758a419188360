"""Names of files as they come in uploads and archives. They are shown, never used as paths."""

import re
import unicodedata

LONGEST = 200
HIDDEN = frozenset({"__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db"})
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))})
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ROOTED = re.compile(r"[/\\]|[A-Za-z]:")


def is_tricky(name: str) -> bool:
    """Whether a program that used this name as a path could write elsewhere than it means to."""
    steps = _steps(name)
    return bool(_ROOTED.match(name)) or "\0" in name or ".." in steps or any(map(_is_device, steps))


def is_hidden(name: str) -> bool:
    """Whether it is a file that systems put beside photos, such as .DS_Store."""
    return any(step.startswith(".") or step.casefold() in HIDDEN for step in _steps(name))


def shown(name: str) -> str:
    """The name with what cannot be seen, or turns the text around, made visible; the end of it where it is long."""
    seen = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in UNSEEN else sign for sign in name)
    return seen[-LONGEST:].strip() or "?"


def _steps(name: str) -> list[str]:
    return [step for step in re.split(r"[/\\]", name) if step not in ("", ".")]


def _is_device(step: str) -> bool:
    return step.split(".")[0].split(":")[0].strip().casefold() in DEVICES
