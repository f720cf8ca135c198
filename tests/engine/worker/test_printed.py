"""What a plugin prints is logged up to a rate, with its secrets covered, and never holds anybody up."""

import os
import time
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from monitor.engine.worker.printed import ALLOWED_BYTES, Printed
from monitor.network.veil import Veil


@pytest.fixture
def veil():
    return Veil()


@pytest.fixture
def printed(veil):
    found = Printed("acme", veil)
    yield found
    found.close()


def test_what_is_printed_becomes_a_key_of_a_log_line(printed):
    os.write(printed.writing, "Hà Nội\x1b[2J\n".encode())

    with capture_logs() as logs:
        printed.look(time.monotonic() + 2)

    assert logs == [
        {
            "event": "plugin.printed",
            "plugin": "acme",
            "text": "Hà Nội\x1b[2J",
            "dropped_bytes": 0,
            "log_level": "warning",
        }
    ]


def test_secret_is_covered(printed, veil):
    veil.add("canary-77")
    os.write(printed.writing, b"password canary-77\n")

    with capture_logs() as logs:
        printed.look(time.monotonic() + 2)

    assert logs[0]["text"] == "password ***"


def test_flood_is_cut_to_the_rate_and_the_rest_counted(printed):
    now = time.monotonic()

    with capture_logs() as logs:
        for second in range(60):
            with suppress(BlockingIOError):
                os.write(printed.writing, b"x" * 60_000)
            printed.look(now + 1 + second)

    assert sum(len(line["text"]) for line in logs) <= 2 * ALLOWED_BYTES
    assert sum(line["dropped_bytes"] for line in logs) > 1_000_000


def test_full_pipe_does_not_block_the_one_who_prints(printed):
    written = 0
    with suppress(BlockingIOError):
        for _ in range(100):
            written += os.write(printed.writing, b"x" * 60_000)

    assert 0 < written < 6_000_000


def test_bytes_that_are_no_text_are_shown_escaped(printed):
    os.write(printed.writing, b"\xff\xfe")

    with capture_logs() as logs:
        printed.look(time.monotonic() + 2)

    assert logs[0]["text"] == "\\xff\\xfe"
