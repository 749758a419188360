"""What command lines of scorers are given."""

import argparse
from collections.abc import Callable


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A type for argparse. `int` alone would also take digits of other scripts, signs, spaces and underscores."""

    def read(text: str) -> int:
        if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text} is not a number from {least} to {most}")

    return read


port = whole_number(0, 65_535)
