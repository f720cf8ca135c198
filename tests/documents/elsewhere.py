"""The commands of the documents that a test cannot type, why not, and what is looked at instead.

Each is a pattern for a whole command. One that no document has any more fails its test: take it out.
"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from documents.block import ROOT

from monitor.config import load

Look = Callable[[re.Match[str], Path], None]
"""Judges a command by its match, in the sandbox where it would have been typed; raises when it is wrong."""

AT_HAND = {"python3", "python3-venv", "make", "curl"}
"""Packages that need no server of the tests."""
DEBIAN_UNITS = {"prometheus": "prometheus", "prometheus-alertmanager": "prometheus-alertmanager"}
WITHOUT_FILES = {"daemon-reload"}


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Commands that are not typed.

    Attributes:
        reason: Why not.
        look: What is done instead.
    """

    pattern: str
    reason: str
    look: Look

    def match(self, command: str) -> re.Match[str] | None:
        return re.fullmatch(self.pattern, command.partition("  #")[0].strip())


def packages_are_known(command: re.Match[str], _: Path) -> None:
    services = set((ROOT / "deploy" / "services.sh").read_text("utf-8").split())
    unknown = set(command["packages"].split()) - AT_HAND - services
    assert not unknown, f"deploy/services.sh does not install {sorted(unknown)}; is that how Debian calls them?"


def units_exist(command: re.Match[str], _: Path) -> None:
    verb, *units = command["rest"].split()
    units = [unit for unit in units if unit != "--now"]
    assert units or verb in WITHOUT_FILES
    for unit in units:
        ours = ROOT / "deploy" / "systemd" / f"{re.sub('@.*', '@', unit)}.service"
        assert unit in DEBIAN_UNITS or ours.is_file(), f"there is no unit {unit}"


def sources_exist(command: re.Match[str], sandbox: Path) -> None:
    """Everything that is copied is there; the last word is where it goes."""
    *sources, goal = [word for word in shlex.split(command["paths"]) if not word.startswith("-")]
    assert goal.startswith("/")
    for source in sources:
        found = list(sandbox.glob(source.removesuffix("/.")))
        assert found, f"there is no {source}"


def is_absolute(command: re.Match[str], _: Path) -> None:
    assert all(word.startswith(("/", "-")) for word in command["paths"].split())


def plugins_are_distributions(command: re.Match[str], sandbox: Path) -> None:
    """pip is given what exists: the lock with its hashes, and folders with a pyproject.toml."""
    arguments = subprocess.run(
        ["bash", "-c", f"echo {command['arguments']}"], cwd=sandbox, capture_output=True, text=True, check=True
    ).stdout.split()
    if "--requirement" in arguments:
        assert "--hash=" in (sandbox / arguments[-1]).read_text("utf-8")
        return
    folders = [word for word in arguments if not word.startswith("-")]
    assert len(folders) > len(list((ROOT / "plugins").glob("*/pyproject.toml"))) - 1
    assert all((sandbox / folder / "pyproject.toml").is_file() for folder in folders)


def dockerfile_exists(command: re.Match[str], sandbox: Path) -> None:
    """tests/deploy/test_dockerfile.py judges what is in it."""
    assert (sandbox / command["file"]).is_file()


def services_are_there(command: re.Match[str], sandbox: Path) -> None:
    """tests/deploy/test_compose.py judges what is in it."""
    assert yaml.safe_load((sandbox / command["file"]).read_text("utf-8"))["services"]


def kustomization_builds(command: re.Match[str], sandbox: Path) -> None:
    """tests/deploy/test_kubernetes.py judges the manifests by their schemas."""
    folder = sandbox / command["folder"]
    assert (folder / "kustomization.yaml").is_file()
    if kubectl := shutil.which("kubectl"):
        built = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, timeout=60, check=False)
        assert built.returncode == 0, built.stderr


def target_exists(command: re.Match[str], _: Path) -> None:
    dry = subprocess.run(
        ["make", "--dry-run", command["target"]], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert dry.returncode == 0, dry.stderr


def a_check_waits_for_it(command: re.Match[str], sandbox: Path) -> None:
    """The check is one of the kind heartbeat in the configuration of the same document."""
    waiting = load(sandbox / "kinds").inventory.checks.get(command["check"])
    assert waiting is not None
    assert waiting.kind == "heartbeat"


ELSEWHERE = [
    Elsewhere(
        pattern=r"sudo apt-get install (?P<packages>[a-z0-9 -]+)",
        reason="installs on this machine",
        look=packages_are_known,
    ),
    Elsewhere(
        pattern=r"sudo systemctl (?P<rest>[\w@. -]+)",
        reason="needs systemd as the first process",
        look=units_exist,
    ),
    Elsewhere(
        pattern=r"sudo cp (?P<paths>\S+ .+)",
        reason="writes into /etc; deploy's own tests verify the units and rules that are copied",
        look=sources_exist,
    ),
    Elsewhere(pattern=r"sudo mkdir (?P<paths>.+)", reason="writes into /etc", look=is_absolute),
    Elsewhere(pattern=r"sudo python3 -m venv (?P<paths>\S+)", reason="writes into /opt", look=is_absolute),
    Elsewhere(
        pattern=r"sudo /opt/datashare-monitor/bin/pip install (?P<arguments>.+)",
        reason="writes into /opt, and asks the package index; `make install` does the same for the tests",
        look=plugins_are_distributions,
    ),
    Elsewhere(
        pattern=r"docker build --file (?P<file>\S+) --tag \S+ \.",
        reason="needs a container engine and the network",
        look=dockerfile_exists,
    ),
    Elsewhere(
        pattern=r"docker compose --file (?P<file>\S+) up --build",
        reason="needs a container engine and the network",
        look=services_are_there,
    ),
    Elsewhere(
        pattern=r"kubectl apply --kustomize (?P<folder>\S+)",
        reason="needs a cluster",
        look=kustomization_builds,
    ),
    Elsewhere(pattern=r"make (?P<target>test)", reason="runs this very test", look=target_exists),
    Elsewhere(
        pattern=r"curl .*\$\(cat /etc/backup\.token\)(?s:.*)/api/v1/heartbeats/(?P<check>\S+)",
        reason="names a file and a host of the agency; deploy/README.md sends the same to a daemon that runs",
        look=a_check_waits_for_it,
    ),
]


def elsewhere(command: str) -> Elsewhere | None:
    """Return what stands in for a command; None if it is to be typed."""
    return next((one for one in ELSEWHERE if one.match(command)), None)


def look_instead(command: str, sandbox: Path) -> None:
    """Judge a command that is not typed."""
    one = elsewhere(command)
    assert one is not None
    found = one.match(command)
    assert found is not None
    one.look(found, sandbox)
