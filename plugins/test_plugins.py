"""All plugin folders are alike, so that whoever has read one has read them all."""

import tomllib
from importlib import import_module
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

from monitor.config.fields import fields_of
from monitor.plugin import ProbeKind
from monitor.plugin.hookspecs import PROJECT
from monitor.testing import assert_conforms

HERE = Path(__file__).parent
NAMES = sorted(file.parent.name for file in HERE.glob("*/pyproject.toml"))
DRIVERS = {
    "contract": ["jsonschema", "lxml", "referencing"],
    "dns": ["dnspython"],
    "freshness": ["holidays"],
    "grpc": ["h2"],
    "heartbeat": ["cronsim"],
    "http": ["cel-expr-python"],
    "kafka": ["aiokafka"],
    "mongodb": ["pymongo"],
    "rabbitmq": ["pamqp"],
    "redis": ["redis"],
    "s3": ["lxml"],
    "sftp": ["asyncssh"],
    "sql": ["aiomysql", "asyncpg", "oracledb", "pyOpenSSL", "python-tds", "sqlglot"],
    "tls": ["pyOpenSSL"],
    "usage": ["lxml"],
    "websocket": ["websockets"],
}
"""What a plugin needs beside the monitor; everything else comes with it."""


def project(name: str) -> dict:
    return tomllib.loads((HERE / name / "pyproject.toml").read_text())


def test_first_kinds_are_here():
    assert set(NAMES) >= {"http", "tcp", "tls", "dns", "exec", "heartbeat", "freshness", "template"}


@pytest.mark.parametrize("name", NAMES)
def test_folder_holds_project_module_and_test(name):
    module = f"datashare_monitor_{name}"
    found = {path.name for path in (HERE / name).iterdir() if path.name not in {"__pycache__", "conftest.py"}}
    more_tests = {file for file in found if file.startswith("test_")} - {f"test_{name}.py"}

    assert found - more_tests in (
        {"pyproject.toml", f"{module}.py", f"test_{name}.py"},
        {"pyproject.toml", module, f"test_{name}.py"},
    )


@pytest.mark.parametrize("name", NAMES)
def test_metadata_has_the_same_shape_everywhere(name):
    found = project(name)
    description = found["project"].pop("description")
    dependencies = [text.partition(">=")[0] for text in found["project"].pop("dependencies")]

    assert found == {
        "build-system": {"requires": ["hatchling>=1.27"], "build-backend": "hatchling.build"},
        "project": {
            "name": f"datashare-monitor-{name}",
            "version": version("datashare-monitor"),
            "requires-python": ">=3.11",
            "license": "MIT",
            "entry-points": {PROJECT: {name: f"datashare_monitor_{name}"}},
        },
        "tool": {
            "hatch": {
                "build": {
                    "targets": {"wheel": {"include": [f"/datashare_monitor_{name}*"], "dev-mode-dirs": ["."]}},
                }
            }
        },
    }
    assert description.startswith(f"Probe kind {name} of datashare-monitor: ")
    assert dependencies == ["datashare-monitor", *DRIVERS.get(name, [])]


@pytest.mark.parametrize("name", NAMES)
async def test_plugin_conforms_and_offers_the_kind_it_is_called_after(name):
    module = import_module(f"datashare_monitor_{name}")

    await assert_conforms(module)

    assert name in [kind.name for kind in module.monitor_kinds() if isinstance(kind, ProbeKind)]
    assert module.MONITOR_CONTRACT == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_explained(name):
    offered = import_module(f"datashare_monitor_{name}").monitor_kinds()
    probes = [kind.probe for kind in offered if isinstance(kind, ProbeKind)]

    assert [field.name for probe in probes for field in fields_of(probe) if not field.help] == []


@pytest.mark.parametrize("name", NAMES)
def test_plugin_is_installed(name):
    assert [found.value for found in entry_points(group=PROJECT, name=name)] == [f"datashare_monitor_{name}"]


@pytest.mark.parametrize("name", NAMES)
def test_readme_lists_the_kind_and_its_fields(name):
    lines = (HERE / "README.md").read_text().splitlines()

    assert [line for line in lines if line.startswith(f"| [`{name}`]({name}) |")]


def test_readme_lists_no_kind_that_is_gone():
    lines = (HERE / "README.md").read_text().splitlines()
    listed = {line.split("](")[1].split(")")[0] for line in lines if line.startswith("| [`")}

    assert sorted(listed) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_modules_are_short(name):
    longest = max(
        (len(file.read_text().splitlines()), file.name)
        for file in (HERE / name).rglob("*.py")
        if "test_" not in file.name and file.name != "conftest.py"
    )

    assert longest[0] <= 200, longest[1]
