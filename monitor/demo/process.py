"""The landscape as a child process, so that it takes no time from the loop that watches it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from monitor.demo.country import Size
from monitor.demo.doors import Ports
from monitor.demo.scenario import Scenario

END_WITHIN_SECONDS = 5


class LandscapeError(Exception):
    """The landscape could not be served; its own words are on standard error."""


@contextmanager
def running(
    size: Size, today: date, certificates: Path, first_port: int = 0, scenario: Scenario | None = None
) -> Iterator[Ports]:
    """Serve the country in a child as long as the context lasts; yields its ports.

    The child ends with us however we end: it reads our end of a pipe.

    Raises:
        LandscapeError: It did not start.
    """
    options: dict[str, object] = {
        "agencies": size.agencies,
        "checks": size.checks,
        "seed": size.seed,
        "today": today,
        "port": first_port,
    }
    if scenario is not None:
        options |= {"began": scenario.began, "act": scenario.act_seconds}
    given = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "monitor.demo", str(certificates), *given]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603
        assert child.stdin is not None  # noqa: S101
        assert child.stdout is not None  # noqa: S101
        try:
            said = child.stdout.readline()
            if not said:
                raise LandscapeError("the landscape did not start")
            yield Ports(**json.loads(said))
        finally:
            child.stdin.close()
            try:
                child.wait(END_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
