"""Processes are measured with their children, and ended by their id, however the measurement ends."""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

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


MEASUREMENT = """
import sys, time
from pathlib import Path
from tests.benchmarks.process import MEASURED_CORE, running, unwind_when_told_to_end

unwind_when_told_to_end()
with running(["sleep", "60"], MEASURED_CORE, Path(sys.argv[1])) as child:
    try:
        print(child.pid, flush=True)
        time.sleep(60)
    finally:
        print("unwound", flush=True)
"""


def is_alive(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


@pytest.mark.parametrize(
    ("number", "status", "last"),
    [(signal.SIGTERM, 143, "unwound\n"), (signal.SIGHUP, 129, "unwound\n"), (signal.SIGKILL, -9, "")],
)
def test_nothing_outlives_a_measurement_that_is_ended(number, status, last, tmp_path):
    command = [sys.executable, "-c", MEASUREMENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as measurement:
        assert measurement.stdout is not None
        child = int(measurement.stdout.readline())
        measurement.send_signal(number)
        said_last = measurement.stdout.read()

        assert measurement.wait(10) == status

    assert said_last == last
    until = time.monotonic() + 5
    while is_alive(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_alive(child)


def test_the_help_names_the_measurements():
    shown = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert all(name in shown for name in ("http", "https", "scale", "ten-thousand", "parts", "--quick"))
