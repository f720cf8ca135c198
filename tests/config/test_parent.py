"""Configuration is read in a child process: whatever a plugin does there, the daemon's loop runs on."""

import asyncio
import dataclasses
import gc
import os
import sys
import threading
import time
from pathlib import Path

import pytest
from config.landscape import AGENCY, write

from monitor.config import load, load_in_child
from monitor.config.parent import Limits
from monitor.plugin.probe import Where
from monitor.plugin.remote import RemoteProbe, UnavailableProbe

KIND = """
from dataclasses import dataclass
from monitor.plugin import ProbeKind, Secret, hookimpl, up

@dataclass(frozen=True, kw_only=True)
class Probe:
    target: str
    token: Secret | None = None
    {body}
    async def observe(self, vantage):
        return up()

@hookimpl
def monitor_kinds():
    yield ProbeKind("{name}", Probe)
"""
OURS = "{id: ours, probe: http, with: {target: https://portal.hanoi.example/}}"


def kind(name: str, body: str = "") -> str:
    return KIND.format(name=name, body=body)


@pytest.fixture
def country(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install plugins, as pip would, where the child finds them, and write a directory that uses each of them."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(site))

    def make(monitor: str = "", **plugins: str) -> Path:
        for name, source in plugins.items():
            (site / f"{name}_kinds.py").write_text(source)
            facts = site / f"agency_{name}-1.2.dist-info"
            facts.mkdir()
            (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: agency-{name}\nVersion: 1.2\n")
            (facts / "entry_points.txt").write_text(f"[datashare_monitor]\n{name} = {name}_kinds\n")
        checks = [OURS, *(f"{{id: {name}, probe: {name}, with: {{target: a.example}}}}" for name in plugins)]
        named = "".join(f"  {name}: {{}}\n" for name in plugins)
        files = {
            "monitor.yaml": monitor or (f"plugins:\n{named}" if plugins else "{}"),
            "agencies/ha-noi.yaml": (
                f"{AGENCY}systems:\n  - {{id: portal, kind: portal, name: Cổng, checks: [{', '.join(checks)}]}}\n"
            ),
        }
        return write(tmp_path / "config", files)

    return make


async def test_child_reads_what_this_process_would_read(country):
    directory = country()

    found = await load_in_child(directory)

    here = load(directory)
    assert found.inventory == here.inventory
    assert found.settings == here.settings
    assert found.plugins == here.plugins


async def test_checks_and_systems_that_did_not_change_are_the_same_objects(country):
    directory = country()
    same, changed = (
        f"{AGENCY.replace('ha-noi', agency)}systems: [{{id: s, kind: hub, name: S, checks: [{OURS}]}}]\n"
        for agency in ("hue", "da-nang")
    )
    write(directory, {"monitor.yaml": "{}", "agencies/hue.yaml": same, "agencies/da-nang.yaml": changed})
    before = await load_in_child(directory)
    moved = changed.replace("portal.hanoi.example", "www.hanoi.example").replace("name: S,", "name: T,")
    write(directory, {"monitor.yaml": "{}", "agencies/da-nang.yaml": moved})

    found = await load_in_child(directory, before)

    then, now = before.inventory.checks, found.inventory.checks
    assert [name for name in now if now[name] is not then[name]] == ["da-nang/s/ours"]
    systems = found.inventory.systems
    assert [name for name in systems if systems[name] is not before.inventory.systems[name]] == ["da-nang/s"]
    assert now["da-nang/s/ours"].probe.target == "https://www.hanoi.example/"
    assert found.inventory == load(directory).inventory


async def test_configuration_that_leaves_nothing_of_the_one_before_is_an_error_of_its_agencies(country):
    directory = country()
    before = await load_in_child(directory)
    (directory / "agencies" / "ha-noi.yaml").unlink()

    found, anew = await load_in_child(directory, before), await load_in_child(directory)

    assert found.inventory is None
    [error] = [problem for problem in found.problems if problem.is_error]
    assert error.place == "agencies"
    assert error.message.startswith("there is no file in it any more, so that nothing would be watched (until now 1 ")
    assert anew.inventory is not None


async def test_agencies_that_lose_their_last_check_are_an_error_too(country):
    directory = country()
    before = await load_in_child(directory)
    write(directory, {"monitor.yaml": "{}", "agencies/ha-noi.yaml": AGENCY})

    found = await load_in_child(directory, before)

    assert found.inventory is None
    assert "no file in it has a check any more" in found.problems[-1].message


KEEPS = "def __post_init__(self):\n        object.__setattr__(self, 'kept', {value})"
LOCAL = """
def here():
{body}
    return Probe

@hookimpl
def monitor_kinds():
    yield ProbeKind("taken", here())
"""


def local(source: str) -> str:
    """Return the plugin with its probe in a function, where no other process finds it."""
    imports, _, rest = source.partition("@dataclass")
    probe = f"@dataclass{rest.partition('@hookimpl')[0]}"
    return imports + LOCAL.format(body="".join(f"    {line}\n" for line in probe.splitlines()))


@pytest.mark.parametrize(
    "source",
    [
        local(kind("taken")),
        kind("taken", KEEPS.format(value="lambda: 1")),
        kind("taken", KEEPS.format(value="__import__('re').compile('x')")),
        kind("taken", KEEPS.format(value="__import__('threading').Lock()")),
    ],
    ids=["in a function", "a function", "a pattern", "a lock"],
)
async def test_probe_that_cannot_come_into_the_daemon_is_unknown_and_the_others_are_read(country, source):
    directory = country("plugins: {taken: {run: in_loop}}", taken=source)
    agency = directory / "agencies" / "ha-noi.yaml"
    agency.write_text(agency.read_text().replace("]}", f", {OURS.replace('id: ours', 'id: after')}]}}"))

    found = await load_in_child(directory)

    assert found.inventory is not None, found.problems
    checks = found.inventory.checks
    assert isinstance(checks["ha-noi/portal/taken"].probe, UnavailableProbe)
    assert checks["ha-noi/portal/ours"].probe.target == "https://portal.hanoi.example/"
    [problem] = found.problems
    assert not problem.is_error
    assert "plain values" in problem.message
    assert "run: worker" in problem.message


async def test_probe_of_a_trusted_plugin_comes_with_a_source_of_ours(country, tmp_path, monkeypatch):
    source = kind("rowing", "source: Source | None = None").replace("Secret,", "Secret, Source,")
    directory = country("plugins: {rowing: {run: in_loop}}", rowing=source)
    monkeypatch.syspath_prepend(tmp_path / "site")
    agency = directory / "agencies" / "ha-noi.yaml"
    rows = "{http: {url: https://a.example/rows}}"
    agency.write_text(agency.read_text().replace("target: a.example", f"target: a.example, source: {rows}"))

    found = await load_in_child(directory)

    assert found.problems == ()
    assert found.inventory.checks["ha-noi/portal/rowing"].probe.source.url == "https://a.example/rows"
    sys.modules.pop("rowing_kinds", None)


async def test_errors_come_back_with_their_places_and_no_inventory(tmp_path):
    write(tmp_path, {"monitor.yaml": "{}", "agencies/a.yaml": AGENCY.replace("city", "town")})

    found = await load_in_child(tmp_path)

    assert found.inventory is None
    assert found.problems[0].place == "agencies/a.yaml:1:29 agency.class"


async def test_plugin_of_others_becomes_remote_and_is_never_imported_here(country):
    source = kind("pigeon", "async def nothing(self): ...")

    found = await load_in_child(country(pigeon=source))

    check = found.inventory.checks["ha-noi/portal/pigeon"]
    assert check.where is Where.WORKER
    assert check.probe == RemoteProbe(plugin="pigeon", kind="pigeon", settings='{"target":"a.example"}')
    assert check.host == "a.example"
    assert "pigeon_kinds" not in sys.modules
    [report] = [plugin for plugin in found.plugins if plugin.name == "pigeon"]
    assert (report.distribution, report.version, report.is_ours) == ("agency-pigeon", "1.2", False)


async def test_plugin_that_nobody_named_is_not_loaded_in_the_child_either(country, tmp_path):
    trace = tmp_path / "trace"
    directory = country(monitor="{}", nosy=f"open({str(trace)!r}, 'w')")

    found = await load_in_child(directory)

    assert not trace.exists()
    assert found.inventory is None  # its check names a kind that is not there
    assert "no probe kind" in found.problems[0].message


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import os; os._exit(3)", "ended with exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "killed by signal 11"),
        ("while True: pass", "did not end within 1 s"),
        ("import sys; sys.exit(1)", "SystemExit: 1"),
    ],
)
async def test_plugin_that_breaks_its_process_is_named_and_everything_else_is_read(source, cause, country):
    found = await load_in_child(country(broken=source), limits=Limits(plugin_seconds=1))

    assert [plugin.name for plugin in found.plugins if cause in plugin.failure] == ["broken"]
    assert isinstance(found.inventory.checks["ha-noi/portal/broken"].probe, UnavailableProbe)
    assert found.inventory.checks["ha-noi/portal/ours"].kind == "http"
    assert not any(problem.is_error for problem in found.problems)


