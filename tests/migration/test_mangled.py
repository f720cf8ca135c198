"""Promise: whatever stands in a foreign file, what is written can be read, or it is refused."""

import json
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from random import Random

import pytest

from monitor.config.document import parsed
from monitor.inventory import AgencyClass
from monitor.migration import blackbox, gatus, kuma, prometheus
from monitor.migration.file import Identity, migrated
from monitor.migration.foreign import ForeignError, json_file, yaml_file
from monitor.plugin.catalogue import discover

SAMPLES = Path(__file__).parent / "samples"
IDENTITY = Identity(id="a", name="a", agency_class=AgencyClass.CITY)
JUNK = (
    None, True, 0, -1, 1e300, 10**30, "", "http://[", "://", "a\x00b", "\ud800", "http://h:99999/", "${x}", "é" * 300,
    [], {}, [None], {"a": 1}, [{"a": [1]}],
)  # fmt: skip


def places(value, before=()):
    """Yield the path of every value inside one."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*before, key)
        yield from places(inner, (*before, key))


def mangled(value, random: Random):
    value = deepcopy(value)
    for _ in range(random.randint(1, 3)):
        *way, last = random.choice([*places(value)])
        holder = value
        for key in way:
            holder = holder[key]
        holder[last] = deepcopy(random.choice(JUNK))
    return value


def found_in(tool: str, folder: Path, random: Random):
    def written(name: str, value) -> Path:
        file = folder / name
        file.write_text(json.dumps(mangled(value, random)))
        return file

    if tool == "gatus":
        return gatus.proposals(gatus.endpoints_of(written("g", yaml_file(SAMPLES / "gatus.yaml"))))
    if tool == "uptime-kuma":
        return kuma.proposals(kuma.monitors_of(written("k", json_file(SAMPLES / "uptime-kuma.json"))))
    modules = blackbox.modules_of(written("b", yaml_file(SAMPLES / "blackbox.yml")))
    return blackbox.proposals(modules, [*prometheus.probed(written("p", yaml_file(SAMPLES / "prometheus.yml")))])


@pytest.mark.parametrize("tool", ["blackbox", "gatus", "uptime-kuma"])
def test_mangled_file_is_read_or_refused(tool, tmp_path):
    catalogue = discover()
    for seed in range(20):
        with suppress(ForeignError):
            text = migrated(found_in(tool, tmp_path, Random(seed)), catalogue, IDENTITY, tool).text

            node, problems = parsed("a.yaml", text)
            assert (node is None, problems) == (False, [])
