"""The committed example is what the command writes, Alertmanager takes it, and every class of agency is reached."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from cli.test_check_config import run

from monitor.alertmanager.labels import WATCHDOG
from monitor.inventory import AgencyClass

pytestmark = pytest.mark.services

FOLDER = Path(__file__).parents[2] / "deploy" / "alertmanager"
EXAMPLE = FOLDER / "example"
COMMITTED = FOLDER / "alertmanager.yml"
OPTIONS = (
    "--operators", "bo-khoa-hoc-va-cong-nghe/truc-ban",
    "--smtp", "mail.bo-khoa-hoc-va-cong-nghe.example:587",
    "--from", "datashare-monitor@bo-khoa-hoc-va-cong-nghe.example",
    "--smtp-user", "datashare-monitor",
    "--smtp-password-file", "/etc/alertmanager/smtp-password",
    "--watchdog", "https://watchdog.bo-khoa-hoc-va-cong-nghe.example/datashare-monitor",
)  # fmt: skip

HUB = "bo-khoa-hoc-va-cong-nghe/ndxp"
ROUTES = {
    "a hub of a ministry": ("alertname=HubDown agency=bo-khoa-hoc-va-cong-nghe target=ndxp owner={}", HUB),
    "a connection broken at the hub": ("alertname=ConnectionDown agency=an-giang target=land owner={}", HUB),
    "a connection of a province": (
        "alertname=ConnectionOverdue agency=an-giang target=land owner=an-giang/dau-moi", "an-giang/dau-moi",
    ),
    "a system of a province": (
        "alertname=SystemDown agency=an-giang target=mot-cua owner=an-giang/truc-ban", "an-giang/truc-ban",
    ),
    "a database of a city": ("alertname=SystemDown agency=ha-noi target=land-db owner={}", "ha-noi/dat-dai"),
    "a city itself": ("alertname=AgencyDown agency=ha-noi owner=ha-noi domain=network", "ha-noi/truc-ban"),
    "a system of a government agency that nobody owns": (
        "alertname=SystemDown agency=thong-tan-xa-viet-nam target=portal owner=thong-tan-xa-viet-nam",
        "thong-tan-xa-viet-nam/truc-ban",
    ),
    "a contact of a city that is gone, in an alert about a province": (
        "alertname=ConnectionDown agency=an-giang target=land owner=ha-noi/gone", "ha-noi/truc-ban",
    ),
    "an alert of a ministerial agency without an owner": (
        "alertname=MembershipMissing agency=van-phong-chinh-phu", "van-phong-chinh-phu/chuong-trinh",
    ),
    "a programme": ("alertname=ProgrammeBehind programme=emc", "van-phong-chinh-phu/chuong-trinh"),
    "the monitor itself": ("alertname=MonitorDown domain=monitor owner=monitor", "operators"),
    "an agency that is not known": ("alertname=SystemDown agency=elsewhere owner=elsewhere/truc-ban", "operators"),
    "the watchdog": (f"alertname={WATCHDOG} severity=none domain=monitor owner=monitor", "watchdog"),
}  # fmt: skip


@pytest.fixture(scope="module")
def amtool():
    return shutil.which("amtool") or pytest.skip("amtool is missing: apt-get install prometheus-alertmanager")


def test_committed_file_is_what_the_command_writes():
    result = run("alertmanager", EXAMPLE, *OPTIONS)

    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    assert result.stdout == COMMITTED.read_text("utf-8")


def test_example_has_every_class_of_agency():
    files = [yaml.safe_load(path.read_text("utf-8")) for path in (EXAMPLE / "agencies").glob("*.yaml")]

    assert {one["agency"]["class"] for one in files} == {str(one) for one in AgencyClass}


def test_alertmanager_takes_it(amtool):
    checked = subprocess.run([amtool, "check-config", str(COMMITTED)], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "SUCCESS" in checked.stdout


@pytest.mark.parametrize(("alert", "receiver"), ROUTES.values(), ids=ROUTES)
def test_alert_reaches(amtool, alert, receiver):
    command = [amtool, "config", "routes", "test", f"--config.file={COMMITTED}", f"--verify.receivers={receiver}"]
    tested = subprocess.run([*command, *alert.format(receiver).split()], capture_output=True, text=True, check=False)

    assert tested.returncode == 0, tested.stdout + tested.stderr
