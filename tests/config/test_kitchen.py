"""A probe runs where its plugin and its source may run, with their secrets and no others."""

from importlib.metadata import EntryPoint

import pytest
from config.landscape import AGENCY, SAMPLE, loaded, write

from monitor.plugin.hookspecs import PROJECT
from monitor.plugin.probe import Where
from monitor.plugin.remote import RemoteProbe, UnavailableProbe
from monitor.plugin.secret import Secret

OTHER = """
from collections.abc import AsyncIterator
from dataclasses import dataclass
from monitor.plugin import Measure, ProbeKind, Secret, Source, SourceKind, hookimpl, up

@dataclass(frozen=True, kw_only=True)
class Ledger:
    path: str
    token: Secret | None = None
    async def rows(self, vantage):
        yield {}

@dataclass(frozen=True, kw_only=True)
class Count:
    source: Source
    async def observe(self, vantage):
        return up()

@dataclass(frozen=True, kw_only=True)
class Odd:
    how: str
    async def observe(self, vantage):
        return up()
    def measures(self):
        if self.how == "raises":
            raise RuntimeError("no measures today")
        if self.how == "open":
            raise ValueError("how: open has no measure; write none")
        return {"text": ["probe_a"], "reserved": [Measure("probe_success", "Mine.")], "none": None}[self.how]

@hookimpl
def monitor_kinds():
    yield SourceKind("ledger", Ledger)
    yield ProbeKind("count", Count)
    yield ProbeKind("odd", Odd)
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "other_kinds.py").write_text(OTHER)
    monkeypatch.syspath_prepend(tmp_path / "site")

    def loading(check: str, settings: str = "{sample: {run: in_loop}, other: {}}"):
        text = f"{AGENCY}systems:\n  - id: portal\n    kind: portal\n    name: Cổng\n    checks:\n      - {check}\n"
        files = {"monitor.yaml": f"plugins: {settings}\n", "agencies/ha-noi.yaml": text}
        return loaded(write(tmp_path / "config", files), (SAMPLE, EntryPoint("other", "other_kinds", PROJECT)))

    return loading


def only(found):
    assert found.inventory is not None, found.problems
    [check] = found.inventory.checks.values()
    return check


def test_settings_without_a_measure_are_refused_where_they_stand(read):
    found = read("{id: a, probe: odd, with: {how: open}}")

    assert found.inventory is None
    [problem] = found.problems
    assert str(problem).endswith("how: open has no measure; write none")
    assert "systems[0].checks[0].with" in str(problem)


def test_probe_of_a_trusted_plugin_is_made_whole(read):
    check = only(read("{id: a, probe: http, with: {target: https://a.example/}}"))

    assert check.where is Where.IN_LOOP
    assert check.probe.target == "https://a.example/"
    assert set(check.measures) == set()


def test_remote_probe_holds_its_settings_and_the_secrets_they_name(read):
    check = only(
        read(
            "{id: a, probe: http, with: {target: https://a.example/, authorization: {credentials: {env: TOKEN}}}}",
            "{sample: {}}",
        )
    )

    assert check.where is Where.WORKER
    assert check.probe == RemoteProbe(
        plugin="sample",
        kind="http",
        settings='{"target":"https://a.example/","authorization":{"credentials":{"env":"TOKEN"}}}',
        secrets=(Secret(env="TOKEN"),),
    )
    assert check.host == "a.example"


def test_source_of_another_trusted_plugin_keeps_the_probe_in_the_loop(read):
    check = only(read("{id: a, probe: freshness, with: {source: {table: {name: people}}}}"))

    assert check.where is Where.IN_LOOP
    assert check.probe.source.name == "people"
    assert set(check.measures) == {"probe_sample_age_seconds", "probe_sample_looks"}


def test_measures_of_a_probe_depend_on_its_configuration(read):
    check = only(read("{id: a, probe: freshness, with: {url: https://a.example/}}"))

    assert set(check.measures) == {"probe_sample_age_seconds"}


def test_source_and_probe_of_one_plugin_share_its_worker(read):
    check = only(read("{id: a, probe: count, with: {source: {ledger: {path: x, token: {file: /run/t}}}}}"))

    assert check.where is Where.WORKER
    assert (check.probe.plugin, check.probe.secrets) == ("other", (Secret(file="/run/t"),))


def test_source_of_a_plugin_that_runs_apart_from_the_probe_is_refused(read):
    found = read("{id: a, probe: freshness, with: {source: {ledger: {path: x}}}}", "{sample: {}, other: {}}")

    assert [problem.message for problem in found.problems] == [
        "other and sample run apart; use a source of the same plugin, or of ours"
    ]
    assert found.inventory is None


@pytest.mark.parametrize("how", ["raises", "text", "reserved", "none"])
def test_plugin_that_fails_on_its_settings_leaves_the_check_unavailable(how, read):
    found = read(f"{{id: a, probe: odd, with: {{how: {how}}}}}")

    check = only(found)
    assert isinstance(check.probe, UnavailableProbe)
    assert check.probe.detail.startswith("the plugin other failed on these settings")
    assert [problem.is_error for problem in found.problems] == [False]


def messages(found):
    return [problem.message for problem in found.problems]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("{max_age: 800d, urls: x}", ["max_age is more than a year", 'unknown key "urls"']),
        ("{max_age: 800d, url: x}", ["max_age is more than a year", '"x" is not a URL']),
        ("{max_age: 800d, max_ages: 1d}", ['unknown key "max_ages"; did you mean "max_age"?']),
        ("{max_age: 8 fortnights}", ['"8 fortnights" is not a duration']),
    ],
)
def test_what_contradicts_is_told_beside_what_is_wrong_by_itself_unless_it_may_come_of_it(read, settings, expected):
    found = read(f"{{id: count, probe: freshness, with: {settings}}}")

    assert len(found.problems) == len(expected), messages(found)
    assert all(one in text for one, text in zip(expected, messages(found), strict=True))
