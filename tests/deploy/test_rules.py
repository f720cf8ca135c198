"""Rules are valid, name only metrics that exist, and tell the right owner what to do, in two languages."""

import re
import subprocess

import pytest
import yaml
from deploy.promql import RECORDED, declared, selectors, unknown
from deploy.rules import DEPLOY, INHIBITION, RULES, TESTS, alerts, recorded, rules

ALERTS = alerts()
NAMES = sorted({rule["alert"] for rule in ALERTS})
ANNOTATIONS = {"summary", "summary_en", "description", "description_en", "runbook_url", "dashboard_url"}
SEVERITIES = {"critical", "warning", "info", "none"}
RUNBOOK = re.compile(r"\{\{ \$externalLabels\.runbooks_url \}\}/(\w+)\.md")
DASHBOARD = re.compile(r"\{\{ \$externalLabels\.grafana_url \}\}/d/([\w-]+)(?:\?(.+))?")
SCENES = [scene for file in TESTS for scene in yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)["tests"]]
VIETNAMESE = re.compile(r"[ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.IGNORECASE)


def one(rule):
    return f"{rule['alert']}-{rule['labels']['severity']}"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.services
def test_promtool_accepts_the_rules(need):
    done = run(need("promtool", "prometheus"), "check", "rules", "--lint=all", "--lint-fatal", *map(str, RULES))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.services
@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_rules_do_what_their_tests_say(need, file):
    done = run(need("promtool", "prometheus"), "test", "rules", str(file))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_rule_names_only_what_is_declared_or_recorded(rule):
    assert unknown(rule["expr"], recorded()) == []


def test_a_metric_that_is_not_declared_is_named():
    query = 'sum by (agency) (rate(datashare_probe_rumours_total{agency="x"}[5m])) / up{colour="red"}'

    assert unknown(query, recorded()) == ["datashare_probe_rumours_total", "up{colour}"]
    assert "datashare_monitor_loop_lag_seconds_bucket" in declared()
    assert [
        name for name, _ in selectors('histogram_quantile(0.9, a:b:c) > on (x) group_left (y) 3 * z{q!~"u v"}')
    ] == [
        "a:b:c",
        "z",
    ]


def test_recorded_names_say_level_metric_and_operation():
    assert [name for name in recorded() if not RECORDED.fullmatch(name)] == []


@pytest.mark.parametrize("rule", ALERTS, ids=one)
def test_alert_tells_whom_what_and_where_to_look(rule):
    said = rule["annotations"]

    assert rule["labels"]["severity"] in SEVERITIES
    assert set(said) == ANNOTATIONS
    assert all(VIETNAMESE.search(said[key]) for key in ("summary", "description"))
    assert not any(VIETNAMESE.search(said[key]) for key in ("summary_en", "description_en"))
    found = RUNBOOK.fullmatch(said["runbook_url"])
    assert found
    assert (DEPLOY / "runbooks" / f"{found[1]}.md").is_file()


@pytest.mark.parametrize("page", sorted((DEPLOY / "runbooks").glob("[A-Z]*.md")), ids=lambda page: page.stem)
def test_runbook_belongs_to_an_alert_and_says_who_acts(page):
    if page.stem == "README":
        return
    used = {RUNBOOK.fullmatch(rule["annotations"]["runbook_url"])[1] for rule in ALERTS}

    assert page.stem in used
    headings = [line for line in page.read_text("utf-8").splitlines() if line.startswith("#")]
    assert headings == [f"# {page.stem}", "## What it means", "## What to look at", "## Who acts"]


@pytest.mark.parametrize("alert", NAMES)
def test_alert_has_a_test_that_fires_it_and_names_its_owner(alert):
    fired = [
        sample["labels"]
        for scene in SCENES
        for asked in scene.get("promql_expr_test", ())
        if asked["expr"] == f'ALERTS{{alertname="{alert}", alertstate="firing"}}'
        for sample in asked["exp_samples"]
    ]

    assert fired
    for labels in fired:
        assert {"severity", "owner", "domain"} <= set(re.findall(r'(\w+)="', labels))
        assert re.search(r'domain="(consumer|hub|provider|network|monitor)"', labels)


@pytest.mark.parametrize("alert", [name for name in NAMES if name != "Watchdog"])
def test_alert_has_a_test_that_leaves_it_silent(alert):
    silent = [
        scene["name"]
        for scene in SCENES
        for asked in scene.get("alert_rule_test", ())
        if asked["alertname"] == alert and asked["exp_alerts"] == []
    ]

    assert silent


def test_the_inhibition_names_alerts_that_exist():
    matchers = [
        matcher
        for rule in yaml.safe_load(INHIBITION.read_text("utf-8"))["inhibit_rules"]
        for side in ("source_matchers", "target_matchers")
        for matcher in rule[side]
        if matcher.startswith("alertname")
    ]
    named = {name for matcher in matchers for name in re.search(r'"(.*)"', matcher)[1].split("|")}

    assert all(any(re.fullmatch(name, known) for known in NAMES) for name in named)
