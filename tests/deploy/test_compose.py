"""The services of compose.yaml are confined, find each other and their files, and say nothing beyond this machine."""

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from monitor.cli import group

FOLDER = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "logging", "mem_limit",
    "network_mode", "networks", "pids_limit", "ports", "read_only", "restart", "security_opt", "stop_grace_period",
    "tmpfs", "user", "volumes",
}  # fmt: skip
TOP = {"name", "x-confined", "services", "networks", "volumes"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
OURS = sorted(name for name, one in SERVICES.items() if one["image"] == "datashare-monitor")


def test_every_key_is_one():
    assert COMPOSE.keys() == TOP
    assert {key for one in SERVICES.values() for key in one} <= KEYS


@pytest.mark.parametrize("name", SERVICES)
def test_service_is_confined(name):
    one = SERVICES[name]

    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["mem_limit"]
    assert one["pids_limit"]
    assert str(one.get("user", "")).partition(":")[0] not in {"0", "root"}


@pytest.mark.parametrize("name", SERVICES)
def test_image_has_a_version_or_is_built_here(name):
    image = SERVICES[name]["image"]

    assert name in OURS or re.fullmatch(r"[a-z0-9./-]+:v?[0-9]+\.[0-9.]+", image), image


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_this_machines_alone(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


def test_no_port_is_taken_twice():
    taken = [port.split(":")[1] for one in SERVICES.values() for port in one.get("ports", ())]

    assert len(taken) == len(set(taken))


@pytest.mark.parametrize("name", SERVICES)
def test_volumes_are_declared_and_files_are_there(name):
    for volume in SERVICES[name].get("volumes", ()):
        source, _, *mode = volume.split(":")
        if not source.startswith("."):
            assert source in COMPOSE["volumes"]
            continue
        assert mode == ["ro"], volume
        if source == "./prometheus/rules" and not (FOLDER / source).exists():
            pytest.skip("deploy/prometheus/rules is not there")
        assert (FOLDER / source).exists(), volume


def test_every_volume_and_network_is_used():
    used = {volume.split(":")[0] for one in SERVICES.values() for volume in one.get("volumes", ())}
    networks = {network for one in SERVICES.values() for network in one.get("networks", ())}

    assert {volume for volume in used if not volume.startswith(".")} == COMPOSE["volumes"].keys()
    assert networks == COMPOSE["networks"].keys()


@pytest.mark.parametrize("name", SERVICES)
def test_who_is_waited_for_is_there_and_can_say_so(name):
    waiting = SERVICES[name].get("depends_on", {})
    conditions = waiting if isinstance(waiting, dict) else {key: {"condition": "service_started"} for key in waiting}
    for other, one in conditions.items():
        assert one["condition"] in CONDITIONS
        assert one["condition"] != "service_healthy" or "test" in SERVICES[other]["healthcheck"]
        assert one["condition"] != "service_completed_successfully" or SERVICES[other]["restart"] == "no"
    mode = SERVICES[name].get("network_mode", "none")
    assert mode == "none" or mode.removeprefix("service:") in conditions


@pytest.mark.parametrize("name", OURS)
def test_command_is_one_of_ours(name, tmp_path):
    """The options are known and complete; what they name is not on this machine, so every command stops there."""
    command = [str(word) for word in SERVICES[name]["command"]]
    spoilt = [word.replace("/var/lib/datashare-monitor", str(tmp_path / "nowhere")) for word in command]
    if command[0] == "demo":
        spoilt += ["--only-write"]  # refused without --port, after everything else was understood

    result = CliRunner().invoke(group, spoilt)

    said = {
        "demo": "--only-write needs --write DIR and --port",
        "serve": "does not exist",
        "alertmanager": "there is no such directory",
    }
    assert said[command[0]] in " ".join(result.output.split()), result.output


def state_of(name):
    return dict(volume.split(":")[:2] for volume in SERVICES[name]["volumes"])["state"]


def test_what_is_written_is_what_alertmanager_reads():
    written = next(word for word in SERVICES["routes"]["command"] if word.startswith("--output="))
    read = next(word for word in SERVICES["alertmanager"]["command"] if word.startswith("--config.file="))
    written_in = Path(written.removeprefix("--output=")).relative_to(state_of("routes"))

    assert written_in == Path(read.removeprefix("--config.file=")).relative_to(state_of("alertmanager"))
    assert SERVICES["alertmanager"]["user"] == "10001:10001"


def test_operators_of_the_demonstration_are_in_it():
    named = next(word for word in SERVICES["routes"]["command"] if word.startswith("--operators="))
    agency, _, contact = named.removeprefix("--operators=").partition("/")
    agencies = yaml.safe_load((FOLDER.parent / "monitor" / "demo" / "agencies.yaml").read_text("utf-8"))["agencies"]

    assert agency in {one["id"] for one in agencies}
    assert contact in {"truc-ban", "dau-moi"}
