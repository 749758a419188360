"""Numbers on a command line."""

import argparse

import pytest

from scoring.service.options import port, seconds, whole_number


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("32", 32), ("07", 7)])
def test_a_number_in_ascii_digits_is_taken(text, number):
    assert whole_number(1, 32)(text) == number


@pytest.mark.parametrize("text", ["", "0", "33", "-1", "+1", "1_0", " 1", "1.0", "٣", "²", "two", "1" * 5_000])
def test_anything_else_is_refused_by_name(text):
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        whole_number(1, 32)(text)
    assert str(refused.value) == f"{text} is not a number from 1 to 32"


def test_the_last_port_is_65535():
    assert port("65535") == 65_535
    with pytest.raises(argparse.ArgumentTypeError):
        port("65536")


@pytest.mark.parametrize("text", ["0", "2.5", "3600"])
def test_a_time_is_in_seconds(text):
    assert seconds(text) == float(text)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "3601", "soon", ""])
def test_a_time_that_never_ends_or_is_none_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number of seconds from 0 to 3600"):
        seconds(text)
