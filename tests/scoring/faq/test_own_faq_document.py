"""docs/models.md: its examples of each source are read as it says."""

import re
from pathlib import Path

from scoring.faq.data import Asked, Entry, read_asked
from scoring.faq.sources.reading import Wanted, read_source
from scoring.faq.sources.tally import Tally

DOCUMENT = (Path(__file__).parents[3] / "docs" / "models.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    section = DOCUMENT[DOCUMENT.index("## Your own FAQ") :]
    return [found[1] for found in re.finditer(rf"```{language}\n(.*?)```", section, re.DOTALL)]


def read(path: Path) -> list[Entry]:
    return read_source(path, Wanted(), Tally(print))


def told(entries: list[Entry]) -> list[tuple[str, str]]:
    return [(entry.id, entry.answer) for entry in entries]


def test_the_table(tmp_path: Path) -> None:
    (tmp_path / "garden.csv").write_text(blocks("csv")[0], encoding="utf-8")
    slugs, moss = read(tmp_path / "garden.csv")
    assert (slugs.paraphrases, slugs.tags) == (("slugs eat my salad", "snails on lettuce"), ("pests", "salad"))
    assert (moss.id, moss.answer) == ("moss", "Rake it out, then **lime** the soil.")


def test_the_json_lines(tmp_path: Path) -> None:
    (tmp_path / "garden.jsonl").write_text(blocks("jsonl")[0], encoding="utf-8")
    assert told(read(tmp_path / "garden.jsonl")) == [("slugs", "Copper tape."), ("moss", "Rake it out.")]


def test_the_triple(tmp_path: Path) -> None:
    block = next(block for block in blocks("text") if block.startswith("orig-q.tsv"))
    name = ""
    for line in block.splitlines():
        first, *cells = re.split(r" {2,}", line)
        name = first or name
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write("\t".join(cells) + "\n")
    slugs, moss = read(tmp_path)
    assert told([slugs, moss]) == [("1", "Copper tape."), ("2", "Rake it out.")]
    assert (slugs.question, slugs.paraphrases) == ("Slugs on lettuce?", ("Salad gone overnight. Only slime is left.",))


def test_the_dump(tmp_path: Path) -> None:
    for name, block in zip(("Posts.xml", "PostLinks.xml"), blocks("xml"), strict=True):
        (tmp_path / name).write_text(block, encoding="utf-8")
    slugs, moss = read_source(tmp_path, Wanted(tag="pests"), Tally(print))
    assert told([slugs, moss]) == [("1", "Copper tape."), ("2", "Rake it out.")]
    assert moss.paraphrases == ("Green, but no grass. What helps?",)


def test_the_questions(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text(blocks("jsonl")[1], encoding="utf-8")
    assert read_asked(tmp_path / "questions.jsonl")[1:] == [
        Asked("grass is full of moss, what now", "moss"),
        Asked("how do I boil an egg", None),
    ]
