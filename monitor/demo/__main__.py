"""Serves the landscape in a process of its own: says its ports in a line of JSON, ends when its standard input does."""

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

import uvloop

from monitor.demo.country import Size, country
from monitor.demo.doors import Ports
from monitor.demo.landscape import served
from monitor.demo.scenario import Scenario


async def _serve(size: Size, today: date, certificates: Path, first_port: int, scenario: Scenario | None) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C goes to the parent, whose end ends us
    loop.add_reader(sys.stdin, ended.set)  # nothing is ever written to it
    async with served(country(size, today), certificates, Ports.from_base(first_port), scenario) as ports:
        print(json.dumps(asdict(ports)), flush=True)  # noqa: T201
        await ended.wait()


def main() -> None:
    """Serve until the parent goes away."""
    parser = argparse.ArgumentParser(prog="python -m monitor.demo", description=__doc__)
    parser.add_argument("certificates", type=Path)
    parser.add_argument("--agencies", type=int, required=True)
    parser.add_argument("--checks", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--today", type=date.fromisoformat, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--began", type=float, default=0.0)
    parser.add_argument("--act", type=float, default=0.0)
    given = parser.parse_args()
    scenario = Scenario(began=given.began, act_seconds=given.act) if given.act else None
    size = Size(agencies=given.agencies, checks=given.checks, seed=given.seed, is_calm=scenario is not None)
    try:
        uvloop.run(_serve(size, given.today, given.certificates, given.port, scenario))
    except OSError as error:
        sys.exit(f"the landscape cannot be served: {error}")


if __name__ == "__main__":
    main()
