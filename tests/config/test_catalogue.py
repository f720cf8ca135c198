"""The ready catalogue loads without a word, leads nowhere that is anybody's, and is what its script writes."""

import re
import runpy
from collections import Counter
from pathlib import Path

import pytest
import yaml

from monitor.config import load
from monitor.inventory import Stage, SystemKind

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
READY = DEPLOY / "config"
CLASSES = {"ministry": 14, "ministerial": 3, "government_agency": 5, "province": 28, "city": 6}
NATIONAL = {
    "bo-khoa-hoc-va-cong-nghe/ndxp", "van-phong-chinh-phu/vdxp", "bo-cong-an/ndop",
    "bo-cong-an/population-db", "bo-cong-an/eid", "bo-nong-nghiep-va-moi-truong/land-db",
    "bo-tai-chinh/business-registration-db", "bo-tai-chinh/insurance-db", "bo-tu-phap/civil-status-db",
    "bo-tu-phap/legal-document-db", "bo-noi-vu/civil-servant-db", "bo-tai-chinh/price-db",
    "bo-cong-an/driving-licence-db", "bo-khoa-hoc-va-cong-nghe/shared-catalogues", "van-phong-chinh-phu/portal",
    "bo-khoa-hoc-va-cong-nghe/emc", "van-phong-chinh-phu/reporting", "bo-khoa-hoc-va-cong-nghe/dtm",
}  # fmt: skip
REQUIRED = {"emc": 51, "scheme-06": 51, "reporting": 56, "national-data-centre": 56}
"""Connections that the programmes count, one for each agency of whom they are asked."""
HOST = re.compile(r"(?:https?://|host: |email: \"?[\w.-]+@)((?:\$\{\w+\}|[\w.-])+)")


@pytest.fixture(scope="module")
def ready():
    found = load(READY)
    assert [str(problem) for problem in found.problems] == []
    return found.inventory


def test_all_agencies_and_national_systems_are_there(ready):
    assert Counter(str(agency.agency_class) for agency in ready.agencies.values()) == CLASSES
    assert ready.systems.keys() >= NATIONAL
    assert sum(system.kind is SystemKind.HUB for system in ready.systems.values()) == 3 + 51
    assert (len(ready.systems), len(ready.connections), len(ready.checks)) == (322, 638, 1346)


def test_each_agency_has_its_own_codes_and_a_desk_to_call(ready):
    codes = [agency.code or agency.admin_code for agency in ready.agencies.values()]

    assert "" not in codes
    assert len(set(codes)) == 56
    assert {contact for _, contact in ready.contacts} == {"truc-ban", "dau-moi"}


def test_every_path_exists_and_is_looked_at(ready):
    known = ready.systems.keys() | ready.agencies.keys()
    for connection in ready.connections.values():
        assert set(connection.hops) <= known
        assert all(ready.systems[hub].kind is SystemKind.HUB for hub in connection.via)
        assert connection.owner is not None
        assert connection.due is not None
        assert [change.stage for change in connection.stages] == [Stage.PLANNED]
    assert ready.checks_of.keys() == ready.systems.keys() | ready.connections.keys()


def test_every_agency_has_the_connections_that_programmes_count(ready):
    counted = Counter(name for connection in ready.connections.values() for name in connection.programmes)

    assert counted == REQUIRED
    assert ready.programmes.keys() >= REQUIRED.keys()


def test_templates_are_there_for_every_hub():
    assert yaml.safe_load((READY / "monitor.yaml").read_text("utf-8"))["templates"].keys() >= {
        "via-lgsp", "via-ndxp", "via-vdxp", "via-ndop", "via-xroad", "direct",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", [READY / "monitor.yaml", *sorted((READY / "agencies").glob("*"))], ids=lambda one: one.stem
)
def test_no_host_is_anybodys(path):
    text = path.read_text("utf-8")

    assert {host for host in HOST.findall(text) if not host.endswith((".example", "${host}"))} == set()


def test_files_are_what_the_script_writes():
    written = runpy.run_path(str(DEPLOY / "catalogue.py"))["catalogue"]()

    assert {path.name: path.read_text("utf-8") for path in (READY / "agencies").iterdir()} == written
