"""The machine and the versions a measurement was made with."""

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("aiohttp", "uvloop", "aiodns", "prometheus_client", "cryptography", "isal")
PEERS = {"Prometheus": "prometheus", "blackbox_exporter": "prometheus-blackbox-exporter"}


def described() -> list[str]:
    """Return lines about processor, system and versions; nothing that names this machine."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return [
        f"- {os.cpu_count()} cores, {model[1] if model else platform.machine()}, {memory:.0f} GiB",
        f"- Linux {platform.release()}, Python {platform.python_version()} ({_build()})",
        f"- {', '.join(f'{name} {_version(name)}' for name in LIBRARIES)}",
        f"- {', '.join(f'{name} {_binary_version(binary)}' for name, binary in PEERS.items())}",
    ]


def build(executable: str, distribution: str, options: str, maps: str) -> str:
    """Return which build of Python this is; one without optimisations or with a shared library is a third slower.

    Args:
        executable: The interpreter, not the one of a virtual environment.
        distribution: Name of the operating system.
        options: With which it was configured; a distribution optimises in its own way, which these do not show.
        maps: The files mapped into the process, as in ``/proc/self/maps``.
    """
    if Path(executable).parent == Path("/usr/bin"):
        return f"{distribution.partition(' ')[0]}'s /usr/bin build"
    slow = ["no PGO"] * ("--enable-optimizations" not in options) + ["shared libpython"] * ("/libpython" in maps)
    return ", ".join(["own build", *slow])


def _build() -> str:
    executable = str(getattr(sys, "_base_executable", sys.executable))
    options = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    name = platform.freedesktop_os_release().get("NAME", "the system")
    return build(executable, name, options, Path("/proc/self/maps").read_text())


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "(missing)"


def _binary_version(binary: str) -> str:
    found = shutil.which(binary)
    if not found:
        return "(missing)"
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    read = re.search(r"version (\S+?),? ", said.stdout + said.stderr)
    return read[1] if read else "(unknown)"
