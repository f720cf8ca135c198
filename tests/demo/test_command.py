"""``demo`` serves, says where the configuration is, and leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import group


def started(*options, temporary):
    return subprocess.Popen(
        # A shell's background jobs, and so their children, ignore SIGINT.
        ["env", "--default-signal=INT", sys.executable, "-u", "-m", "monitor", "demo", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )


def answers(url):
    with urllib.request.urlopen(url, timeout=2) as answer:
        return answer.status == 200


def test_an_address_that_another_monitor_has_is_not_said_to_be_ours(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        with started("--watch", "--agencies=1", "--checks=5", f"--listen={listen}", temporary=tmp_path) as child:
            said = child.communicate(timeout=30)[0]

    assert child.returncode == 1
    assert said == f"Error: cannot listen on {listen}: Address already in use; name another address with --listen\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_told_to_end_and_cleans_up(tmp_path, number):
    with started("--agencies=2", "--checks=20", temporary=tmp_path) as child:
        said = child.stdout.readline()
        folder = Path(re.search(r"are in (\S+)", said)[1])
        port = re.search(r'peers: \["127\.0\.0\.1:(\d+)"\]', (folder / "monitor.yaml").read_text())[1]
        was_answering = answers(f"http://127.0.0.1:{port}/bo-cong-an/commune-0001/ping")
        child.send_signal(number)
        rest = child.communicate(timeout=10)[0]

    assert was_answering
    assert child.returncode == 0
    assert "closed" in rest
    assert list(tmp_path.iterdir()) == []


def test_the_landscape_ends_when_its_parent_is_killed(tmp_path):
    with started("--agencies=2", "--checks=20", temporary=tmp_path) as child:
        folder = Path(re.search(r"are in (\S+)", child.stdout.readline())[1])
        port = int(re.search(r'peers: \["127\.0\.0\.1:(\d+)"\]', (folder / "monitor.yaml").read_text())[1])
        child.kill()
        child.wait(5)
        deadline = time.monotonic() + 5
        is_open = True
        while is_open and time.monotonic() < deadline:
            with socket.socket() as tried:
                is_open = tried.connect_ex(("127.0.0.1", port)) == 0
            time.sleep(0.02)

    assert not is_open


def test_only_writing_needs_a_place_and_a_port():
    result = CliRunner().invoke(group, ["demo", "--only-write"])

    assert result.exit_code == 2
    assert "--only-write needs --write DIR and --port" in result.output


def test_only_writing_leaves_the_configuration(tmp_path):
    result = CliRunner().invoke(group, ["demo", "--only-write", f"--write={tmp_path / 'made'}", "--port=18000"])

    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "made" / "agencies").iterdir())) == 56


def test_somebody_elses_directory_is_left_alone(tmp_path):
    (tmp_path / "monitor.yaml").write_text("vantage: ours\n")

    result = CliRunner().invoke(group, ["demo", f"--write={tmp_path}"])

    assert result.exit_code == 2
    assert "holds something else" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["monitor.yaml"]


@pytest.mark.parametrize("every", ["0s", "5 parsecs", "10", ""])
def test_a_beat_that_is_no_duration_is_refused(every):
    result = CliRunner().invoke(group, ["demo", f"--every={every}x"])

    assert result.exit_code == 2
    assert "is not a duration" in result.output


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with started("--checks=5", f"--port={taken.getsockname()[1]}", temporary=tmp_path) as child:
            said = child.communicate(timeout=20)[0]

    assert child.returncode == 1
    assert "cannot be served" in said
    assert list(tmp_path.iterdir()) == []
