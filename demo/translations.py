"""Compiles the translated texts (.po) into what Django reads (.mo). `python -m demo.translations` does it alone."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def stale(locale: Path) -> list[Path]:
    """The .po files whose .mo is missing or older."""
    return [
        source
        for source in sorted(locale.glob("*/LC_MESSAGES/*.po"))
        if not (compiled := source.with_suffix(".mo")).exists() or compiled.stat().st_mtime < source.stat().st_mtime
    ]


def compile_one(source: Path) -> None:
    """Written beside and then renamed, so that nobody reads half a file."""
    with source.open("rb") as file:
        catalog = read_po(file)
    half = source.with_suffix(".mo.new")
    with half.open("wb") as file:
        write_mo(file, catalog)
    half.replace(source.with_suffix(".mo"))


def main() -> None:
    for source in stale(ROOT / "locale"):
        compile_one(source)
        print(f"compiled {source.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
