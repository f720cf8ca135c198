"""A result names the build of Python that it was measured with, and no place on the machine but /usr/bin."""

import re

import pytest

from tests.benchmarks.machine import build, described

SHARED = "7f00-7f01 r-xp 0 0:0 1 /home/me/.local/lib/libpython3.12.so.1.0"


@pytest.mark.parametrize(
    ("executable", "options", "maps", "expected"),
    [
        ("/usr/bin/python3.11", "'--enable-shared'", "", "Debian's /usr/bin build"),
        ("/home/me/bin/python3", "'--enable-shared'", SHARED, "own build, no PGO, shared libpython"),
        ("/home/me/bin/python3", "'--enable-optimizations' '--with-lto'", "", "own build"),
        ("/usr/local/bin/python3", "'--enable-optimizations'", SHARED, "own build, shared libpython"),
    ],
)
def test_build_says_what_makes_it_slow(executable, options, maps, expected):
    assert build(executable, "Debian GNU/Linux", options, maps) == expected


def test_description_names_the_build_and_no_path():
    lines = described()

    assert re.search(r"Python 3\.\d+\.\d+ \(.* build.*\)$", lines[1])
    assert "/home" not in "".join(lines)
    assert "/root" not in "".join(lines)
