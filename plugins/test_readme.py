"""What README.md says of plugins, probes and kinds is so; its shell blocks are typed by ``tests/test_documents.py``."""

import dataclasses
import errno
import re
import tomllib
from pathlib import Path

import pytest
from aiohttp import web
from datashare_monitor_dns import DnsProbe
from datashare_monitor_exec import ExecProbe
from datashare_monitor_heartbeat import HeartbeatProbe
from datashare_monitor_http import HttpProbe
from datashare_monitor_tcp import TcpProbe, UdpProbe
from datashare_monitor_tls import TlsProbe
from documents.block import NAMED, write_files
from documents.block import blocks as found_in

from monitor.config import load
from monitor.engine.explanation import BY_NUMBER
from monitor.observation import OURS, Reason
from monitor.plugin import up
from monitor.sinks.metrics.own import OF_THE_MONITOR
from monitor.testing import look, serve

ROOT = Path(__file__).parents[1]
README = ROOT / "plugins" / "README.md"


def blocks(language: str) -> list[str]:
    return [block.text for block in found_in(README, language)]


def test_plugin_of_the_tutorial_is_found_by_its_entry_point():
    """The shell blocks are typed, and the files written, by ``tests/test_documents.py``."""
    [text] = blocks("toml")
    template = (ROOT / "plugins" / "template" / "pyproject.toml").read_text().replace("template", "queue")

    assert tomllib.loads(text)["project"]["entry-points"] == tomllib.loads(template)["project"]["entry-points"]


def test_plugin_of_the_tutorial_has_forty_lines():
    [text] = [text for text in blocks("python") if text.startswith("# plugins/queue/datashare_monitor_queue.py")]

    assert len([line for line in text.splitlines()[1:] if line.strip()]) <= 40


@pytest.mark.parametrize("text", [text for text in blocks("python") if not NAMED.match(text)])
def test_python_runs(text):
    exec(compile(text, README.name, "exec"), {"__name__": "readme"})


async def test_testing_kit_works():
    [text] = [text for text in blocks("python") if "async def example()" in text]
    names: dict[str, object] = {}

    exec(compile(text, README.name, "exec"), names)

    await names["example"]()


async def test_source_yields_rows():
    [text] = [text for text in blocks("python") if "class Lines" in text]
    names: dict[str, object] = {"__name__": __name__}
    exec(compile(text, README.name, "exec"), names)
    found = []

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="a\nb\nc")

    class Reading:
        async def observe(self, vantage):
            found.extend([row async for row in source.rows(vantage)])
            return up()

    async with serve(answer) as url:
        source = names["Lines"](url=url, most=2)
        await look(Reading())

    assert found == [{"number": 0, "line": "a"}, {"number": 1, "line": "b"}]


def test_every_kind_has_an_example(tmp_path):
    write_files(README, tmp_path)

    loaded = load(tmp_path / "kinds")

    kinds = {file.parent.name for file in README.parent.glob("*/pyproject.toml")}
    assert {check.kind for check in loaded.inventory.checks.values()} == kinds


def test_every_option_said_to_be_ours_exists():
    text = README.read_text()
    kinds = text[text.index("## The kinds here") : text.index("```yaml\n# kinds/monitor.yaml")]
    probes = {
        "http": HttpProbe,
        "tcp": TcpProbe,
        "udp": UdpProbe,
        "tls": TlsProbe,
        "dns": DnsProbe,
        "exec": ExecProbe,
        "heartbeat": HeartbeatProbe,
    }
    for name, probe in probes.items():
        [line] = [line for line in kinds.splitlines() if line.startswith(f"| [`{name}`]")]
        options = re.findall(r"`(\w+)`", line)[1:]
        assert set(options) <= {field.name for field in dataclasses.fields(probe)}


def test_metrics_of_the_monitor_that_are_named_exist():
    named = set(re.findall(r"`datashare_monitor_(\w+)`", README.read_text())) - {"queue"}

    assert named
    assert {f"datashare_monitor_{name}" for name in named} <= {family.name for family in OF_THE_MONITOR}


def test_table_of_reasons_names_them_all():
    text = README.read_text()
    section = text[text.index("### Reasons") : text.index("### Measures")]
    told = set(re.findall(r"`([a-z_]+)`", section))
    scheduling = {Reason.PENDING, Reason.WORKER, Reason.LAGGED, Reason.SKIPPED, Reason.OVERDUE}

    assert {str(reason) for reason in Reason} - {str(reason) for reason in scheduling} <= told
    assert scheduling <= OURS
    for number, reason in BY_NUMBER.items():
        name = errno.errorcode[number]
        if reason in OURS:
            [row] = [line for line in section.splitlines() if f"`{name}`" in line]
            assert f"| `{reason}` | unknown |" in row
