"""One plugin that breaks is named, and leaves all others installed."""

import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from monitor.plugin.catalogue import discover, on_demand
from monitor.plugin.hookspecs import PROJECT
from monitor.plugin.probe import Where
from monitor.settings import Placement, PluginSettings

GOOD = """
from dataclasses import dataclass
from monitor.plugin import Measure, ProbeKind, SourceKind, hookimpl, up

@dataclass(frozen=True, kw_only=True)
class Probe:
    {body}
    async def observe(self, vantage):
        return up()

@hookimpl
def monitor_kinds():
    yield ProbeKind("{kind}", Probe, measures=[Measure("{measure}", "{help}")])
"""


def good(kind: str = "good", measure: str = "probe_good", help: str = "Good.", body: str = "a: int = 1") -> str:  # noqa: A002
    return GOOD.format(kind=kind, measure=measure, help=help, body=body)


BROKEN = {
    "raises": ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    "exits": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "no_syntax": ("def (", "SyntaxError"),
    "imports_nothing": ("import there_is_no_such_module", "ModuleNotFoundError: No module named"),
    "misspelt": (good().replace("def monitor_kinds", "def monitor_kind"), "unknown hook 'monitor_kind'"),
    "no_hook": ("x = 1", "offers no kinds"),
    "offers_nothing": (good().replace("    yield", "    return []\n    yield"), "offers no kinds"),
    "hook_raises": (good().replace("    yield", "    1 / 0\n    yield"), "ZeroDivisionError"),
    "returns_none": (good().replace("    yield", "    return 5 #"), "'int' object is not iterable"),
    "wrong_type": (good().replace("    yield ProbeKind", "    yield str"), "TypeError"),
    "offers_text": (good().replace("    yield", "    yield 'http' #"), "monitor_kinds offers a str"),
    "not_frozen": (good().replace("frozen=True, ", ""), "Probe is not frozen"),
    "later_contract": ("MONITOR_CONTRACT = 2\n" + good(), "written for contract 2, and this monitor keeps contract 1"),
    "unreadable_field": (good(body="a: object.__class__.__base__ = 1\n    b: 'Nothing' = 2"), "cannot fill"),
}


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def make(name: str, source: str) -> EntryPoint:
        (tmp_path / f"{name}_plugin.py").write_text(source)
        made.append(f"{name}_plugin")
        return EntryPoint(name, f"{name}_plugin", PROJECT)

    yield make
    for module in made:
        sys.modules.pop(module, None)


def on(*names: str, **settings: object) -> dict[str, PluginSettings]:
    return dict.fromkeys(names, PluginSettings(**settings))


@pytest.mark.parametrize("name", BROKEN)
def test_broken_plugin_is_named_and_leaves_the_others_installed(name, plugin):
    source, cause = BROKEN[name]
    found = [
        plugin("aaa", good("before", "probe_before")),
        plugin(name, source),
        plugin("zzz", good("after", "probe_after")),
    ]

    catalogue = discover(on("aaa", name, "zzz"), found=found)

    assert set(catalogue.kinds) == {"before", "after"}
    assert set(catalogue.failures) == {name}
    assert cause in catalogue.failures[name]


def test_plugin_that_nobody_named_is_not_imported(plugin):
    catalogue = discover({}, found=[plugin("stranger", "raise RuntimeError")])

    assert not catalogue.failures
    assert not catalogue.kinds
    assert "stranger_plugin" not in sys.modules
    assert [one.name for one in catalogue.installed] == ["stranger"]


def test_plugin_that_is_switched_off_is_not_imported(plugin):
    catalogue = discover(on("stranger", enabled=False), found=[plugin("stranger", "raise RuntimeError")])

    assert not catalogue.failures


def test_only_the_plugins_asked_for_are_loaded(plugin):
    found = [plugin("one", good("one", "probe_one")), plugin("two", good("two", "probe_two"))]

    catalogue = discover(on("one", "two"), only=("two",), found=found)

    assert set(catalogue.kinds) == {"two"}


def test_plugin_known_to_kill_its_process_is_not_tried(plugin):
    found = [plugin("killer", "import os; os._exit(1)")]

    catalogue = discover(on("killer"), found=found, failed={"killer": "it killed the process"})

    assert catalogue.failures == {"killer": "it killed the process"}


def test_each_plugin_is_announced_before_it_is_loaded(plugin):
    told: list[str] = []
    found = [plugin("one", good("one", "probe_one")), plugin("two", "raise RuntimeError")]

    discover(on("one", "two"), found=found, loading=told.append)

    assert told == ["one", "two", ""]


def test_second_kind_of_the_same_name_fails(plugin):
    found = [plugin("one", good("same", "probe_one")), plugin("two", good("same", "probe_two"))]

    catalogue = discover(on("one", "two"), found=found)

    assert catalogue.plugin_of == {"same": "one"}
    assert catalogue.failures == {"two": 'the probe kind "same" is already offered by one'}


