"""`make bench`: this program's speed, beside other serving frameworks with the same model on the same machine.

One process of ours with 16 connections, keys and metrics on; the load comes from a process of its own. Every server is
started, warmed, measured and stopped in turn, `--rounds` times; the best round of each counts, so that a moment when
the machine was busy counts against nobody.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import curve, images, page, paint
from bench.environments import ROOT, STATE
from bench.load import Measured
from bench.running import DidNotStartError, measure
from bench.servers import Server, ours, peers
from bench.texts import write_entries, write_questions

ENTRIES = 1_000
PARTS = ("plain", "full", "curve", "images", "page", "paint")
TITLES = {
    "plain": f"Serving core: plain word TF-IDF, {ENTRIES:,} entries",
    "full": f"FAQ scorer: the full-quality model, {ENTRIES:,} entries",
}


def main() -> int:
    options = _options()
    STATE.mkdir(parents=True, exist_ok=True)
    say(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the start")
    questions = STATE / "questions.jsonl"
    write_questions(questions)
    for kind in ("plain", "full"):
        if kind in options.parts:
            compare(kind, questions, options)
    if "curve" in options.parts:
        curve.show(questions, say)
    if "images" in options.parts:
        images.show(options.seconds, say)
    if "page" in options.parts:
        page.show(questions, say)
    if "paint" in options.parts:
        paint.show(say)
    return 0


def compare(kind: str, questions: Path, options: argparse.Namespace) -> None:
    say(
        f"\n{TITLES[kind]}; {options.connections} connections, best of {options.rounds} rounds of {options.seconds:g} s"
    )
    folder = model_folder(kind)
    servers = [ours(kind), *peers()]
    missing = {
        server.name: failure for server in servers if server.environment and (failure := server.environment.make())
    }
    best: dict[str, Measured] = {}
    for number in range(options.rounds):
        for server in servers:
            if server.name in missing:
                continue
            try:
                found = measure(server, kind, folder, questions, options.connections, options.seconds)
            except (DidNotStartError, OSError, subprocess.SubprocessError) as error:
                missing[server.name] = f"did not run: {error}"
                say(f"  round {number + 1}: {server.name} {missing[server.name]}")
                continue
            say(f"  round {number + 1}: {server.name} {found.per_second:,.0f}/s, p99 {found.p99_ms:.2f} ms")
            if server.name not in best or found.per_second > best[server.name].per_second:
                best[server.name] = found
    table(servers, best, missing)


def table(servers: Sequence[Server], best: dict[str, Measured], missing: dict[str, str]) -> None:
    say(f"{'server':18} {'requests/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'failed':>7} {'ours is':>9}")
    first = best.get(servers[0].name)
    for server in servers:
        found = best.get(server.name)
        if found is None:
            say(f"{server.name:18} {missing.get(server.name, 'not measured')}")
            continue
        ratio = f"{first.per_second / found.per_second:.1f}x" if first and found.per_second else ""
        line = f"{server.name:18} {found.per_second:>10,.0f} {found.p50_ms:>8.2f} {found.p99_ms:>8.2f}"
        say(f"{line} {found.failed:>7} {ratio if found is not first else '':>9}")
    others = [best[server.name].per_second for server in servers[1:] if server.name in best]
    if first and others:
        say(f"ours against the best of the others: {first.per_second / max(others):.1f}x")


def model_folder(kind: str) -> Path:
    """The model of this kind, made where it is missing."""
    folder = STATE / kind
    entries = folder / "entries.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    write_entries(entries, ENTRIES)
    if kind == "plain":
        return folder
    if not curve.is_usable(folder / "model"):
        say("Training the model (once, a minute or two)")
        curve.train(entries, folder / "model")
    return folder / "model"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.serving", description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    os.chdir(ROOT)
    return options


if __name__ == "__main__":
    sys.exit(main())
