"""Promise: progress is for a person at a terminal; a pipe gets nothing of it."""

import os
import pty
import subprocess
import sys

CODE = "import time; from monitor.cli.progress import progress\nwith progress('Reading [red]', 0.1): time.sleep(1)"


QUICK = "from monitor.cli.progress import progress\nwith progress('Reading', 60): pass"


def test_pipe_gets_nothing():
    ended = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True, timeout=30)

    assert (ended.stdout, ended.stderr) == (b"", b"")


def test_terminal_sees_what_is_done():
    ours, theirs = pty.openpty()

    ended = subprocess.run(
        [sys.executable, "-c", CODE], stdout=subprocess.PIPE, stderr=theirs, check=True, timeout=30,
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    shown = os.read(ours, 65536)
    os.close(ours)
    os.close(theirs)

    assert b"Reading [red]" in shown
    assert ended.stdout == b""


def test_terminal_that_moves_no_cursor_gets_nothing():
    ours, theirs = pty.openpty()

    subprocess.run(
        [sys.executable, "-c", CODE], stderr=theirs, check=True, timeout=30, env={**os.environ, "TERM": "dumb"}
    )
    os.write(theirs, b"end")
    shown = os.read(ours, 65536)
    os.close(ours)
    os.close(theirs)

    assert shown == b"end"


def test_quick_step_shows_nothing_and_waits_for_nothing():
    ours, theirs = pty.openpty()

    subprocess.run(
        [sys.executable, "-c", QUICK], stderr=theirs, check=True, timeout=30, env={**os.environ, "TERM": "xterm"}
    )
    os.write(theirs, b"end")
    shown = os.read(ours, 65536)
    os.close(ours)
    os.close(theirs)

    assert b"Reading" not in shown