def test_measure_may_be_shared_when_it_is_declared_alike(plugin):
    found = [plugin("one", good("one", "probe_same")), plugin("two", good("two", "probe_same"))]

    assert not discover(on("one", "two"), found=found).failures


def test_measure_declared_differently_fails_the_second_plugin(plugin):
    found = [plugin("one", good("one", "probe_same", "Seconds.")), plugin("two", good("two", "probe_same", "Metres."))]

    catalogue = discover(on("one", "two"), found=found)

    assert set(catalogue.kinds) == {"one"}
    assert catalogue.failures == {"two": 'the measure "probe_same" is declared differently by one'}


def test_second_plugin_of_the_same_name_fails_and_the_first_stays(plugin):
    first, second = plugin("same", good("one", "probe_one")), plugin("same", good("one", "probe_one"))

    catalogue = discover(on("same"), found=[first, second])

    assert set(catalogue.kinds) == {"one"}
    assert "there is another plugin with the name same" in "; ".join(catalogue.failures.values())


def test_plugin_of_others_runs_in_a_worker_unless_the_operator_says_otherwise(plugin):
    found = [plugin("one", good())]

    assert discover(on("one"), found=found).where == {"good": Where.WORKER}
    assert discover(on("one", run=Placement.IN_LOOP), found=found).where == {"good": Where.IN_LOOP}


def test_blocking_observe_runs_in_a_thread(plugin):
    found = [plugin("one", good().replace("async def observe", "def observe"))]

    assert discover(on("one", run=Placement.IN_LOOP), found=found).where == {"good": Where.THREAD}


def test_kind_that_asks_for_a_worker_gets_one(plugin):
    found = [plugin("one", good().replace("measures=", "worker=True, measures="))]

    assert discover(on("one", run=Placement.IN_LOOP), found=found).where == {"good": Where.WORKER}


def test_endless_offer_ends(plugin):
    source = good().replace("    yield ProbeKind", "    while True: yield ProbeKind")

    catalogue = discover(on("one"), found=[plugin("one", source)])

    assert "already offered by itself" in catalogue.failures["one"]


def test_entry_point_may_name_an_object_in_a_module(plugin):
    plugin("one", good())
    source = "import types, one_plugin\nspace = types.SimpleNamespace(monitor_kinds=one_plugin.monitor_kinds)"
    plugin("two", source)

    catalogue = discover(on("two"), found=[EntryPoint("two", "two_plugin:space", PROJECT)])

    assert set(catalogue.kinds) == {"good"}
    assert catalogue.loaded["two"].module == "two_plugin"


def test_ours_are_on_by_default_and_run_in_the_daemon_but_for_what_keeps_a_processor_busy():
    catalogue = discover()

    assert {"http", "tcp", "tls", "dns", "freshness"} <= set(catalogue.kinds)
    assert all(plugin.is_ours for plugin in catalogue.loaded.values())
    assert [name for name, where in catalogue.where.items() if where is Where.WORKER] == ["usage"]
    assert not catalogue.failures


def test_one_of_ours_can_be_switched_off():
    assert "dns" not in discover(on("dns", enabled=False)).kinds


def test_plugin_of_ours_is_loaded_when_one_of_its_kinds_is_asked_for():
    told: list[str] = []
    catalogue = on_demand(loading=told.append)

    assert (catalogue.kinds["udp"].name, catalogue.sources["soap"].name) == ("udp", "soap")
    assert told == ["tcp", "", "soap", ""]
    assert {*catalogue.loaded} == {"tcp", "soap"}


def test_kind_that_nobody_knows_is_looked_for_in_all():
    catalogue = on_demand()

    assert "telepathy" not in catalogue.kinds
    assert {*catalogue.loaded} == {plugin.name for plugin in catalogue.installed if plugin.is_ours}


def test_each_of_ours_says_without_its_import_what_it_offers():
    catalogue = discover()

    offered = [*catalogue.plugin_of.items(), *catalogue.plugin_of_source.items()]
    unknown = [kind for kind, plugin in offered if not catalogue.loaded[plugin].is_known_to_offer(kind)]
    assert not unknown, "name them in MORE_KINDS"


def test_plugin_of_others_has_all_loaded_so_that_ours_go_first(plugin):
    found = [*entry_points(group=PROJECT), plugin("one", good("http"))]

    catalogue = on_demand(on("one"), found=found)

    assert "redis" in catalogue.loaded
    assert catalogue.failures == {"one": 'the probe kind "http" is already offered by http'}


def test_kind_whose_driver_is_missing_fails_by_name_when_it_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "datashare_monitor_tcp", None)
    catalogue = on_demand()

    assert not catalogue.failures
    assert "udp" not in catalogue.kinds
    assert catalogue.failed_with("udp") == "tcp"
    assert "ModuleNotFoundError" in catalogue.failures["tcp"]
