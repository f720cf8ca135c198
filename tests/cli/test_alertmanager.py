"""``alertmanager`` writes a file in one piece, holds no secret, and says what it could not say to Alertmanager."""

import stat

import pytest
import yaml
from cli.test_check_config import directory, run

AGENCY = """\
agency: {id: ha-noi, class: city, name: Hà Nội}
contacts:
  duty: {name: Trực ban, email: duty@ha-noi.example}
  silent: {telephone: "000"}
systems:
  - {id: portal, kind: portal, name: Cổng, maintenance: [{from: 2026-05-04 22:00, for: 500d}]}
"""


@pytest.fixture
def root(tmp_path):
    return directory(tmp_path / "c", AGENCY)


def test_nobody_for_the_monitors_own_faults_is_a_warning(root):
    result = run("alertmanager", root)

    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "warning: nobody is told of the monitor's own faults; name a contact with --operators",
        'warning: the maintenance "2026-05-04 22:00 for 500d" is too long to be a mute time and is left out',
    ]
    assert "time_intervals" not in yaml.safe_load(result.stdout)


def test_windows_that_differ_by_seconds_are_two(root):
    agency = root / "agencies" / "ha-noi.yaml"
    windows = "[{from: 2026-05-04 22:00, for: 1h}, {from: 2026-05-04 22:00:30, for: 1h}]"
    agency.write_text(AGENCY.replace("[{from: 2026-05-04 22:00, for: 500d}]", windows), "utf-8")

    [first, second] = yaml.safe_load(run("alertmanager", root).stdout)["time_intervals"]

    assert [first["name"], second["name"]] == ["2026-05-04 22:00 for 1h", "2026-05-04 22:00:30 for 1h"]
    assert [one["time_intervals"][0]["times"][0]["end_time"] for one in (first, second)] == ["23:00", "23:01"]


def test_file_is_replaced_and_keeps_its_mode(root, tmp_path):
    output = tmp_path / "alertmanager.yml"

    assert run("alertmanager", root, "--output", output).exit_code == 0
    assert stat.S_IMODE(output.stat().st_mode) == 0o640
    output.chmod(0o604)
    assert run("alertmanager", root, "--operators", "ha-noi/duty", "--output", output).exit_code == 0

    assert stat.S_IMODE(output.stat().st_mode) == 0o604
    assert yaml.safe_load(output.read_text("utf-8"))["receivers"][0]["email_configs"][0]["to"] == "duty@ha-noi.example"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alertmanager.yml", "c"]


def test_directory_that_is_not_there_is_an_error_in_words(root, tmp_path):
    result = run("alertmanager", root, "--output", tmp_path / "nowhere" / "alertmanager.yml")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].endswith("alertmanager.yml cannot be written: No such file or directory")


def test_password_is_a_file_that_is_not_read(root, tmp_path):
    password = tmp_path / "password"
    password.write_text("hunter2")

    result = run("alertmanager", root, "--smtp-user", "monitor", "--smtp-password-file", password)

    assert "hunter2" not in result.stdout
    assert yaml.safe_load(result.stdout)["global"]["smtp_auth_password_file"] == str(password)


@pytest.mark.parametrize(
    ("server", "is_required"),
    [("mail.example:587", True), ("localhost:25", False), ("127.0.0.1:25", False), ("[::1]:25", False)],
)
def test_tls_is_required_but_on_this_machine(root, server, is_required):
    assert yaml.safe_load(run("alertmanager", root, "--smtp", server).stdout)["global"] == {
        "smtp_smarthost": server,
        "smtp_from": "datashare-monitor@localhost",
        "smtp_require_tls": is_required,
    }


def test_tls_is_not_required_where_somebody_says_so(root):
    result = run("alertmanager", root, "--smtp", "mail.example:25", "--no-smtp-tls")

    assert yaml.safe_load(result.stdout)["global"]["smtp_require_tls"] is False


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--smtp", "mail.example"), "is no server; write mail.example:587"),
        (("--from", "monitor"), "is no address; write monitor@agency.example"),
        (("--operators", "ha-noi/nobody"), "'ha-noi/nobody' is no contact with an email or a webhook"),
        (("--operators", "ha-noi/silent"), "'ha-noi/silent' is no contact with an email or a webhook"),
        (("--smtp-user", "monitor"), "--smtp-user and --smtp-password-file belong together"),
        (("--watchdog", "nowhere"), "--watchdog"),
        (("--watchdog", "https://a.example/{{ .GroupKey }}"), "--watchdog"),
        (("--watchdog", "https://a.example/?{{.GroupKey}}"), "it holds a template"),
        (("--watchdog", "https://a.example/%zz"), "it is no URL to Alertmanager"),
    ],
)
def test_wrong_option_is_a_usage_error(root, options, said):
    result = run("alertmanager", root, *options)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
