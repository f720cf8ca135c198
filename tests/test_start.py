"""Whoever starts a daemon by hand sees that it is at work, and why it is not."""

import os
import pty
import subprocess
import sys

CODE = """\
import asyncio, sys
from pathlib import Path
from monitor.cli.progress import progress
from monitor.start import serve
sys.exit(asyncio.run(serve(Path(sys.argv[1]), meanwhile=progress("Reading …", after_seconds=0))))
"""


def test_reading_is_shown_on_a_terminal_and_gives_way_to_what_is_wrong(tmp_path):
    (tmp_path / "monitor.yaml").write_text("egres: {}\nvantage: A B\n")
    ours, theirs = pty.openpty()

    ended = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)], stdout=subprocess.PIPE, stderr=theirs, check=False, timeout=30,
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    os.close(theirs)

    reading, _, wrong = shown.partition("monitor.yaml:1:1 egres")
    assert "Reading …" in reading
    assert "Reading" not in wrong
    assert wrong.strip().endswith("2 errors in " + str(tmp_path) + "; nothing was started")
    assert (ended.returncode, ended.stdout) == (1, b"")
