"""Kubernetes quantities ("250m", "1.5Gi", "12e3", "123456n"), read and written exactly.

The grammar is that of k8s.io/apimachinery/pkg/api/resource: a signed decimal number, then a binary suffix,
a decimal suffix or a decimal exponent.
"""

import re
from decimal import Decimal, localcontext

BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
LONGEST = 64
LARGEST_EXPONENT = 30
EXACT_DIGITS = 160

_SHAPE = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE]([+-]?[0-9]{1,3})|([KMGTPE]i|[numkMGTPE]?))", re.ASCII)


def parse(text: str) -> Decimal:
    """Return the exact value in the resource's own unit (cores, bytes, pieces).

    Raises:
        ValueError: the text is not a quantity; the message repeats it.
    """
    match = _SHAPE.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        raise ValueError(f"not a Kubernetes quantity: {text[:LONGEST]!r}")
    number, exponent, suffix = match.groups()
    if exponent is not None and abs(int(exponent)) > LARGEST_EXPONENT:
        raise ValueError(f"the exponent of this quantity is too large: {text!r}")
    with localcontext(prec=EXACT_DIGITS):
        return Decimal(number) * _factor(exponent, suffix)


def _factor(exponent: str | None, suffix: str | None) -> Decimal:
    if exponent is not None:
        return Decimal(10) ** int(exponent)
    if suffix in BINARY:
        return Decimal(1024) ** BINARY[suffix]
    return Decimal(10) ** DECIMAL[suffix or ""]


def whole(text: str) -> int:
    """Return the value in whole units, rounded up as Kubernetes does (ValueError as `parse`)."""
    return _ceiling(parse(text))


def milli(text: str) -> int:
    """Return the value in thousandths, rounded up as Kubernetes does (ValueError as `parse`)."""
    with localcontext(prec=EXACT_DIGITS):
        return _ceiling(parse(text) * 1000)


def _ceiling(value: Decimal) -> int:
    truncated = int(value)
    return truncated + 1 if value > truncated else truncated


def format_milli(thousandths: int) -> str:
    """Write thousandths of a core: 250 → "250m", 2000 → "2"."""
    whole_units, rest = divmod(thousandths, 1000)
    return f"{thousandths}m" if rest else str(whole_units)


def format_bytes(size: int) -> str:
    """Write a number of bytes with the largest binary suffix that keeps it exact: 1610612736 → "1536Mi"."""
    for suffix, power in reversed(BINARY.items()):
        count, rest = divmod(size, 1024**power)
        if count and not rest:
            return f"{count}{suffix}"
    return str(size)
