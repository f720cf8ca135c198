"""No file of deploy/ names a host that could be somebody's, and none holds a secret."""

import re
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "deploy"
FILES = sorted(
    path for path in FOLDER.rglob("*") if path.is_file() and path.suffix in {".yaml", ".yml", ".service", ""}
)
SERVICES = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]
SECRET = r"^\s*-?\s*(?i:\w*(?:password|token|secret)(?:_file)?)\s*[:=]\s*(\S+)"
HERE = {"${host}", "localhost", "127.0.0.1", *SERVICES, "datashare-monitor.datashare-monitor.svc"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_hosts_are_examples(path):
    hosts = re.findall(
        r"(?:https?|ldaps?)://([A-Za-z0-9.${}-]+)|@([a-z0-9-]+(?:\.[a-z0-9-]+)+)", path.read_text("utf-8")
    )

    for host in filter(None, (one for several in hosts for one in several)):
        assert host.endswith(".example") or host in HERE, host  # ${host} ends so where it is filled in


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_secrets_are_files(path):
    named = re.findall(SECRET, path.read_text("utf-8"), re.MULTILINE)

    assert [value for value in named if not value.startswith(("/", "{", "false", "datashare-monitor"))] == []
