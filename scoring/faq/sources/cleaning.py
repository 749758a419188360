"""What every reader does to the texts of a row."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scoring.contract.limits import MAX_QUESTION_CHARACTERS
from scoring.contract.reading import ContractError, as_object, only_keys
from scoring.faq.data import Entry
from scoring.faq.sources.banner import without_banner
from scoring.faq.sources.markup import is_html, is_html_answer, markdown, plain_text
from scoring.faq.sources.tally import Tally

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def entry_from_row(value: Any, tally: Tally) -> Entry:
    """An entry from the named fields of a row, whose texts may be HTML. Raises ContractError."""
    row = dict(as_object(value))
    only_keys(row, {"id", "question", "answer"}, frozenset({"paraphrases", "tags", "body"}))
    if isinstance(row["id"], int) and not isinstance(row["id"], bool):
        row["id"] = str(row["id"])
    row["question"] = title = _asking(row["question"], "", tally)
    row["answer"] = _answer(row["answer"], tally)
    row["body"] = _asking(row.get("body") or "", title, tally)
    if isinstance(row.get("paraphrases"), list):
        row["paraphrases"] = [_asking(text, title, tally) for text in row["paraphrases"]]
    return distinct(Entry.from_json(row), tally)


def distinct(entry: Entry, tally: Tally) -> Entry:
    """Without the paraphrases that repeat another or the title: one text must not be learnt from and tested with."""
    texts = {_bare(text): text for text in reversed(entry.paraphrases)}
    kept = tuple(texts[key] for key in dict.fromkeys(map(_bare, entry.paraphrases)) if key not in _bares(entry.own))
    tally.count("paraphrases_repeated", len(entry.paraphrases) - len(kept))
    return Entry(entry.id, entry.question, entry.answer, kept, entry.tags, entry.body)


def asking(title: str, html: str, tally: Tally) -> str:
    """A post as one text: its title (plain), then its body (HTML) as words."""
    words, banners = plain_text(html)
    tally.count("banners_removed", banners)
    text, more = without_banner(". ".join(part for part in (one_line(title), words) if part))
    tally.count("banners_removed", more)
    return one_line(text)


def one_line(text: str) -> str:
    return " ".join(CONTROL.sub(" ", text).split())


def shortened(text: str, tally: Tally) -> str:
    """At most as long as a question may be, cut behind a word."""
    if len(text) <= MAX_QUESTION_CHARACTERS:
        return text
    tally.count("texts_shortened")
    return text[:MAX_QUESTION_CHARACTERS].rsplit(None, 1)[0]


def named(row: Mapping[str, str], field: str) -> str:
    """Raises ContractError where the field is missing or empty."""
    if not row.get(field, "").strip():
        raise ContractError("missing-field", "This field is required.", field)
    return row[field]


def _asking(text: Any, title: str, tally: Tally) -> Any:
    """What is no text goes through as it is: reading the entry refuses it by name."""
    if not isinstance(text, str):
        return text
    if is_html(text):
        tally.count("html_texts")
        text, banners = plain_text(text)
        tally.count("banners_removed", banners)
    text, banners = without_banner(text, title)
    tally.count("banners_removed", banners)
    return text


def _answer(text: Any, tally: Tally) -> Any:
    if not isinstance(text, str) or not is_html_answer(text):
        return text
    tally.count("html_texts")
    return markdown(text)


def _bares(texts: Iterable[str]) -> set[str]:
    return {_bare(text) for text in texts}


def _bare(text: str) -> str:
    return " ".join(text.casefold().split())
