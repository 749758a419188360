from decimal import Decimal

import pytest

from cluster_admin import quantities


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("250m", Decimal("0.25")),
        ("1.5Gi", Decimal(1610612736)),
        ("12e3", Decimal(12000)),
        ("12E3", Decimal(12000)),
        ("12E", Decimal(12) * 10**18),
        ("1e-3", Decimal("0.001")),
        ("123456n", Decimal("0.000123456")),
        ("7u", Decimal("0.000007")),
        ("-2k", Decimal(-2000)),
        ("+.5", Decimal("0.5")),
        ("5.", Decimal(5)),
        ("0", Decimal(0)),
        ("9223372036854775807Ki", Decimal(9223372036854775807 * 1024)),
        ("1.234567890123456789Ei", Decimal("1423359869420436337.641010675071320064")),
    ],
)
def test_a_quantity_is_read_exactly(text: str, value: Decimal):
    assert quantities.parse(text) == value


@pytest.mark.parametrize(
    "text", ["", " ", "m", "1 Gi", "1gi", "1K", "0x10", "1e", "1e999", "١", "1.2.3", "--1", "9" * 65, "1\n"]
)
def test_anything_else_is_refused_with_the_text(text: str):
    with pytest.raises(ValueError, match="quantity") as refused:
        quantities.parse(text)
    assert repr(text[: quantities.LONGEST]) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "milli", "whole"), [("1n", 1, 1), ("1500m", 1500, 2), ("-1500m", -1500, -1), ("2", 2000, 2)]
)
def test_fractions_are_rounded_up(text: str, milli: int, whole: int):
    assert (quantities.milli(text), quantities.whole(text)) == (milli, whole)


def test_the_written_form_reads_back():
    assert [quantities.format_milli(n) for n in (0, 250, 2000, 2500)] == ["0", "250m", "2", "2500m"]
    assert [quantities.format_bytes(n) for n in (0, 1000, 1610612736, 2**30)] == ["0", "1000", "1536Mi", "1Gi"]
    assert all(quantities.whole(quantities.format_bytes(n)) == n for n in (1, 1023, 1024, 10**9, 3 * 2**40))
