"""No server that a test starts outlives the test, whatever the server started and however the test ended."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from end_to_end.servers import process, wait_for

HERE = Path(__file__).parents[1]


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def noted(file: Path) -> int:
    wait_for(lambda: file.exists() and file.read_text().endswith("\n"))
    return int(file.read_text())


def test_children_of_a_shell_that_waits_for_them_are_ended(tmp_path):
    child = tmp_path / "child"

    with process(["/bin/sh", "-c", f"sleep 60 & echo $! >{child}; wait"], tmp_path):
        pid = noted(child)

    wait_for(lambda: not is_alive(pid))


def test_server_is_ended_when_the_test_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), process(["sleep", "60"], tmp_path) as running:
        _ = 1 / 0

    assert running.poll() == -signal.SIGTERM


def test_server_ends_with_a_test_that_is_killed(tmp_path):
    child = tmp_path / "child"
    program = textwrap.dedent(f"""
        import os, pathlib, time
        from end_to_end.servers import process
        with process(["sleep", "60"], pathlib.Path({str(tmp_path)!r})) as running:
            pathlib.Path({str(child)!r}).write_text(f"{{running.pid}}\\n")
            time.sleep(60)
    """)

    with subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(HERE)}) as test:
        pid = noted(child)
        wait_for(lambda: Path(f"/proc/{pid}/cmdline").read_text().startswith("sleep"))
        test.kill()

    wait_for(lambda: not is_alive(pid))
