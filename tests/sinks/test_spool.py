"""A log that nobody reads makes nobody wait; what was written goes out in order, what cannot be kept is counted."""

import os
import threading
import time
from collections import Counter
from contextlib import suppress

import pytest

from monitor.sinks.spool import CLOSE_SECONDS, Spool


class Pipe:
    """A pipe whose writing end looks like a stream."""

    def __init__(self):
        self.reading, self.writing = os.pipe()

    def fileno(self):
        return self.writing

    def isatty(self):
        return False

    def stop_reading(self):
        os.close(self.reading)
        self.reading = -1


@pytest.fixture
def pipe():
    made = Pipe()
    yield made
    with suppress(OSError):
        made.stop_reading()
    for thread in threading.enumerate():
        if thread.name == "log":  # it must not write to whatever gets the number of the pipe next
            thread.join(5)
    os.close(made.writing)


def test_lines_go_out_whole_and_in_order(pipe):
    with Spool(pipe, Counter()) as spool:
        for number in range(1000):
            spool.write(f"dòng {number}\n")

    read = os.read(pipe.reading, 65536).decode()
    assert read == "".join(f"dòng {number}\n" for number in range(1000))


def test_an_empty_text_is_not_the_end(pipe):
    spool = Spool(pipe, Counter())
    spool.write("")

    with spool:
        spool._thread.join(0.1)
        spool.write("one\n")

    assert (spool.losses, os.read(pipe.reading, 1000)) == (Counter(), b"one\n")


def test_writer_does_not_wait_for_a_pipe_that_nobody_reads(pipe):
    losses = Counter()
    began = time.monotonic()

    with Spool(pipe, losses, most_bytes=200_000) as spool:
        for _ in range(4000):
            spool.write("x" * 99 + "\n")
        wrote = time.monotonic() - began

    assert wrote < 0.5
    assert time.monotonic() - began < wrote + CLOSE_SECONDS + 0.5
    # The pipe holds 64 KiB, the thread what it took last, the spool 200 kB; the rest is lost.
    assert 0 < losses["log"] < 4000


def test_a_reader_that_comes_back_gets_the_lines_that_were_kept(pipe):
    losses = Counter()
    with Spool(pipe, losses, most_bytes=100_000) as spool:
        for _ in range(3000):
            spool.write("x" * 99 + "\n")
        lost = losses["log"]
        read = b""
        while len(read) < (3000 - lost) * 100:
            read += os.read(pipe.reading, 65536)
        spool.write("and on\n")

        assert os.read(pipe.reading, 100) == b"and on\n"
    assert losses["log"] == lost


def test_broken_pipe_ends_nothing(pipe):
    losses = Counter()
    pipe.stop_reading()

    with Spool(pipe, losses) as spool:
        spool.write("one\n")
        spool.write("two\n")

    assert losses["log"] >= 1


def test_text_that_has_no_bytes_is_escaped(pipe):
    with Spool(pipe, Counter()) as spool:
        spool.write("\ud800\n")

    assert os.read(pipe.reading, 100) == b"\\ud800\n"
