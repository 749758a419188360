"""The "Possible Duplicate: …" banner of question sites. It quotes the title of the right entry, so a model that reads
it learns to read banners, and its measured accuracy is too high."""

import re

BANNER = re.compile(
    r"\W*(?:possible duplicates?\b|this question already has (?:an answer|answers) here\b)", re.IGNORECASE
)
QUOTED = re.compile(r"^>[^\n]*\bpossible duplicates?\b[^\n]*(?:\n>[^\n]*)*\n?", re.IGNORECASE | re.MULTILINE)
MARK = re.compile(r"[*_]*\bpossible duplicates?[*_ ]*:[*_\s]*", re.IGNORECASE)
REST = re.compile(r"[^\n]*?(?:[.?!](?=\s|$)|$)", re.MULTILINE)


def without_banner(text: str, title: str = "") -> tuple[str, int]:
    """Plain text or Markdown without its banners, and how many there were.

    Where no quote shows how far a banner goes, it ends behind `title` (of the entry), or else with its sentence.
    """
    text, banners = QUOTED.subn("", text)
    while mark := MARK.search(text):
        text = f"{text[: mark.start()].rstrip()} {text[_end(text, mark.end(), title) :].lstrip()}"
        banners += 1
    return text.strip() if banners else text, banners


def _end(text: str, start: int, title: str) -> int:
    bare = title.rstrip(" .?!").lower()
    if bare and text[start : start + len(bare)].lower() == bare:
        start += len(bare)
        return start + len(text[start:]) - len(text[start:].lstrip(".?!*_)"))
    rest = REST.match(text, start)
    return rest.end() if rest else len(text)
