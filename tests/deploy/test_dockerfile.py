"""The image holds what the lock names by hash, runs as nobody in particular, and what it copies is there."""

import json
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import group
from monitor.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
IGNORED = ROOT / "deploy" / "Dockerfile.dockerignore"
KNOWN = {"ARG", "FROM", "ENV", "WORKDIR", "COPY", "RUN", "LABEL", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK",
         "ENTRYPOINT", "CMD"}  # fmt: skip


def instructions():
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", "", text)
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def stages():
    found = []
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        if found:
            found[-1].append((name, rest))
    return found


def last(name):
    (only,) = [rest for one, rest in stages()[-1] if one == name]
    return only


def test_every_instruction_is_one():
    assert {name for name, _ in instructions()} <= KNOWN


def test_both_stages_have_the_same_slim_python():
    assert [rest.split()[0] for name, rest in instructions() if name == "FROM"] == ["${PYTHON}", "${PYTHON}"]
    assert instructions()[0] == ("ARG", "PYTHON=python:3.13-slim-trixie")


def test_packages_come_through_the_hashes_of_the_lock():
    steps = [step for name, rest in instructions() if name == "RUN" for step in rest.split("&&") if " pip " in step]

    assert "--require-hashes" in steps[0]
    assert all("--no-index" in step for step in steps[1:])
    assert len(steps) == 4


def test_what_is_copied_is_there_and_let_through():
    sources = [rest.split()[:-1] for name, rest in stages()[0] if name == "COPY"]
    kept = [line[1:] for line in IGNORED.read_text("utf-8").splitlines() if line.startswith("!")]

    for source in (one for several in sources for one in several):
        assert (ROOT / source).exists(), source
        assert source in kept
    assert sorted(kept) == sorted(one for several in sources for one in several)


def test_tests_are_left_out():
    patterns = [line for line in IGNORED.read_text("utf-8").splitlines() if line.startswith("**/")]

    assert any(fnmatch("plugins/http/test_http.py", pattern) for pattern in patterns)


def test_user_is_not_root_and_has_no_shell():
    assert last("USER") == "10001:10001"
    made = " ".join(rest for name, rest in stages()[-1] if name == "RUN")
    assert "--uid 10001" in made
    assert "--shell /usr/sbin/nologin" in made


@pytest.mark.parametrize("label", ["title", "description", "version", "revision", "licenses", "base.name"])
def test_image_says_what_it_is(label):
    labels = dict(word.split("=", 1) for word in shlex.split(last("LABEL")))

    assert labels[f"org.opencontainers.image.{label}"]


def test_command_is_one_of_ours_and_the_port_is_the_daemons(tmp_path):
    port = Settings().web.port
    command = json.loads(last("CMD"))

    assert last("ENTRYPOINT") == '["datashare-monitor"]'
    assert last("EXPOSE") == str(port)
    assert command == ["serve", "/etc/datashare-monitor", "--listen", f"0.0.0.0:{port}"]
    assert CliRunner().invoke(group, [command[0], str(tmp_path), *command[2:-1], "0.0.0.0"]).exit_code == 2
    assert f"http://127.0.0.1:{port}/-/healthy" in last("HEALTHCHECK")


def test_version_is_the_projects():
    (version,) = re.findall(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)

    assert f"VERSION={version}" in [rest for name, rest in stages()[-1] if name == "ARG"]
