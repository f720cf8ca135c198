"""Promise: every command is there, explains itself, and costs nothing until it runs."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from monitor.cli import COMMANDS, group


def test_help_lists_every_command_with_its_first_sentence():
    shown = CliRunner().invoke(group, ["--help"])

    assert shown.exit_code == 0
    text = " ".join(shown.output.split())
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert f" {name} {command.get_short_help_str(limit=500)}" in text


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


def test_help_imports_nothing_that_a_command_needs():
    code = (
        "import sys; from monitor.cli import group; group(['--help'], standalone_mode=False); "
        "heavy = {'aiohttp', 'uvloop', 'pydantic', 'prometheus_client', 'asyncio', 'cryptography'} & set(sys.modules); "
        "heavy |= {name for name in sys.modules if name.startswith('monitor.') and name.split('.')[1] != 'cli'}; "
        "assert not heavy, heavy"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
