"""What a program of the Nagios plugin API writes: lines of text, and performance data behind bars.

The first line is ``TEXT | PERFDATA``; long text may follow, and behind its first bar all is performance data.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The parts of what was written.

    Attributes:
        text: The first line.
        long_text: The lines behind it that are not empty.
        perfdata: All performance data, in one line.
    """

    text: str
    long_text: tuple[str, ...] = ()
    perfdata: str = ""


def output(written: str) -> Output:
    """Return the parts of what a program wrote."""
    first, _, rest = written.strip().partition("\n")
    text, _, perfdata = first.partition("|")
    long_text, _, more = rest.partition("|")
    lines = tuple(line.strip() for line in long_text.splitlines() if line.strip())
    return Output(text=text.strip(), long_text=lines, perfdata=" ".join((perfdata + " " + more).split()))
