"""Promise: import writes where it is told to, never over a file by itself, and says what it could not read."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli.migration import command

GATUS = "endpoints:\n  - {name: a, url: 'https://h.example/', conditions: ['[STATUS] == 200']}\n"
MODULES = "modules:\n  tcp_connect: {prober: tcp, timeout: 5s}\n"


def run(*arguments):
    return CliRunner().invoke(command, [*map(str, arguments)])


@pytest.fixture
def gatus(tmp_path) -> Path:
    file = tmp_path / "gatus.yaml"
    file.write_text(GATUS)
    return file


def test_standard_output_is_the_file_and_standard_error_the_count(gatus):
    ended = run("gatus", gatus, "--agency", "hue", "--class", "city", "--name", "Huế")

    assert ended.exit_code == 0
    assert "agency: {id: hue, class: city, name: Huế}" in ended.stdout
    assert ended.stderr == "1 check, 0 remarks in comments.\n"


def test_file_that_is_there_is_kept_unless_forced(gatus, tmp_path):
    file = tmp_path / "hue.yaml"
    file.write_text("mine")

    refused = run("gatus", gatus, "--output", file)
    kept = file.read_text()
    forced = run("gatus", gatus, "--output", file, "--force")

    assert (refused.exit_code, kept) == (1, "mine")
    assert "--force" in refused.stderr
    assert (forced.exit_code, forced.stdout) == (0, "")
    assert "probe: http" in file.read_text()


def test_target_of_a_module_may_be_named_by_hand(tmp_path):
    file = tmp_path / "blackbox.yml"
    file.write_text(MODULES)

    ended = run("blackbox", file, "--target", "tcp_connect=db.example:5432")

    assert ended.exit_code == 0
    assert 'with: {target: "db.example:5432"}' in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("uptime-kuma",), 1, "not JSON"), (("blackbox",), 1, "this looks like a configuration of Gatus"),
        (("gatus", "--agency", "Huế"), 2, "write hue"), (("gatus", "--output", "/no/a"), 1, "cannot be written"),
        (("gatus", "--class", "village"), 2, "village"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(gatus, arguments, status, said):
    tool, *options = arguments

    ended = run(tool, gatus, *options)

    assert ended.exit_code == status
    assert said in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize("named", ["tcp_connect", "=x", "tcp_connect="])
def test_target_without_a_module_is_refused(tmp_path, named):
    file = tmp_path / "blackbox.yml"
    file.write_text(MODULES)

    ended = run("blackbox", file, "--target", named)

    assert ended.exit_code == 2
    assert "MODULE=TARGET" in ended.stderr
