"""``datashare-monitor serve``: the daemon."""

from ipaddress import ip_address
from pathlib import Path

import click

from monitor.cli.ending import serving
from monitor.cli.shard import shard_option
from monitor.settings import Shard


class ListenAddress(click.ParamType[str]):
    """``ADDRESS:PORT``, an IPv6 address in brackets."""

    name = "ADDRESS:PORT"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text when it names an address and a port."""
        host, _, port = value.rpartition(":")
        if not _is_address(host):
            if _is_address(value):
                written = f"[{value.strip('[]')}]" if ":" in value else value
                self.fail(f"{value!r} has no port; write {written}:9664", param, ctx)
            self.fail(f"{value!r} has no address; write 127.0.0.1:9664 or [::1]:9664", param, ctx)
        if not (port.isascii() and port.isdecimal()):
            self.fail(f"{value!r} has no port; write {host}:9664", param, ctx)
        if len(port) > 5 or int(port) > 65535:
            self.fail(f"the port of {value[:60]!r} is too high; write {host}:9664", param, ctx)
        return value


def _is_address(text: str) -> bool:
    try:
        ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


@click.command("serve")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--listen", type=ListenAddress(), help="Where to listen, instead of listen in monitor.yaml.")
@shard_option
@click.pass_context
def command(ctx: click.Context, directory: Path, listen: str | None, shard: Shard) -> None:
    """Watch everything that the configuration in DIRECTORY names.

    Runs until SIGTERM or Ctrl-C; SIGHUP, or POST /-/reload, loads the configuration anew, all of it or nothing.

    \b
    Exit status:
      0  ended as asked
      1  the configuration has errors, or the address is taken
      2  usage
    """  # noqa: D301 - \b keeps click from wrapping the lines
    import uvloop

    from monitor.cli.progress import progress
    from monitor.start import serve

    with serving():
        status = uvloop.run(serve(directory, listen, shard, progress(f"Reading {directory} …")))
    ctx.exit(status)
