"""A command that is cut short ends with the status of its signal, and never with one that is a verdict."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from monitor.cli.ending import INTERRUPTED, UNREAD, cut_short

COMMAND = [sys.executable, "-m", "monitor"]
HEARING = ["env", "--default-signal=INT"]
"""A shell's background jobs, and so their children, ignore SIGINT."""
AGENCY = """\
agency: {id: ha-noi, class: city, name: Hà Nội}
systems:
  - id: portal
    kind: portal
    name: Cổng
    checks: [{id: page, probe: tcp, with: {target: "127.0.0.1:9"}}]
"""


@pytest.fixture
def configuration(tmp_path):
    (tmp_path / "agencies").mkdir()
    (tmp_path / "monitor.yaml").write_text("{}")
    (tmp_path / "agencies" / "ha-noi.yaml").write_text(AGENCY)
    return str(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["serve", "--help"],
        ["plugins"],
        ["plugins", "http"],
        ["schema"],
        ["check-config", "DIR"],
        ["plan", "DIR", "--from", "DIR"],
        ["probe", "--target", "tcp://127.0.0.1:9"],
        ["probe", "--target", "tcp://127.0.0.1:9", "--json"],
        ["probe", "--target", "tcp://127.0.0.1:9", "--watch"],
    ],
    ids=" ".join,
)
def test_reader_that_is_gone_ends_it_without_a_word(configuration, arguments):
    ours, theirs = os.pipe()
    os.close(ours)

    ended = subprocess.run(
        [*COMMAND, *(word.replace("DIR", configuration) for word in arguments)],
        stdout=theirs, stderr=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    os.close(theirs)

    assert (ended.returncode, ended.stderr) == (UNREAD, b"")


def test_broken_pipe_of_anything_else_is_a_fault_with_its_traceback():
    with pytest.raises(RuntimeError, match="a pipe or connection broke") as raised, cut_short():
        raise BrokenPipeError(32, "inside")

    assert isinstance(raised.value.__cause__, BrokenPipeError)


FAULTY = """
import monitor.blackbox, monitor.start
from monitor.cli import main
async def serve(*_, **__): raise BrokenPipeError(32, "inside")
monitor.blackbox.serve = monitor.start.serve = serve
main()
"""


@pytest.mark.parametrize("arguments", [["serve", "DIR"], ["blackbox"]], ids=lambda words: words[0])
def test_fault_of_a_daemon_is_one_even_when_nobody_reads_its_output(configuration, arguments):
    ours, theirs = os.pipe()
    os.close(ours)

    ended = subprocess.run(
        [sys.executable, "-c", FAULTY, *(word.replace("DIR", configuration) for word in arguments)],
        stdout=theirs, stderr=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    os.close(theirs)

    assert ended.returncode == 1
    assert b"BrokenPipeError: [Errno 32] inside" in ended.stderr


def test_configuration_that_is_refused_is_so_when_nobody_reads_why(configuration, tmp_path):
    (tmp_path / "monitor.yaml").write_text("listen: nowhere")
    ours, theirs = os.pipe()
    os.close(ours)

    ended = subprocess.run([*COMMAND, "serve", configuration], stderr=theirs, timeout=60, check=False)
    os.close(theirs)

    assert ended.returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["probe", "--target", "tcp://ADDRESS", "--set", 'query_response=[{expect: "."}]'],
        ["explain", "ha-noi/population", "--url", "http://ADDRESS"],
        ["plan", "DIR", "--url", "http://ADDRESS"],
    ],
    ids=lambda words: words[0],
)
def test_ctrl_c_amid_a_wait_is_no_verdict(configuration, arguments):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        words = [word.replace("ADDRESS", address).replace("DIR", configuration) for word in arguments]
        with subprocess.Popen([*HEARING, *COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            silent.settimeout(60)
            connection, _ = silent.accept()
            running.send_signal(signal.SIGINT)
            said, complaint = running.communicate(timeout=60)
            connection.close()

    assert (running.returncode, said, complaint.split()) == (INTERRUPTED, b"", [b"Aborted!"])
