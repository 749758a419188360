"""What is made once and then found again: translations, models, database, example photos.

Each thing has a stamp with the hash of what it was made from; it is made anew where the stamp does not match.
"""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo import translations
from demo.console import say, step
from demo.errors import DemoError
from demo.places import ROOT, Places
from demo.stamps import Stamps, digest
from demo.supervisor import Ended, Program, Supervisor

FREE_BYTES = 500_000_000


@dataclass(frozen=True)
class Making:
    """One thing to make: from which files (patterns under the project), by which command, and what must exist after."""

    name: str
    thing: str
    title: str
    made_from: tuple[str, ...]
    command: tuple[str, ...]
    result: tuple[Path, ...]
    folder: Path | None = None


def makings(places: Places) -> list[Making]:
    """They do not need each other."""
    return [faq_model(places), images_model(places), site_data(places), static_files(places)]


def faq_model(places: Places) -> Making:
    source = "scoring/faq/javascript.jsonl"
    return Making(
        name="faq",
        thing="the FAQ model (up to a minute)",
        title="trained the FAQ model",
        made_from=("scoring/faq/**/*.py", "scoring/faq/*.jsonl", "scoring/faq/requirements.txt", "constraints.txt"),
        command=("-m", "scoring.faq", "train", source, "--out", str(places.faq_model)),
        result=(places.faq_model,),
        folder=places.faq_model,
    )


def images_model(places: Places) -> Making:
    return Making(
        name="images",
        thing="the image model",
        title="built the image model",
        made_from=(
            *("scoring/images/**/*.py", "scoring/images/*.json"),
            *("scoring/images/requirements.txt", "constraints.txt"),
        ),
        command=("-m", "scoring.images", "build", "--out", str(places.images_model)),
        result=(places.images_model,),
        folder=places.images_model,
    )


def site_data(places: Places) -> Making:
    return Making(
        name="site",
        thing="the database and the example photos",
        title="set up the database, the operator and the example photos",
        made_from=(
            *("*/migrations/*.py", "webapp/*/migrations/*.py", "*/management/commands/*.py"),
            *("constraints.txt", "demo/site_data.py"),
        ),
        command=("-m", "demo.site_data", str(places.operator)),
        result=(places.operator, places.state / "site.sqlite3"),
    )


def static_files(places: Places) -> Making:
    """Hashed and compressed, so that a browser keeps them for ever."""
    folder = places.state / "static"
    return Making(
        name="static",
        thing="the static files",
        title="collected the static files",
        made_from=("static/**/*", "*/static/**/*", "webapp/settings.py", "webapp/static_files.py", "constraints.txt"),
        command=("manage.py", "collectstatic", "--no-input", "--verbosity", "0"),
        result=(folder / "staticfiles.json",),
        folder=folder,
    )


async def prepare(supervisor: Supervisor, places: Places) -> None:
    """Make what is missing or out of date, side by side. Raises DemoError for the first that fails."""
    compile_translations()
    stamps = Stamps(places.state / "stamps")
    need = [making for making in makings(places) if not is_made(making, stamps)]
    if not need:
        return
    need_space(places.state)
    say(f"  Making {', '.join(making.thing for making in need)}")
    environment = places.environment(os.environ)
    try:
        async with asyncio.TaskGroup() as group:
            for making in need:
                group.create_task(make(making, supervisor, stamps, environment))
    except ExceptionGroup as group_of_errors:
        raise group_of_errors.exceptions[0] from None


def is_made(making: Making, stamps: Stamps) -> bool:
    return all(path.exists() for path in making.result) and stamps.says(making.name, digest(ROOT, making.made_from))


async def make(making: Making, supervisor: Supervisor, stamps: Stamps, environment: dict[str, str]) -> None:
    """Run one command from nothing and set its stamp."""
    started, made_from = time.monotonic(), digest(ROOT, making.made_from)
    stamps.drop(making.name)
    if making.folder is not None:
        shutil.rmtree(making.folder, ignore_errors=True)
    program = Program(f"prepare-{making.name}", (sys.executable, *making.command), environment)
    ended = await supervisor.run(program)
    if ended.code != 0:
        raise DemoError(why(making, ended))
    stamps.set(making.name, made_from)
    step(time.monotonic() - started, making.title)


def why(making: Making, ended: Ended) -> str:
    text = "\n".join(ended.last_lines)
    if "No space left on device" in text or "disk is full" in text:
        return "The disk is full. Free some space and start again."
    return f"Not done: {making.title} ({ended.how()}). Its last lines:\n" + text


def compile_translations() -> None:
    started, stale = time.monotonic(), translations.stale(ROOT / "locale")
    for source in stale:
        translations.compile_one(source)
    if stale:
        step(time.monotonic() - started, "compiled the translations")


def need_space(state: Path, usage: Callable[[Path], "shutil._ntuple_diskusage"] = shutil.disk_usage) -> None:
    """Raises DemoError where the models and the database would not fit."""
    free = usage(state).free
    if free < FREE_BYTES:
        raise DemoError(f"The disk is nearly full: {free // 10**6} MB free, {FREE_BYTES // 10**6} MB are needed.")
