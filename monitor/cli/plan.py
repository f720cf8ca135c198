"""``datashare-monitor plan``: what a reload would change."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from monitor.cli.caller import Caller, caller_options
from monitor.cli.json_text import json_text
from monitor.cli.shard import shard_option
from monitor.cli.steps import Deed, Edit, Side, Step
from monitor.config.description import Kind, things
from monitor.inventory import Inventory
from monitor.settings import Shard


@click.command("plan")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--url", metavar="URL", default="http://127.0.0.1:9664", show_default=True, help="The daemon to compare with."
)
@caller_options
@click.option(
    "--from", "old", metavar="OLD_DIR", type=click.Path(path_type=Path), help="Compare with a directory instead."
)
@click.option("--all", "whole", is_flag=True, help="Show everything, however much it is.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON for a machine; nothing is left out.")
@shard_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    directory: Path,
    url: str,
    old: Path | None,
    whole: bool,
    as_json: bool,
    shard: Shard,
    **caller: Any,
) -> None:
    """Show what a reload of DIR would add, change and remove.

    Compares DIR with what the running daemon has in force, or with another directory: agencies, contacts, programmes,
    systems, connections, checks and the daemon's own settings. Checks that are not listed keep their state, their beat
    and the run that is under way. Secrets and contacts are never shown; of a running daemon's probe settings only
    that they differ. Connections at rest have no checks: those of one that is suspended or retired today are left out.

    \b
    Exit status:
      0  here is the plan
      1  a configuration has errors or leaves nothing to watch, or the daemon does not answer
      2  usage
    """  # noqa: D301 - \b keeps click from wrapping the lines
    from monitor.cli.in_force import in_force
    from monitor.cli.progress import progress
    from monitor.cli.sheet import sheet
    from monitor.cli.steps import steps
    from monitor.config import nothing_left

    whole_new, new = _loaded(ctx, directory, shard)
    if old is None:
        with progress(f"Asking {url} …"):
            before = in_force(url, Caller(**caller))
        checks, is_part = len(before.prints.get(Kind.CHECK, ())), shard.count > 1  # a daemon tells only of its own
    else:
        whole_old, before = _loaded(ctx, old, shard)
        checks, is_part = len(whole_old.checks), False
    if problem := nothing_left(checks, whole_new, is_part=is_part):
        click.echo(str(problem), err=True)
        unless = "" if checks else ", unless no shard watches anything yet"
        click.echo(f"{directory} leaves nothing to watch; a reload would keep the old configuration{unless}", err=True)
        ctx.exit(1)
    found = [*steps(before, new)]
    if as_json:
        click.echo(json_text(document(found)))
        return
    for line in sheet(found, whole=whole):
        click.echo(line)


def document(found: Sequence[Step]) -> dict[str, Any]:
    """Return a plan as a machine reads it: the checks by what becomes of them, and then everything."""
    checks = [step for step in found if step.kind is Kind.CHECK]
    return {
        **{str(deed): sorted(step.id for step in checks if step.deed is deed) for deed in Deed},
        "changes": [
            {"type": str(step.kind), "id": step.id, "change": str(step.deed), "fields": _fields(step.edits.items())}
            for step in found
        ],
    }


def _fields(edits: Iterable[tuple[str, Edit]]) -> dict[str, dict[str, str | None]]:
    return {name: {"old": edit.old, "new": edit.new} for name, edit in edits}


def _loaded(ctx: click.Context, directory: Path, shard: Shard) -> tuple[Inventory, Side]:
    """Return the whole inventory of a directory, and what a shard has in force of it today."""
    import uvloop

    from monitor.cli.progress import progress
    from monitor.cli.steps import side_of
    from monitor.config import load_in_child
    from monitor.rest import awake
    from monitor.shard import part

    with progress(f"Reading {directory} …"):
        loaded = uvloop.run(load_in_child(directory))
        inventory = loaded.inventory or Inventory()
        today = datetime.now(inventory.time_zone).date()
        side = side_of(things(part(awake(inventory, today), shard), loaded.settings))
    if loaded.inventory is None:
        for problem in loaded.problems:
            click.echo(str(problem), err=True)
        click.echo(f"{directory} has errors; a reload would keep the old configuration", err=True)
        ctx.exit(1)
    return inventory, side
