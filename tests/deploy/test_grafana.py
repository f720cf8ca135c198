"""Grafana's provisioning: one Prometheus by default, and the generated dashboards where compose puts them."""

from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[2] / "deploy"
PROVISIONING = FOLDER / "grafana" / "provisioning"
GRAFANA = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]["grafana"]


def provisioned(kind):
    return [yaml.safe_load(path.read_text("utf-8")) for path in sorted((PROVISIONING / kind).glob("*.yaml"))]


def test_every_folder_is_one_that_grafana_reads():
    assert {path.name for path in PROVISIONING.iterdir()} <= {"datasources", "dashboards", "alerting", "plugins"}


def test_one_data_source_is_the_default_and_nobody_edits_them():
    (file,) = provisioned("datasources")
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]

    assert file["apiVersion"] == 1
    assert [one["uid"] for one in file["datasources"] if one.get("isDefault")] == ["prometheus"]
    for one in file["datasources"]:
        assert one["editable"] is False
        assert one["url"].removeprefix("http://").partition(":")[0] in services


def test_dashboards_are_read_from_where_they_are_mounted():
    (file,) = provisioned("dashboards")
    mounted = {place: FOLDER / source for source, place, *_ in (one.split(":") for one in GRAFANA["volumes"])}
    (provider,) = file["providers"]

    assert file["apiVersion"] == 1
    assert mounted[provider["options"]["path"]].resolve() == FOLDER.parent / "dashboards"
    assert provider["allowUiUpdates"] is False
    assert Path("/etc/grafana/provisioning") in {Path(place) for place in mounted}
