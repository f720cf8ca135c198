"""``datashare-monitor explain``: where a connection is broken, and who has to act."""

from typing import Any
from urllib.parse import quote

import click

from monitor.cli.arguments import ProbeCommand, UnusableError
from monitor.cli.caller import Caller, caller_options
from monitor.cli.json_text import json_text
from monitor.observation import Status

EXIT = {Status.UP: 0, Status.DEGRADED: 0, Status.DOWN: 1, Status.UNKNOWN: 2}


@click.command("explain", cls=ProbeCommand)
@click.argument("connection", metavar="CONNECTION")
@click.option("--url", metavar="URL", default="http://127.0.0.1:9664", show_default=True, help="The daemon to ask.")
@caller_options
@click.option("--json", "as_json", is_flag=True, help="Write JSON for a machine, as the API has it.")
@click.pass_context
def command(ctx: click.Context, /, *, connection: str, url: str, as_json: bool, **caller: Any) -> None:
    """Show where CONNECTION (agency/connection) is broken, on what evidence, since when and who has to act.

    Asks the running daemon. The path is shown from the consumer over the hubs to the provider, each hop with its state,
    its owner and the checks that are not up. What lies behind the broken hop is unreachable by it, not down.

    \b
    Exit status:
      0  up or degraded
      1  down
      2  unknown: the fault is the monitor's, or nothing looks at it
      3  usage, no such connection, or no daemon answers

    \b
    Examples:
      datashare-monitor explain ha-noi/population
      datashare-monitor explain ha-noi/population --url http://127.0.0.1:9665 --json
      datashare-monitor explain ha-noi/population --user ops --password-file password --json
    """  # noqa: D301 - \b keeps click from wrapping the lines
    from monitor.cli.route import show

    found = _asked(url, connection, Caller(**caller))
    try:
        status = Status(found["status"])
        if as_json:
            click.echo(json_text(found))
        else:
            show(found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnusableError(f"what answers at {url} is not this monitor: {error!r}") from error
    ctx.exit(EXIT[status])


def _asked(url: str, connection: str, caller: Caller) -> Any:
    from monitor.cli.asking import NotThereError, ask
    from monitor.cli.progress import progress

    agency, _, name = connection.partition("/")
    path = f"/api/v1/connections/{quote(agency, safe='') or '-'}/{quote(name, safe='') or '-'}"
    try:
        with progress(f"Asking {url} …"):
            return ask(url, path, caller)
    except NotThereError as error:
        lines = [f"there is no connection {connection[:200]!r}; an id is agency/connection."]
        if error.nearest:
            lines += ["Did you mean:", *(f"  {one}" for one in error.nearest)]
        raise UnusableError("\n".join(lines)) from error
