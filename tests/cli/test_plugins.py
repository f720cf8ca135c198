"""``plugins`` lists the kinds, and shows what one of them takes."""

import json
import sys
from pathlib import Path

import pytest
from cli.test_check_config import run


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install a plugin of somebody else's, as pip would."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(name: str, source: str) -> None:
        (tmp_path / f"{name}_kinds.py").write_text(source)
        facts = tmp_path / f"agency_{name}-1.2.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: agency-{name}\nVersion: 1.2\n")
        (facts / "entry_points.txt").write_text(f"[datashare_monitor]\n{name} = {name}_kinds\n")

    yield install
    for module in [name for name in sys.modules if name.endswith("_kinds") and name != "sample_kinds"]:
        del sys.modules[module]


def test_all_kinds_are_listed_with_where_they_come_from_and_run():
    lines = run("plugins").stdout.splitlines()

    [http] = [line for line in lines if line.split()[:2] == ["http", "http"]]
    assert http.split()[2:5] == ["datashare-monitor-http", "0.1.0", "in_loop"]


def test_one_kind_is_shown_with_its_fields_and_measures():
    result = run("plugins", "tls")

    assert result.exit_code == 0
    assert "  target: host:port" in result.stdout.splitlines()
    assert "datashare_probe_ssl_earliest_cert_expiry" in result.stdout


def test_machines_get_json():
    [http] = json.loads(run("plugins", "http", "--json").stdout)["kinds"]

    assert http["kind"] == "http"
    [target] = [field for field in http["fields"] if field["name"] == "target"]
    assert target == {
        "name": "target",
        "type": "URL",
        "default": "",
        "is_required": True,
        "help": "The URL asked for.",
    }


def test_operators_see_what_each_option_does():
    lines = run("plugins", "http").stdout.splitlines()

    assert lines[lines.index("  target: URL, required") + 1] == "      The URL asked for."
    assert lines[lines.index("  tls_config.ca_file: text") + 1].startswith("      Certificates to trust")
    assert lines[lines.index("  preferred_ip_protocol: ip4 | ip6, ip6 unless set") + 1].startswith("      Which family")


def test_configuration_that_is_wrong_is_said_and_the_rest_is_listed(tmp_path):
    (tmp_path / "monitor.yaml").write_text("plugins: {http: {runs: here}}")

    ended = run("plugins", "--config", tmp_path)

    assert ended.exit_code == 0
    assert "monitor.yaml:1:" in ended.stderr
    assert "redis" in ended.stdout


def test_missing_directory_is_a_usage_error(tmp_path):
    assert run("plugins", "--config", tmp_path / "none").exit_code == 2


def test_unknown_name_is_an_error_with_a_suggestion():
    result = run("plugins", "htpp")

    assert result.exit_code == 1
    assert 'there is no kind or plugin "htpp"; did you mean "http"?' in result.stderr


def test_plugin_of_others_is_listed_but_not_imported(installed):
    installed("nosy", "raise RuntimeError('imported')")

    result = run("plugins")

    assert result.exit_code == 0
    assert "agency-nosy" in result.stdout
    assert "nosy_kinds" not in sys.modules


def test_failure_of_a_plugin_that_was_asked_for_is_shown(installed):
    installed("nosy", "raise RuntimeError('no licence')")

    result = run("plugins", "nosy")

    assert result.exit_code == 1
    assert "the plugin nosy could not be loaded: RuntimeError: no licence" in result.stderr


def test_plugins_that_a_configuration_names_are_loaded(installed, tmp_path):
    installed("broken", "import sys; sys.exit(1)")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "monitor.yaml").write_text("plugins: {broken: {}}")

    result = run("plugins", "--config", tmp_path / "config", "--json")

    assert json.loads(result.stdout)["failures"] == {"broken": "SystemExit: 1"}
    assert "http" in {row["kind"] for row in json.loads(result.stdout)["kinds"]}


EVIL = """
from dataclasses import dataclass
from monitor.plugin import Measure, ProbeKind, hookimpl, up

AGE = Measure("exchange_evil_age", "Help \\x1b[2J here.")

@dataclass(frozen=True, kw_only=True)
class Evil:
    \"\"\"First \\x1b]0;owned\\x07 line \\u202e turned.

    More \\x9b2J of it.

    Attributes:
        how: An \\x1b[2J option.
    \"\"\"

    how: str = "x\\x1b[31m"

    async def observe(self, vantage):
        return up()

@hookimpl
def monitor_kinds():
    yield ProbeKind("evil", Evil, measures=[AGE])
"""


@pytest.mark.parametrize("arguments", [["evil"], ["evil", "--json"], ["hoarse"], []])
def test_what_a_plugin_says_of_itself_moves_no_cursor(installed, tmp_path, arguments):
    installed("evil", EVIL)
    installed("hoarse", "raise RuntimeError('no \\x1b[2J licence')")
    with (tmp_path / "agency_evil-1.2.dist-info" / "METADATA").open("w") as file:
        file.write("Metadata-Version: 2.1\nName: agency-evil\nVersion: 1\x1b[2J\n")

    result = run("plugins", *arguments)

    assert all(line.isprintable() for line in result.output.split("\n"))
    assert "x1b[2J" in result.output or "u001b[2J" in result.output
