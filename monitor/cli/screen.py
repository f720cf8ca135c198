"""The terminal, or whatever else stands behind standard output."""

import codecs
import io
import os
import sys
import unicodedata

from rich.console import Console

IN_A_FILE = 100
"""Columns when nobody says how many there are."""
ART = str.maketrans("█●▲✕✓…→·đĐ", "#*!x+.>-dD")
PLAINER = "datashare-monitor.plainer"


class Screen(Console):
    """A console that leaves it to the command line how to end when nobody reads on."""

    def on_broken_pipe(self) -> None:
        """Say so."""
        raise BrokenPipeError


def screen() -> Console:
    """Return the console for standard output: colours where they can be seen, letters that its encoding has."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        codecs.register_error(PLAINER, _plainer)
        sys.stdout.reconfigure(errors=PLAINER)
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else IN_A_FILE
    return Screen(highlight=False, emoji=False, markup=False, width=width)


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """Stand in for letters that an encoding lacks: a terminal without UTF-8 still reads well."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(ART)
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or "?", error.end
