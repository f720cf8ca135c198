"""Promise: every command is there, explains itself, and costs nothing until it runs."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from monitor.cli import COMMANDS, group


def test_help_lists_every_command_with_a_sentence():
    shown = CliRunner().invoke(group, ["--help"])

    assert shown.exit_code == 0
    for name in COMMANDS:
        line = next(line for line in shown.output.splitlines() if line.strip().startswith(f"{name} "))
        assert len(line.split(None, 1)[1]) > 10


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name):
    shown = CliRunner().invoke(group, [name, "--help"])

    assert shown.exit_code == 0
    assert "Usage: " in shown.output
    assert len(shown.output.splitlines()) > 6


def test_version_is_told():
    shown = CliRunner().invoke(group, ["--version"], prog_name="datashare-monitor")

    assert shown.output.startswith("datashare-monitor ")


def test_unknown_command_is_a_usage_error():
    assert CliRunner().invoke(group, ["servee"]).exit_code == 2


def test_help_imports_neither_server_nor_engine():
    code = (
        "import sys; from monitor.cli import group; group(['--help'], standalone_mode=False); "
        "heavy = {'aiohttp', 'uvloop', 'pydantic', 'prometheus_client', 'aiodns'} & set(sys.modules); "
        "assert not heavy, heavy"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
