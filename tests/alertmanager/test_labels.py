"""Routes and inhibition know alerts by the names that the rules in deploy/prometheus give them."""

import re
from pathlib import Path

import pytest
import yaml

from monitor.alertmanager import labels

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "rules"
NAMES = (
    labels.WATCHDOG, labels.HUB_DOWN, labels.SYSTEM_DOWN, labels.AGENCY_DOWN, labels.CONNECTIONS, labels.CERTIFICATES,
    labels.MONITOR_DOWN, labels.MONITOR_NETWORK_DOWN, *labels.MONITOR_BLIND,
)  # fmt: skip


@pytest.mark.skipif(not RULES.is_dir(), reason="deploy/prometheus/rules is not there")
@pytest.mark.parametrize("name", NAMES)
def test_rules_have_an_alert_of_that_name(name):
    groups = [group for path in RULES.glob("*.yml") for group in yaml.safe_load(path.read_text("utf-8"))["groups"]]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}

    assert any(re.fullmatch(name, alert) for alert in alerts), sorted(alerts)
