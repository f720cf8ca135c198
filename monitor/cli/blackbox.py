"""``datashare-monitor blackbox``: in the place of blackbox_exporter, under its own flags."""

from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

import click

LEVELS = {"debug": "debug", "info": "info", "warn": "warning", "error": "error"}
Place = tuple[IPv4Address | IPv6Address, int]
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - blackbox_exporter's default, and --allow says what may be probed
LOOPBACK = ("127.0.0.1", "::1")
HIGHEST_PORT = 65535
LONGEST_PORT = 5


class ListenOn(click.ParamType[Sequence[Place]]):
    """``[ADDRESS]:PORT``; without an address everywhere, as in Go."""

    name = "ADDRESS:PORT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Sequence[Place]:
        """Return the addresses to listen on."""
        host, colon, port = str(value).rpartition(":")
        names = {"": EVERYWHERE, "localhost": LOOPBACK}.get(host, (host.removeprefix("[").removesuffix("]"),))
        if not (colon and port.isascii() and port.isdecimal()):
            self.fail(f"{value!r} has no port; write :9115", param, ctx)
        if len(port) > LONGEST_PORT or int(port) > HIGHEST_PORT:
            self.fail(f"the port of {str(value)[:40]!r} is too high; write 0 to {HIGHEST_PORT}", param, ctx)
        try:
            return [(ip_address(name), int(port)) for name in names]
        except ValueError:
            self.fail(f"{value!r} has no address; write :9115, 127.0.0.1:9115 or [::1]:9115", param, ctx)


class Allowed(click.ParamType[object]):
    """A network, or the name of a host."""

    name = "NETWORK|HOST"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        """Return the network or the name."""
        from monitor.config.documents.allow import read_allowed

        try:
            return read_allowed(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Lacking(click.ParamType[str]):
    """A flag of blackbox_exporter that is not to be had here."""

    name = "VALUE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return nothing when nothing was asked for."""
        if value not in ("", "false", False):
            self.fail("this flag of blackbox_exporter is not to be had here; take it out", param, ctx)
        return ""


@click.command("blackbox")
@click.option(
    "--config.file",
    "modules",
    type=click.Path(path_type=Path),
    default="blackbox.yml",
    show_default=True,
    help="The module file.",
)
@click.option("--config.check", "is_check", is_flag=True, help="Check the module file and end.")
@click.option(
    "--allow", "allow", type=Allowed(), multiple=True, help="What may be probed; nothing without it. Repeatable."
)
@click.option(
    "--web.listen-address",
    "listen_on",
    type=ListenOn(),
    multiple=True,
    default=[":9115"],
    help="Where to listen; without an address everywhere. Repeatable.  [default: :9115]",
)
@click.option("--web.external-url", "external_url", metavar="URL", default="", help="Where browsers find it.")
@click.option("--web.route-prefix", "prefix", metavar="PATH", default="", help="Path before all routes.")
@click.option(
    "--timeout-offset",
    "offset",
    metavar="SECONDS",
    type=click.FloatRange(0, 60),
    default=0.5,
    show_default=True,
    help="Taken off the timeout that Prometheus states.",
)
@click.option(
    "--history.limit",
    "history",
    metavar="N",
    type=click.IntRange(0, 10_000),
    default=100,
    show_default=True,
    help="Probes kept for / and /logs, the newest ones.",
)
@click.option(
    "--log.level",
    "log_level",
    type=click.Choice([*LEVELS]),
    default="info",
    show_default=True,
    help="What is logged: this and worse.",
)
@click.option("--log.format", "log_format", type=click.Choice(["logfmt", "json"]), help="Lines for a machine.")
@click.option(
    "--log.prober",
    "probe_level",
    type=click.Choice([*LEVELS]),
    default="debug",
    show_default=True,
    help="The level at which each probe is logged.",
)
@click.option("--web.config.file", "web_config", metavar="FILE", default="", help="TLS, users and roles.")
@click.option("--web.systemd-socket", type=Lacking(), is_flag=False, flag_value="true", expose_value=False, hidden=True)
@click.version_option(None, "--version", package_name="datashare-monitor", message="%(prog)s, version %(version)s")
@click.pass_context
def command(  # noqa: PLR0917 - click hands options over as arguments
    ctx: click.Context,
    modules: Path,
    is_check: bool,
    allow: tuple[object, ...],
    listen_on: tuple[Sequence[Place], ...],
    external_url: str,
    prefix: str,
    web_config: str,
    offset: float,
    history: int,
    log_level: str,
    log_format: str | None,
    probe_level: str,
) -> None:
    """Probe on request, in the place of blackbox_exporter: with its flags, its module file and its endpoints.

    Unlike it, nothing may be probed that --allow does not name: networks, and hosts by name (*.hanoi.example stands for
    all names below). That is checked on every connection, redirects included. SIGHUP, or POST /-/reload, reads the
    module file anew, all of it or nothing.

    \b
    Exit status:
      0  ended as asked, or the module file is in order
      1  the module file has errors, or the address is taken
      2  usage
    """  # noqa: D301 - \b keeps click from wrapping the lines
    import uvloop

    from monitor.blackbox import Options, serve
    from monitor.cli.ending import serving
    from monitor.config.documents.allow import allow_of
    from monitor.settings import LogFormat, OnRequest, Web

    if is_check:
        ctx.exit(checked(modules) or (checked_web_config(Path(web_config)) if web_config else 0))
    path = prefix or urlsplit(external_url).path
    host = urlsplit(external_url).hostname
    options = Options(
        modules=modules,
        web_config=Path(web_config) if web_config else None,
        listen_on=[place for places in listen_on for place in places],
        on_request=OnRequest(allow=allow_of([*allow]), timeout_offset=timedelta(seconds=offset)),  # type: ignore[list-item]
        history=history,
        log_level=LEVELS[log_level],
        log_format={None: LogFormat.AUTO, "json": LogFormat.JSON, "logfmt": LogFormat.LOGFMT}[log_format],
        probe_level=LEVELS[probe_level],
        prefix=f"/{path.strip('/')}".rstrip("/"),
        external_url=external_url,
        web=Web(hosts=frozenset({host} if host else ())),
    )
    with serving():
        status = uvloop.run(serve(options))
    ctx.exit(status)


def checked(path: Path) -> int:
    """Return the exit status of ``--config.check``, and say what is wrong."""
    from monitor.config.modules import read_modules
    from monitor.modules import our_kinds

    modules, problems = read_modules(path, our_kinds())
    for problem in problems:
        click.echo(str(problem), err=True)
    if any(problem.is_error for problem in problems):
        click.echo(f"{path} would be refused", err=True)
        return 1
    click.echo(f"{path} is in order: {len(modules)} modules")
    return 0


def checked_web_config(path: Path) -> int:
    """Return the exit status of ``--config.check`` for a web-config file, and say what is wrong."""
    from monitor.config.webconfig import read_web_config

    found = read_web_config(path)
    for problem in found.problems:
        click.echo(str(problem), err=True)
    if found.config is None:
        click.echo(f"{path} would be refused", err=True)
        return 1
    click.echo(f"{path} is in order")
    return 0
