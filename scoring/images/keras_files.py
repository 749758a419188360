"""What goes wrong while Keras reads a file that somebody brings, and how to say it."""

import re
import textwrap
import zipfile
import zlib

READING_ERRORS = (
    ValueError,
    TypeError,
    OSError,
    LookupError,
    AttributeError,
    RuntimeError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)
_PAGES = re.compile("Target variable:|List of objects that could not be loaded:")
_LONGEST = 300


def reason(error: Exception) -> str:
    """In one line, without the pages that follow: the numbers of a variable, the names of all layers."""
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return textwrap.shorten(_PAGES.split(text, maxsplit=1)[0], _LONGEST, placeholder=" …")
