"""``datashare-monitor probe``: one check, once, without the daemon."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from monitor.cli.progress import progress
from monitor.inventory import Check, CheckId, Inventory
from monitor.observation import Status
from monitor.outcome import Outcome
from monitor.settings import LogFormat, Settings

EXIT = {Status.UP: 0, Status.DEGRADED: 0, Status.DOWN: 1, Status.UNKNOWN: 2}
USAGE = 3
NOT_KEPT = "a reading is a finite number of a measure that the kind declares, within its series"


class WrongUseError(click.UsageError):
    """A usage error of a command whose exit status 2 is a verdict."""

    exit_code = USAGE


class UnusableError(click.ClickException):
    """What the command was given is of no use; says so without the usage line."""

    exit_code = USAGE


class ProbeCommand(click.Command):
    """A command whose usage errors end with 3, because 2 is a verdict."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the command line."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise WrongUseError(error.format_message(), error.ctx) from error


@click.command("probe", cls=ProbeCommand)
@click.argument("check_id", metavar="ID")
@click.option(
    "--config",
    "directory",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    show_default="this directory",
    help="The configuration directory.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON for a machine.")
@click.pass_context
def command(ctx: click.Context, check_id: str, directory: Path, as_json: bool) -> None:
    """Run the check ID (agency/target/check) once and show what it saw.

    The daemon is not needed and not told. Shows how long each phase took, the verdict, and why.

    \b
    Exit status:
      0  up or degraded
      1  down
      2  unknown: the fault is ours, or nothing could be learnt
      3  usage, or the configuration has errors
    """  # noqa: D301 - \b keeps click from wrapping the lines
    import uvloop

    from monitor.cli.verdict import outcome_facts, show
    from monitor.sinks.journal import configure

    configure("warning", LogFormat.AUTO, sys.stderr)
    settings, inventory = _configuration(directory)
    check = _find(check_id, inventory)
    with progress(f"Looking at {check.id}, at most {check.timeout.total_seconds():g} s …"):
        outcome, refused = uvloop.run(look(settings, inventory, check))
    if refused:
        click.echo(f"{refused} of the readings are not kept: {NOT_KEPT}", err=True)
    if as_json:
        click.echo(json.dumps(outcome_facts(check, outcome), indent=2))
    else:
        show(check, outcome)
    ctx.exit(EXIT[outcome.observation.status])


async def look(settings: Settings, inventory: Inventory, check: Check) -> tuple[Outcome, int]:
    """Return the outcome of one run of a check, made as the daemon makes it, and how many readings it lost."""
    from monitor.clock import SystemClock
    from monitor.engine import Engine
    from monitor.engine.worker import Workers
    from monitor.network import Network
    from monitor.vitals import Vitals

    clock, vitals = SystemClock(), Vitals()
    network = Network(settings, clock, vitals)
    workers = Workers(settings, clock, vitals)
    engine = Engine(settings, clock, vitals, network, workers, emit=lambda _: None)
    await network.start()
    try:
        await workers.start(replace(inventory, checks={check.id: check}))
        outcome = await engine.run_once(check)
        return outcome, vitals.readings_refused.total() + vitals.series_dropped.total()
    finally:
        await workers.close()
        await network.close()


def _configuration(directory: Path) -> tuple[Settings, Inventory]:
    import uvloop

    from monitor.config import load_in_child

    with progress("Reading the configuration …"):
        loaded = uvloop.run(load_in_child(directory))
    if loaded.inventory is None:
        for problem in loaded.problems:
            click.echo(str(problem), err=True)
        raise UnusableError(f"the configuration in {directory} has errors; nothing was probed")
    return loaded.settings, loaded.inventory


def _find(check_id: str, inventory: Inventory) -> Check:
    from monitor.web.resemblance import nearest_checks

    found = inventory.checks.get(CheckId(check_id))
    if found is not None:
        return found
    meant = nearest_checks(check_id, inventory)
    lines = [f"there is no check {check_id[:200]!r}."]
    if meant:
        lines += ["Did you mean:", *(f"  {name}" for name in meant)]
    elif inventory.checks:
        lines += ["There are, among others:", *(f"  {name}" for name in sorted(inventory.checks)[:5])]
    raise UnusableError("\n".join(lines))
