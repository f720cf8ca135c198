"""``datashare-monitor check-config``: all that is wrong with a configuration."""

from pathlib import Path

import click

from monitor.cli.shard import shard_option
from monitor.config import Loaded
from monitor.inventory import Inventory
from monitor.settings import Shard


@click.command("check-config")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@shard_option
@click.pass_context
def command(ctx: click.Context, directory: Path, shard: Shard) -> None:
    """Check the configuration in DIR and list everything that is wrong with it.

    Nothing is started and nothing is connected to.

    \b
    Exit status:
      0  a daemon would take it; warnings, if any, are on standard error
      1  it has errors, all of them on standard error
      2  usage
    """  # noqa: D301 - \b keeps click from wrapping the lines
    import asyncio

    from monitor.cli.progress import progress
    from monitor.config import load_in_child

    with progress(f"Reading {directory} …"):
        loaded = asyncio.run(load_in_child(directory))
    for problem in loaded.problems:
        click.echo(str(problem), err=True)
    if loaded.inventory is None:
        errors = sum(problem.is_error for problem in loaded.problems)
        click.echo(f"{counted(errors, 'error')} in {directory}; a daemon would refuse it", err=True)
        ctx.exit(1)
    click.echo(summary(directory, loaded))
    if shard.count > 1:
        click.echo(of_shard(loaded.inventory, shard))


def of_shard(inventory: Inventory, shard: Shard) -> str:
    """Return what falls to a shard, agency by agency."""
    from monitor.shard import holder, part

    watched = part(inventory, shard)
    own = [one for one in watched.agencies if holder(one, shard.count) == shard.index]
    lent = sum(one.agency not in own for one in watched.systems.values())
    agencies, systems = counted(len(own), "agency", "agencies"), counted(len(watched.systems) - lent, "system")
    connections, checks = counted(len(watched.connections), "connection"), counted(len(watched.checks), "check")
    others = f", {counted(lent, 'system')} of other agencies on their paths" if lent else ""
    return f"Shard {shard}: {agencies}, {systems}, {connections}{others} and {checks}. {', '.join(own)}"


def summary(directory: Path, loaded: Loaded) -> str:
    """Return, in one paragraph, what a good configuration holds."""
    inventory = loaded.inventory
    if inventory is None:
        return f"{directory} has errors."
    names = ", ".join(plugin.name for plugin in loaded.plugins if not plugin.failure) or "none"
    failed = ", ".join(plugin.name for plugin in loaded.plugins if plugin.failure)
    agencies = counted(len(inventory.agencies), "agency", "agencies")
    systems, connections = counted(len(inventory.systems), "system"), counted(len(inventory.connections), "connection")
    checks = counted(len(inventory.checks), "check")
    sentences = [
        f"{directory} is in order: {agencies}, {systems}, {connections} and {checks}. Plugins: {names}.",
        f"Not loaded: {failed}." if failed else "",
        f"{counted(len(loaded.problems), 'warning')} above." if loaded.problems else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
