"""What README.md tells to do works as it is written there: commands, plugins, tests and configuration."""

import dataclasses
import errno
import os
import re
import shutil
import socket
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from aiohttp import web
from datashare_monitor_dns import DnsProbe
from datashare_monitor_exec import ExecProbe
from datashare_monitor_heartbeat import HeartbeatProbe
from datashare_monitor_http import HttpProbe
from datashare_monitor_tcp import TcpProbe, UdpProbe
from datashare_monitor_tls import TlsProbe

from monitor.config import load
from monitor.engine.explanation import BY_NUMBER
from monitor.observation import OURS, Reason
from monitor.plugin import up
from monitor.sinks.metrics.own import OF_THE_MONITOR
from monitor.testing import look, serve

ROOT = Path(__file__).parents[1]
README = ROOT / "plugins" / "README.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (\S+/\S+)\n")


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(README.read_text()) if found == language]


def write_named(folder: Path, languages: tuple[str, ...]) -> None:
    """Write the blocks whose first line is the name of a file."""
    for language in languages:
        for text in blocks(language):
            if named := NAMED.match(text):
                file = folder / named[1]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)


def repository(folder: Path) -> Path:
    """Make a folder that looks like this repository after ``make install``, with an environment of its own."""
    (folder / "plugins").mkdir(parents=True)
    shutil.copytree(ROOT / "plugins" / "template", folder / "plugins" / "template")
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "tests").mkdir()
    (folder / "LICENSE").touch()
    environment = folder / ".venv"
    venv.create(environment, with_pip=False)
    [packages] = environment.glob("lib/python3*/site-packages")
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "shared.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    for command, module in (("pip", "pip"), ("pytest", "pytest"), ("datashare-monitor", "monitor")):
        script = environment / "bin" / command
        script.write_text(f'#!/bin/sh\nexec "{environment}/bin/python" -m {module} "$@"\n')
        script.chmod(0o755)
    return folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.timeout(180)
def test_ten_minutes_end_on_metrics(tmp_path):
    here = repository(tmp_path / "repository")
    web_port, file_port = str(free_port()), str(free_port())
    copy, install, see = blocks("sh")

    def run(commands: str) -> str:
        script = commands.replace("9664", web_port).replace("8099", file_port)
        script = script.replace("serve try", f"serve try --listen 127.0.0.1:{web_port}")
        ended = subprocess.run(
            ["bash", "-e", "-c", f"trap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT\n{script}"],
            cwd=here,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    run(copy)
    write_named(here, ("python", "yaml"))
    for file in (here / "try").rglob("*.yaml"):
        file.write_text(file.read_text().replace("8099", file_port))
    tested = run(install)
    seen = run(see)

    assert "8 passed" in tested
    [promised] = blocks("")
    assert promised.strip() in seen.splitlines()


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


@pytest.mark.parametrize("folder", ["kinds", "limits", "conversations", "exchange", "usage"])
def test_configuration_is_read_without_a_problem(folder, tmp_path):
    write_named(tmp_path, ("yaml",))

    loaded = load(tmp_path / folder)

    assert [str(problem) for problem in loaded.problems if problem.is_error] == []
    assert loaded.settings is not None


def test_every_kind_has_an_example(tmp_path):
    write_named(tmp_path, ("yaml",))

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