async def test_several_plugins_that_kill_the_process_are_each_named(country):
    found = await load_in_child(
        country(one="import os; os._exit(1)", two="import os; os._exit(2)", three=kind("three"))
    )

    assert {plugin.name for plugin in found.plugins if plugin.failure} == {"one", "two"}
    assert isinstance(found.inventory.checks["ha-noi/portal/three"].probe, RemoteProbe)


async def test_plugin_that_kills_the_process_when_it_is_configured_is_named(country):
    source = kind("late", "def __post_init__(self):\n        import os; os._exit(4)\n")

    found = await load_in_child(country(late=source))

    [report] = [plugin for plugin in found.plugins if plugin.failure]
    assert (report.name, report.failure) == ("late", "the process that loaded it was ended with exit code 4")


async def test_plugin_that_exits_or_raises_when_it_is_configured_leaves_its_check_unavailable(country):
    source = kind("late", "def __post_init__(self):\n        import sys; sys.exit(4)\n")

    found = await load_in_child(country(late=source))

    assert isinstance(found.inventory.checks["ha-noi/portal/late"].probe, UnavailableProbe)
    assert "the plugin late failed on these settings: SystemExit" in found.problems[0].message


async def test_what_a_plugin_prints_does_not_get_among_the_pieces(country):
    noise = "import os, sys\nprint('x' * 100_000)\nos.write(1, b'y' * 100_000)\nsys.stderr.write('z' * 100_000)\n"

    found = await load_in_child(country(noisy=noise + kind("noisy")))

    assert isinstance(found.inventory.checks["ha-noi/portal/noisy"].probe, RemoteProbe)


