"""The same modules and targets for blackbox_exporter and for ours: equal samples, or a difference with its reason."""

import contextlib
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest
from end_to_end import blackbox_targets as targets
from end_to_end.blackbox_cases import CASES, DIFFERENCES, SECTIONS, Case
from end_to_end.servers import answers, process, unbound, wait_for
from ports import free_port
from prometheus_client.parser import text_string_to_metric_families

from monitor.modules import our_kinds

pytestmark = pytest.mark.services

TIMINGS = ("_duration_seconds", "_lookup_time_seconds")
README = Path(__file__).parents[2] / "plugins" / "README.md"
ALL = [pytest.param(kind, case, id=str(case)) for kind, cases in CASES.items() for case in cases]
INSTALLED = frozenset(our_kinds().kinds)
SERVED = INSTALLED if find_spec("grpc") else INSTALLED - {"grpc"}

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@dataclass
class Scene:
    ours: str
    theirs: str
    ports: dict[str, int]
    used: set[int] = field(default_factory=set)
    asked: int = 0


@pytest.fixture(scope="module")
def scene(tmp_path_factory, need):
    directory = tmp_path_factory.mktemp("blackbox")
    binaries = {
        "nginx": need("nginx", "nginx-light"),
        "unbound": need("unbound", "unbound"),
        "theirs": need("prometheus-blackbox-exporter", "prometheus-blackbox-exporter"),
    }
    made = targets.authority(directory)
    ports = targets.ports_of("http", "https", "expired", "other", "old")
    with contextlib.ExitStack() as stack:
        stack.enter_context(targets.nginx(binaries["nginx"], directory / "nginx", ports, made))
        ports["dns"] = free_port()
        stack.enter_context(unbound(binaries["unbound"], directory / "unbound", ports["dns"], *targets.ZONE))
        for name, talk in {**targets.ODD, "mail": targets.mail(made)}.items():
            ports[name] = stack.enter_context(targets.talking(talk))
        if "grpc" in SERVED:
            certificates = {
                "grpc_tls": made.issue("grpc", "localhost", "127.0.0.1"),
                "grpc_expired": made.issue("grpc-expired", "localhost", "127.0.0.1", days=-1),
                "grpc_other": made.issue("grpc-other", "other.example"),
            }
            ports |= stack.enter_context(targets.health(certificates))
        ports["closed"], ports["socks"] = free_port(), free_port()
        if socks := shutil.which("microsocks"):  # without it neither of the two reaches a proxy
            stack.enter_context(process([socks, "-i", "127.0.0.1", "-p", str(ports["socks"])], directory))
        modules = module_file(directory, made, ports["socks"])
        scene = Scene(f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}", ports)
        ours = [str(Path(sys.executable).parent / "datashare-monitor"), "blackbox", "--allow", "127.0.0.0/8"]
        for command, address in (([*ours, "--allow", "::1"], scene.ours), ([binaries["theirs"]], scene.theirs)):
            arguments = [*command, f"--config.file={modules}", f"--web.listen-address={address}"]
            stack.enter_context(process(arguments, directory))
        for address in (scene.ours, scene.theirs):
            wait_for(lambda address=address: answers(f"http://{address}/-/healthy"))
        yield scene


def module_file(directory: Path, made, socks: int) -> Path:
    (directory / "token").write_text("from-file")
    sections = "".join(text for kind, text in SECTIONS.items() if kind in INSTALLED)
    path = directory / "blackbox.yml"
    for word, text in {"CA": made.file, "TOKEN": directory / "token", "SOCKS": socks}.items():
        sections = sections.replace(word, str(text))
    path.write_text(f"modules:\n{sections}")
    return path


def probed(address: str, case: Case, ports: dict[str, int], **headers: str) -> Samples:
    target = urllib.parse.quote(case.target.format(**ports), safe="")
    url = f"http://{address}/probe?module={case.module}&target={target}{case.more and '&' + case.more}"
    request = urllib.request.Request(url, headers={"X-Prometheus-Scrape-Timeout-Seconds": "5", **headers})
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def differing(ours: Samples, theirs: Samples) -> dict[tuple[str, tuple], tuple[float | None, float]]:
    """Return what is in theirs and is not, or is another value, in ours; timings only have to be there."""
    found = {}
    for key, value in theirs.items():
        mine = ours.get(key)
        if mine is None or (mine != value and not key[0].endswith(TIMINGS)):
            found[key] = (mine, value)
    return found


@pytest.mark.parametrize(("kind", "case"), ALL)
def test_both_expose_the_same(scene, kind, case):
    if kind not in SERVED:
        pytest.skip(f"no probe kind {kind} is installed, or no server to try it with")

    scene.asked += 1
    ours = probed(scene.ours, case, scene.ports)
    theirs = probed(scene.theirs, case, scene.ports)

    unexplained = {}
    for key, values in differing(ours, theirs).items():
        covering = [number for number, one in enumerate(DIFFERENCES) if one.covers(case, key[0])]
        scene.used.update(covering)
        if not covering:
            unexplained[key] = values
    failure = [dict(labels) for name, labels in ours if name == "probe_failure_info"]
    assert unexplained == {}, f"(ours, theirs); our reason: {failure}"


def test_no_difference_is_listed_that_is_none(scene):
    if scene.asked < sum(len(cases) for kind, cases in CASES.items() if kind in SERVED):
        pytest.skip("only some of the cases ran")

    assert [one.reason for number, one in enumerate(DIFFERENCES) if number not in scene.used] == []


def test_there_are_enough_cases():
    assert sum(map(len, CASES.values())) >= 80
    assert len({case for cases in CASES.values() for case in cases}) == sum(map(len, CASES.values()))


def test_every_difference_is_listed_for_the_reader():
    text = " ".join(README.read_text().split())
    section = text.partition("Differences from blackbox_exporter")[2]

    assert [one.reason for one in DIFFERENCES if one.reason not in section] == []
