"""What the commands train, evaluate and compare print."""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from scoring.faq import artefact, comparison
from scoring.faq.artefact import STABLE_FILE, Version
from scoring.faq.comparison import DECIDING, Change, Comparison
from scoring.faq.data import Asked, DataError, read_asked_lines
from scoring.faq.evaluation import intervals, report
from scoring.faq.making import Made, make
from scoring.faq.sources.reading import Wanted
from scoring.faq.sources.tally import Tally
from scoring.faq.tables import between, figure, text_table
from scoring.faq.training import SEED

WORSE = 1
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def train(options: argparse.Namespace) -> int:
    """0, or 1 where the served version stays because the new one is worse. Raises DataError, ArtefactError,
    EncoderError."""
    wanted = Wanted(options.tag, options.min_text, options.min_dupes, dict(options.columns))
    tally = Tally(_warn, options.skip_bad)
    # Clients ask for a model by name: it stays the same when the next export has another file name.
    name = options.name or artefact.served_name(options.out) or _name_of(options.source)
    made = make(options.source, wanted, tally, options.out, name, options.encoder, _say)
    _say("; ".join(f"{what.replace('_', ' ')}: {count:,}" for what, count in tally.counts.items()))
    _say_measures(made.version)
    if made.comparison is not None:
        _say(f"against the served version {made.served}, on held-out questions:")
        _say_comparison(made.comparison)
    if made.refused and not options.replace_worse:
        _warn(_refusal(made, options.out))
        return WORSE
    artefact.make_stable(options.out, made.version.name)
    _say(f"{name} {made.version.name} in {made.version.folder}; {options.out / STABLE_FILE} names it")
    return 0


def evaluate(folder: Path, file: Path, as_json: bool) -> int:
    """Raises DataError, ArtefactError, EncoderError."""
    version = artefact.open_version(folder)
    asked = _asked(file, [version])
    outcomes = comparison.ask_version(version, asked)
    measured = report(outcomes, version.threshold).to_json()
    if as_json:
        _say(json.dumps(measured))
        return 0
    ranges = intervals(outcomes, SEED)
    rows = [
        [name, figure(value, 0 if name == "n" else 3), _range(ranges.get(name))] for name, value in measured.items()
    ]
    _say(text_table([[f"{version.card['name']} {version.name}", "value", "95 % interval"], *rows]))
    return 0


def compare(old_folder: Path, new_folder: Path, file: Path | None) -> int:
    """Raises DataError, ArtefactError, EncoderError."""
    old, new = artefact.open_version(old_folder), artefact.open_version(new_folder)
    pairs = comparison.on_file(old, new, _asked(file, [old, new])) if file else comparison.on_held_out(old, new)
    if not file and not any(pair[0].id is not None for pair in pairs):
        raise DataError("The two have no held-out question with an answer in common. Give a file of questions.")
    _say(f"old: {old.card['name']} {old.name}, new: {new.card['name']} {new.name}")
    _say_comparison(comparison.compare(pairs, old.threshold, new.threshold))
    return 0


def _asked(file: Path, versions: Sequence[Version]) -> list[Asked]:
    """Raises DataError for an empty file, and for an entry that none of the models has."""
    lines = read_asked_lines(file)
    if not lines:
        raise DataError(f"{file}: there are no questions.")
    known = {None, *(entry.id for version in versions for entry in version.entries)}
    unknown = [(line, row.id) for line, row in lines if row.id not in known]
    if unknown:
        line, id_ = unknown[0]
        more = f" {len(unknown) - 1:,} more lines name an unknown id." if len(unknown) > 1 else ""
        raise DataError(f"{file}, line {line}: no entry has the id {id_!r}.{more}")
    asked = [row for _, row in lines]
    for version in versions:
        read = {text for entry in version.entries for text in entry.askings}
        if seen := sum(row.question in read for row in asked):
            _warn(
                f"{version.name} was trained with {seen:,} of these {len(asked):,} questions: its figures are too good"
            )
    return asked


def _say_measures(version: Version) -> None:
    metrics = version.card["metrics"]
    _say(metrics["how"])
    if metrics["measured"]:
        rows = [[name, figure(metrics[name]), _range(ends)] for name, ends in metrics["intervals"].items()]
        _say(text_table([["held-out", "value", "95 % interval"], *rows, ["ece", figure(metrics["ece"]), ""]]))


def _say_comparison(found: Comparison) -> None:
    rows = [_row(each) for each in found.changes]
    _say(text_table([["", "old", "new", "change", "95 % interval", "p (McNemar)"], *rows]))
    _say(f"{found.known:,} questions with an answer, {found.unknown:,} without")
    verdict = "worse" if found.worse else "better" if found.better else "different"
    _say(f"At {DECIDING} the new one is {'' if verdict != 'different' else 'not '}significantly {verdict}.")


def _row(each: Change) -> list[str]:
    figures = [figure(each.old), figure(each.new), f"{each.new - each.old:+.3f}", between(each.between)]
    return [each.measure, *figures, "" if each.p is None else "<0.0001" if each.p == 0 else figure(each.p, 4)]


def _refusal(made: Made, out: Path) -> str:
    return (
        f"error: the new version is significantly worse at {DECIDING}, so {out / STABLE_FILE} still names "
        f"{made.served}. The new one is kept in {made.version.folder}; --replace-worse serves it."
    )


def _range(ends: Sequence[float] | None) -> str:
    return "" if ends is None else between(ends)


def _name_of(source: Path) -> str:
    stem = source.resolve().name.removesuffix(".gz").rpartition(".")[0] or source.resolve().name
    return f"{NOT_IN_NAMES.sub('-', stem).strip('-') or 'my'}-faq"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _warn(line: str) -> None:
    """Through rich, which keeps the line apart from a progress bar."""
    Console(stderr=True).print(line, markup=False, highlight=False, soft_wrap=True)