async def test_plugin_sees_no_secret_of_the_daemon(country, tmp_path, monkeypatch):
    monkeypatch.setenv("LGSP_TOKEN", "hunter2")
    trace = tmp_path / "trace"
    nosy = f"import os\nopen({str(trace)!r}, 'w').write(repr(dict(os.environ)))\n"

    await load_in_child(country(nosy=nosy + kind("nosy")))

    assert "hunter2" not in trace.read_text()


async def test_plugin_cannot_make_the_daemon_import_it(country):
    """It writes a piece of its own, with a class of its own, to the pipe it finds among its descriptors."""
    forging = """
import gc, os, sys
from monitor.config.pieces import ChecksRead
from monitor.config.wire import framed
class Mine:
    pass
for descriptor in range(3, 20):
    try:
        os.write(descriptor, framed(ChecksRead((Mine(),))))
    except OSError:
        pass
"""
    found = await load_in_child(country(forger=forging + kind("forger")))

    assert "forger_kinds" not in sys.modules
    assert {plugin.name for plugin in found.plugins if plugin.failure} == {"forger"}
    assert found.inventory.checks["ha-noi/portal/ours"].kind == "http"


async def test_operator_may_let_a_plugin_run_in_the_daemon(country, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path / "site")
    directory = country(monitor="plugins: {trusted: {run: in_loop}}", trusted=kind("trusted"))

    found = await load_in_child(directory)

    check = found.inventory.checks["ha-noi/portal/trusted"]
    assert check.where is Where.IN_LOOP
    assert type(check.probe).__module__ == "trusted_kinds"
    sys.modules.pop("trusted_kinds", None)


