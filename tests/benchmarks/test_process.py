"""Processes are measured with their children, and ended by their id."""

import subprocess
import sys
import time

import pytest

from tests.benchmarks.process import MEASURED_CORE, cpu_seconds, resident_mib, running, said

BUSY = "import time\nwhile time.process_time() < 0.3: pass\n"
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {BUSY!r}])
last = "print('busy no more', flush=True); import sys; sys.stdin.read()"
child = subprocess.Popen([sys.executable, "-c", {BUSY!r} + last])
sys.stdin.read()
"""


def test_the_time_of_children_counts_living_and_dead(tmp_path):
    with running([sys.executable, "-c", PARENT], MEASURED_CORE, tmp_path / "log") as child:
        said(child)

        assert cpu_seconds(child.pid) >= 0.55
        assert resident_mib(child.pid) > 5


def test_a_process_that_ignores_the_polite_signal_is_ended_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.benchmarks.process.END_WITHIN_SECONDS", 0.2)
    script = (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(60)"
    )
    with running([sys.executable, "-c", script], MEASURED_CORE, tmp_path / "log") as child:
        said(child)
        began = time.monotonic()

    assert child.returncode == -9
    assert time.monotonic() - began < 5


def test_what_went_wrong_inside_is_shown(tmp_path, capsys):
    script = "import sys; sys.stderr.write('a bad day\\n'); print('x', flush=True); sys.stdin.read()"

    def fail():
        with running([sys.executable, "-c", script], MEASURED_CORE, tmp_path / "log") as child:
            said(child)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert "a bad day" in capsys.readouterr().err


def test_the_help_names_the_measurements():
    shown = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert all(name in shown for name in ("http", "https", "scale", "ten-thousand", "parts", "--quick"))
