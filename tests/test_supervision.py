"""systemd is told what happens, and nothing breaks where there is no systemd."""

import os
import socket
from datetime import timedelta

import pytest

from monitor.supervision import Supervisor


@pytest.fixture
def listener(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(2)
        yield listening


def test_states_arrive_at_the_socket(listener):
    supervisor = Supervisor({"NOTIFY_SOCKET": listener.getsockname()})

    told = supervisor.tell("READY=1", "STATUS=4 checks")

    assert told
    assert listener.recv(100) == b"READY=1\nSTATUS=4 checks"


def test_an_abstract_socket_is_understood():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0datashare-monitor-test-{os.getpid()}")

        told = Supervisor({"NOTIFY_SOCKET": f"@datashare-monitor-test-{os.getpid()}"}).tell("WATCHDOG=1")

        assert told
        assert listening.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nonexistent/notify"}])
def test_nobody_to_tell_is_not_an_error(environment):
    told = Supervisor(environment).tell("READY=1")

    assert not told


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "10000000"}, timedelta(seconds=10)),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}, timedelta(seconds=10)),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_interval_is_ours_alone(environment, expected):
    assert Supervisor(environment).watchdog == expected