async def test_plugin_is_imported_beside_the_loop(country, monkeypatch, tmp_path):
    """A driver takes a quarter of a second to import: nobody's probes wait for it."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    source = "import threading\nIMPORTED_BY = threading.current_thread()\n"
    directory = country(monitor="plugins: {heavy: {run: in_loop}}", heavy=source + kind("heavy"))

    found = await load_in_child(directory)

    imported = sys.modules.pop("heavy_kinds")
    assert type(found.inventory.checks["ha-noi/portal/heavy"].probe) is imported.Probe
    assert imported.IMPORTED_BY is not threading.main_thread()


async def test_child_is_gone_when_the_load_is_cancelled(country):
    directory = country(slow="import time; time.sleep(60)")
    loading = asyncio.create_task(load_in_child(directory))
    await asyncio.sleep(1.0)

    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading

    assert not [pid for pid in children() if b"monitor.config.child" in command(pid)]


async def test_loop_runs_on_and_the_collector_is_as_before(country):
    text = f"{AGENCY}systems:\n" + "".join(
        f"  - {{id: s{number}, kind: portal, name: a, checks: [{OURS}]}}\n" for number in range(1500)
    )
    directory = write(country(), {"monitor.yaml": "{}", "agencies/ha-noi.yaml": text})
    thresholds = gc.get_threshold()
    await load_in_child(directory)  # imports what has to be imported
    busy: list[float] = []

    async def watch() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            busy.append(time.thread_time() - before)
            await asyncio.sleep(0.001)

    watching = asyncio.create_task(watch())
    found = await load_in_child(directory)
    watching.cancel()

    assert len(found.inventory.checks) == 1500
    assert max(busy) < 0.05
    assert gc.get_threshold() == thresholds


async def test_one_before_may_have_had_very_many_pieces(tmp_path):
    one = f"{AGENCY.replace('ha-noi', 'a0')}systems: [{{id: s, kind: portal, name: a, checks: [{OURS}]}}]\n"
    directory = write(tmp_path, {"monitor.yaml": "{}", "agencies/a0.yaml": one})
    before = await load_in_child(directory)
    many = dataclasses.replace(before, pieces={**before.pieces, **{f"{number:016x}": None for number in range(8000)}})

    after = await load_in_child(directory, many)

    assert after.inventory.checks["a0/s/ours"] is before.inventory.checks["a0/s/ours"]


async def test_settings_that_come_after_a_plugin_ran_are_not_believed(country):
    forging = """
import os
from monitor.config.pieces import SettingsRead
from monitor.config.wire import framed
from monitor.settings import Settings
for descriptor in range(3, 20):
    try:
        os.write(descriptor, framed(SettingsRead(Settings(vantage="forged"))))
    except OSError:
        pass
"""
    found = await load_in_child(country(forger=forging + kind("forger")))

    assert found.settings.vantage == "local"
    assert [(plugin.name, plugin.failure) for plugin in found.plugins if plugin.failure] == [
        ("forger", "it sent settings of its own")
    ]


async def test_child_that_cannot_be_started_is_a_problem(country, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    found = await load_in_child(country())

    assert found.inventory is None
    assert "No such file" in found.problems[0].message


async def test_no_descriptor_is_left_open(country):
    directory = country()
    await load_in_child(directory)
    before = descriptors()

    await load_in_child(directory)

    assert descriptors() == before


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
