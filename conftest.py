"""What every test may lean on: servers are found or named, and a missing one fails when services are required."""

import fcntl
import logging
import os
import shutil
from pathlib import Path

import pytest
import structlog

DOOR, ROOM = Path(__file__), Path(__file__).with_name("pyproject.toml")


@pytest.fixture(scope="session")
def need():
    """Return a function that gives a server's binary, or skips with the name of its Debian package."""

    def find(binary: str, package: str) -> str:
        found = shutil.which(binary, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if found:
            return found
        message = f"{binary} is missing: apt-get install {package} (or make services)"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(message)
        pytest.skip(message)

    return find


@pytest.fixture(autouse=True)
def _unconfigured_log():
    """Undo what a test does to the log, so that the order of the tests does not matter."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def pytest_make_parametrize_id(val, argname):
    """Call long or unprintable values by their argument: keys, hashes and dates differ from process to process."""
    if isinstance(val, bytes | str):
        text = val.decode("latin-1") if isinstance(val, bytes) else val
        return argname if len(text) > 60 or not text.isprintable() else None
    return None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    """Let a test marked ``alone`` have the machine to itself: the tests of the other workers wait for it.

    Each test holds a lock on the room, shared or not, and all take it through one door: who waits for the whole room is
    not overtaken. Locks end with their process. The waiting is outside of the test's timeout.
    """
    if not hasattr(item.config, "workerinput"):
        return (yield)
    with DOOR.open() as door, ROOM.open() as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        try:
            return (yield)
        finally:
            fcntl.flock(room, fcntl.LOCK_UN)
