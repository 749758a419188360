"""A small FAQ in every form that can be brought, and the commands as a user gives them."""

import csv
import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from scoring.faq.__main__ import main

GARDEN: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "water": (
        "How often should I water tomatoes?",
        "Twice a week, in the **morning**.",
        (
            "watering tomatoes schedule",
            "do tomato plants need water every day",
            "how much water for my tomatoes in summer",
            "tomatoes look dry, when to water",
            "water tomatoes morning or evening",
            "what happens when I water tomatoes too often",
        ),
    ),
    "slugs": (
        "How do I keep slugs off lettuce?",
        "Copper tape around the bed.",
        (
            "slugs ate all my lettuce",
            "stop slugs eating salad leaves",
            "slug trap with beer for lettuce bed",
            "snails and slugs on lettuce, help",
            "lettuce full of slug holes",
            "does copper tape stop slugs",
        ),
    ),
    "roses": (
        "When are roses pruned?",
        "When the forsythia blooms.",
        (
            "pruning roses in which month",
            "cut back rose bush in spring",
            "how far down to prune a rose",
            "rose pruning before or after frost",
            "old roses need pruning when",
            "prune climbing roses in autumn",
        ),
    ),
    "compost": (
        "Why does my compost smell?",
        "It is too wet. Add cardboard.",
        (
            "compost heap stinks of ammonia",
            "smelly compost bin what to add",
            "rotten egg smell from compost",
            "bad odour compost kitchen scraps",
            "my compost is wet and smells",
            "compost smell attracts flies",
        ),
    ),
    "lawn": (
        "How do I get moss out of the lawn?",
        "Rake it, then lime the soil.",
        (
            "moss in lawn everywhere",
            "remove moss from grass",
            "lawn is more moss than grass",
            "raking moss lawn spring",
            "kill moss in shady lawn",
            "does lime help against lawn moss",
        ),
    ),
    "seeds": (
        "How long do seeds keep?",
        "Two to five years, dry and cool.",
        (
            "are old seeds still good",
            "storing seeds over winter jar",
            "seeds expiry date germinate",
            "can I sow five year old seeds",
            "keep seeds dry in fridge",
            "seed packet from 2019 still usable",
        ),
    ),
}


def faq_rows() -> list[dict[str, Any]]:
    return [
        {"id": id_, "question": question, "answer": answer, "paraphrases": list(paraphrases)}
        for id_, (question, answer, paraphrases) in GARDEN.items()
    ]


def shuffled_rows() -> list[dict[str, Any]]:
    """The same texts, each paraphrase at a wrong entry."""
    rows = faq_rows()
    texts = [list(row["paraphrases"]) for row in rows]
    for at, row in enumerate(rows):
        row["paraphrases"] = [texts[(at + 1 + place % (len(rows) - 1)) % len(rows)][place] for place in range(6)]
    return rows


def jsonl(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def table(path: Path, rows: Iterable[Iterable[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, "excel-tab" if ".tsv" in path.name else "excel").writerows(rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


def triple(folder: Path, ending: str = "", **files: list[list[str]]) -> Path:
    """`files`: rows by orig, dup, ans."""
    folder.mkdir(exist_ok=True)
    for key, name in (("orig", "orig-q.tsv"), ("dup", "dup-q.tsv"), ("ans", "ans.tsv")):
        table(folder / f"{name}{ending}", files[key])
    return folder


def dump(folder: Path, posts: Iterable[dict[str, Any]], links: Iterable[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in (("posts", posts), ("postlinks", links)):
        with (folder / {"posts": "Posts.xml", "postlinks": "PostLinks.xml"}[name]).open("w", encoding="utf-8") as file:
            file.write(f'<?xml version="1.0" encoding="utf-8"?>\n<{name}>\n')
            file.writelines(f"  {row_xml(row)}\n" for row in rows)
            file.write(f"</{name}>\n")
    return folder


def row_xml(row: dict[str, Any]) -> str:
    return f"<row {' '.join(f'{key}={quoteattr(str(value))}' for key, value in row.items())} />"


def train(source: Path, out: Path, *options: str) -> int:
    return main(["train", str(source), "--out", str(out), *options])


def entries_of(out: Path) -> dict[str, dict[str, Any]]:
    """The entries of the stable version, by id."""
    folder = out / (out / "stable").read_text().strip()
    rows = [json.loads(line) for line in (folder / "entries.jsonl").read_text(encoding="utf-8").splitlines()]
    return {row["id"]: row for row in rows}


def card_of(out: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((out / (out / "stable").read_text().strip() / "card.json").read_bytes())
    return card
