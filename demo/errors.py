"""What a person is told in one line instead of a traceback."""

import errno


class DemoError(Exception):
    """The demo cannot go on; the message is one sentence for the person who started it."""


def in_words(error: OSError) -> str:
    """One line for an error of the operating system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full. Free some space and start again."
    where = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{where}"
