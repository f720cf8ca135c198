"""What every test may lean on: servers are found or named, and a missing one fails when services are required."""

import os
import shutil

import pytest


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
