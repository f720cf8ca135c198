"""``datashare-monitor import``: an agency file from another tool's configuration."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.inventory import AgencyClass

if TYPE_CHECKING:
    from monitor.migration.proposal import LeftOut, Proposal

Function = TypeVar("Function", bound=Callable[..., Any])
FileArgument = click.Path(path_type=Path, dir_okay=False)
BODIES = "A body of more than 1MiB is too_large here, unless body_size_limit of its check says otherwise."


def agency_options(function: Function) -> Function:
    """Add what all the tools have in common."""
    for option in (
        click.option("--force", is_flag=True, help="Write over a file that is there."),
        click.option("--output", type=FileArgument, metavar="FILE", help="Write here; standard output if not given."),
        click.option("--name", default="", help="Of the agency; its id if not given."),
        click.option(
            "--class", "agency_class", type=click.Choice([str(one) for one in AgencyClass]), show_default=True,
            default=str(AgencyClass.GOVERNMENT_AGENCY), help="Of the agency.",
        ),
        click.option("--agency", default="imported", show_default=True, metavar="ID", help="Id of the agency."),
    ):  # fmt: skip
        function = option(function)
    return function


@click.group("import")
def command() -> None:
    """Write an agency file from the configuration of another tool.

    Every check of the other tool becomes one of the file, or a comment that says why not. Comments also tell what a
    check lost and which secrets to put where: no password, token or key is written. Try what came out with
    check-config, and a check of it with probe.

    \b
    Exit status:
      0  written; what needs a look is counted on standard error
      1  the file cannot be read, or is another tool's
      2  usage
    """  # noqa: D301 - \b keeps click from wrapping the lines


@command.command("blackbox")
@click.argument("file", type=FileArgument)
@click.option(
    "--prometheus", type=FileArgument, metavar="FILE", help="The prometheus.yml whose jobs probe with these modules."
)
@click.option(
    "--target", "targets", multiple=True, metavar="MODULE=TARGET", help="A target of a module; may be given many times."
)
@agency_options
def blackbox(file: Path, prometheus: Path | None, targets: Sequence[str], **written: Any) -> None:
    """Import FILE, the modules of blackbox_exporter.

    The modules say how to probe and not what: --prometheus reads the targets of all jobs with the path /probe, from
    static_configs and file_sd_configs, with the usual relabelling; --target names one by hand.

    \b
    Example:
      datashare-monitor import blackbox blackbox.yml --prometheus prometheus.yml --agency ha-noi --output ha-noi.yaml
    """  # noqa: D301 - \b keeps click from wrapping the lines
    from monitor.migration.blackbox import NOTE, modules_of, proposals
    from monitor.migration.prometheus import EVERY, Probed, probed

    named = []
    for one in targets:
        module, equals, target = one.partition("=")
        if not module or not equals or not target:
            raise click.BadParameter(f"{one!r} is no target; write MODULE=TARGET", param_hint="--target")
        named.append(Probed(target=target, module=module, job="", every=EVERY))

    def found() -> Iterable["Proposal | LeftOut"]:
        modules = modules_of(file)
        return proposals(modules, [*(probed(prometheus) if prometheus else ()), *named])

    _write("blackbox", found, NOTE, **written)


@command.command("gatus")
@click.argument("file", type=FileArgument)
@agency_options
def gatus(file: Path, **written: Any) -> None:
    """Import FILE, the configuration of Gatus.

    A group becomes a system, an endpoint a check of it, its conditions the options of the check. A condition on the
    certificate's end becomes a check of the kind tls.

    \b
    Example:
      datashare-monitor import gatus config.yaml --agency ha-noi --class city --name 'Hà Nội' --output ha-noi.yaml
    """  # noqa: D301 - \b keeps click from wrapping the lines
    from monitor.migration.gatus import endpoints_of, proposals

    _write("gatus", lambda: proposals(endpoints_of(file)), **written)


@command.command("uptime-kuma")
@click.argument("file", type=FileArgument)
@agency_options
def uptime_kuma(file: Path, **written: Any) -> None:
    """Import FILE, the database of Uptime Kuma or its JSON backup.

    The database is kuma.db of version 2 or 1, the backup one of version 1.

    A group becomes a system, a monitor a check of it. The database is only read; Uptime Kuma may go on running.
    Where version 2 keeps its data in MariaDB there is no such file.

    \b
    Example:
      datashare-monitor import uptime-kuma kuma.db --agency ha-noi --output ha-noi.yaml
    """  # noqa: D301 - \b keeps click from wrapping the lines
    from monitor.migration.kuma import monitors_of, proposals

    _write("uptime-kuma", lambda: proposals(monitors_of(file)), **written)


def _write(
    source: str,
    found: Callable[[], Iterable["Proposal | LeftOut"]],
    *notes: str,
    agency: str,
    agency_class: str,
    name: str,
    output: Path | None,
    force: bool,
) -> None:
    from monitor.cli.check_config import counted
    from monitor.cli.plugins import catalogue_of
    from monitor.migration.file import Identity, migrated
    from monitor.migration.foreign import ForeignError
    from monitor.migration.proposal import id_of

    if id_of(agency) != agency:
        near = id_of(agency) or "ha-noi"
        raise click.BadParameter(f"{agency!r} is no id; write {near}", param_hint="--agency")
    if output is not None and output.exists() and not force:
        raise click.ClickException(f"{output} is there already; name another file, or write over it with --force")
    identity = Identity(id=agency, name=name or agency, agency_class=AgencyClass(agency_class))
    try:
        result = migrated(found(), catalogue_of(None), identity, source, (BODIES, *notes))
    except ForeignError as error:
        raise click.ClickException(str(error)) from None
    if output is None:
        click.echo(result.text, nl=False)
    else:
        try:
            output.write_text(result.text, "utf-8")
        except OSError as error:
            raise click.ClickException(f"{output} cannot be written: {error.strerror}") from None
    said = [counted(result.checks, "check"), f"{counted(result.remarks, 'remark')} in comments"]
    said += [f"{len(result.left_out):,} left out, listed at the end"] if result.left_out else []
    click.echo(f"{', '.join(said)}.", err=True)
