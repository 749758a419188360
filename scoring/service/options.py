"""What command lines of scorers are given."""

import argparse
import math
from collections.abc import Callable

from scoring.service.versions import NAME

LONGEST_SECONDS = 3600


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A type for argparse. `int` alone would also take digits of other scripts, signs, spaces and underscores."""

    def read(text: str) -> int:
        if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text} is not a number from {least} to {most}")

    return read


def seconds(text: str) -> float:
    """A type for argparse. `float` alone would also take `nan` and `inf`, for which nothing ever ends."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0 to {LONGEST_SECONDS}")
    return found


def model_name(text: str) -> str:
    """A type for argparse."""
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            "a name is of letters, digits, '.', '_' and '-', 64 at most: it is in addresses"
        )
    return text


port = whole_number(0, 65_535)
