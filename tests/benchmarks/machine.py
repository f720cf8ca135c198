"""The machine and the versions a measurement was made with."""

import os
import platform
import re
import shutil
import subprocess
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
        f"- Linux {platform.release()}, Python {platform.python_version()}",
        f"- {', '.join(f'{name} {_version(name)}' for name in LIBRARIES)}",
        f"- {', '.join(f'{name} {_binary_version(binary)}' for name, binary in PEERS.items())}",
    ]


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
