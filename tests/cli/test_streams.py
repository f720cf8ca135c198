"""A program that is started without standard streams runs as if they led nowhere."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_stops_nothing(tmp_path, closed):
    (tmp_path / "monitor.yaml").write_text("{}\n")
    program = [sys.executable, "-X", "faulthandler", "-m", "monitor", "check-config", str(tmp_path)]

    ended = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *program], capture_output=True, timeout=30, check=False
    )

    assert ended.returncode == 0


def test_what_is_opened_later_is_not_taken_for_a_standard_stream():
    code = "from monitor.cli.streams import open_missing; open_missing(); import os; os._exit(os.open('/', 0))"

    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code], timeout=30, check=False
    )

    assert ended.returncode > 2
