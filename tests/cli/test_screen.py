"""Promise: a pipe gets no colour, and a terminal without UTF-8 still reads well."""

import os
import subprocess
import sys

CODE = "from monitor.cli.screen import screen; c = screen(); c.print('✕ Hà Nội: Đồng bộ █ 國', style='red')"


def printed(**environment) -> bytes:
    clean = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "FORCE_COLOR"}}
    ended = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, check=True, timeout=30, env={**clean, **environment}
    )
    return ended.stdout


def test_pipe_gets_utf8_without_colour():
    assert printed(PYTHONIOENCODING="utf-8").decode() == "✕ Hà Nội: Đồng bộ █ 國\n"


def test_letters_that_an_encoding_lacks_are_replaced():
    assert printed(PYTHONIOENCODING="ascii") == b"x Ha Noi: Dong bo # ?\n"
