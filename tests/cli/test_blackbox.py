"""What the flags of ``datashare-monitor blackbox`` refuse, and in which words."""

import pytest
from click.testing import CliRunner

from monitor.cli.blackbox import command


def test_every_flag_that_is_listed_is_explained():
    listed = [option for option in command.params if not getattr(option, "hidden", False)]

    assert [option.name for option in listed if not getattr(option, "help", None)] == []


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--web.listen-address", "9115", "'9115' has no port; write :9115"),
        ("--web.listen-address", "localhost", "'localhost' has no port; write :9115"),
        ("--web.listen-address", ":", "':' has no port; write :9115"),
        ("--web.listen-address", ":http", "':http' has no port; write :9115"),
        ("--web.listen-address", ":70000", "the port of ':70000' is too high; write 0 to 65535"),
        ("--web.listen-address", ":" + "9" * 5000, "is too high; write 0 to 65535"),
        ("--web.listen-address", "lgsp.example:9115", "has no address; write :9115, 127.0.0.1:9115 or [::1]:9115"),
        ("--allow", "300.0.0.0/8", "is not a network; write 10.0.0.0/8"),
        ("--allow", "10.0.0.1/8", "is an address inside a network; write 10.0.0.0/8"),
        ("--timeout-offset", "-1", "0<=x<=60"),
        ("--history.limit", "-1", "0<=x<=10000"),
        ("--log.level", "warning", "is not one of 'debug', 'info', 'warn', 'error'"),
        ("--web.systemd-socket", None, "not to be had here; take it out"),
    ],
)
def test_flag_that_makes_no_sense_is_a_usage_error(flag, value, said):
    ended = CliRunner().invoke(command, [flag] if value is None else [f"{flag}={value}"])

    assert ended.exit_code == 2
    assert said in ended.output
