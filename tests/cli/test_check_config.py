"""``check-config`` says in one paragraph what is there, or lists everything that is wrong, and ends accordingly."""

from pathlib import Path

from click.testing import CliRunner, Result

from monitor.cli import group

AGENCY = """\
agency: {id: ha-noi, class: city, name: Hà Nội}
systems:
  - id: portal
    kind: portal
    name: Cổng
    checks: [{id: page, probe: http, with: {target: https://portal.hanoi.example/}}]
"""


def directory(root: Path, agency: str = AGENCY, monitor: str = "{}") -> Path:
    (root / "agencies").mkdir(parents=True)
    (root / "monitor.yaml").write_text(monitor)
    (root / "agencies" / "ha-noi.yaml").write_text(agency)
    return root


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def test_good_configuration_is_summed_up(tmp_path):
    result = run("check-config", directory(tmp_path / "c"))

    assert result.exit_code == 0
    assert (
        "is in order: 1 agency, 1 system, 0 connections and 1 check. Plugins: contract, dns, edxml, exec, freshness"
        in result.stdout
    )
    assert result.stderr == ""


def test_all_problems_are_listed_on_standard_error(tmp_path):
    wrong = AGENCY.replace("class: city", "class: town").replace("target:", "goal:")

    result = run("check-config", directory(tmp_path / "c", wrong, "listen: nowhere"))

    assert result.exit_code == 1
    assert result.stdout == ""
    places = [line for line in result.stderr.splitlines() if line.startswith(("agencies/", "monitor.yaml"))]
    assert places == [
        "agencies/ha-noi.yaml:1:29 agency.class",
        "agencies/ha-noi.yaml:6:44 systems[0].checks[0].with.target",
        "agencies/ha-noi.yaml:6:45 systems[0].checks[0].with.goal",
        "monitor.yaml:1:9 listen",
    ]
    assert result.stderr.splitlines()[-1].startswith("4 errors in ")


def test_warnings_do_not_fail(tmp_path):
    (tmp_path / "monitor.yaml").write_text("{}")

    result = run("check-config", tmp_path)

    assert result.exit_code == 0
    assert "warning: no agency is watched" in result.stderr
    assert "1 warning above." in result.stdout


def test_missing_directory_is_said(tmp_path):
    result = run("check-config", tmp_path / "nowhere")

    assert result.exit_code == 1
    assert "there is no such directory" in result.stderr


def test_help_says_how_it_ends():
    assert "Exit status" in run("check-config", "--help").stdout
