"""``datashare-monitor probe``: one check, without the daemon; or a target that no configuration names."""

import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from monitor.cli.arguments import (
    WATCH,
    WATCH_EVERY,
    NetworkType,
    ProbeCommand,
    Seconds,
    Setting,
    UnusableError,
    WrongUseError,
)
from monitor.cli.caller import Caller, caller_options
from monitor.cli.json_text import json_text
from monitor.cli.progress import progress
from monitor.inventory import Check, CheckId, Inventory
from monitor.observation import Status
from monitor.settings import LogFormat, Settings

if TYPE_CHECKING:
    from monitor.cli.look import Finding, Looking
    from monitor.cli.verdict import Subject

EXIT = {Status.UP: 0, Status.DEGRADED: 0, Status.DOWN: 1, Status.UNKNOWN: 2}
NOT_KEPT = "a reading is a finite number of a measure that the kind declares, within its series"


@click.command("probe", cls=ProbeCommand)
@click.argument("check_id", metavar="[ID]", required=False)
@click.option(
    "--config",
    "directory",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    show_default="this directory",
    help="The configuration directory.",
)
@click.option("--target", metavar="URL", help="Try this instead of a check: a URL, or host:port.")
@click.option("--kind", metavar="KIND", help="With --target: the probe kind; guessed from the URL if not given.")
@click.option(
    "--set", "settings", type=Setting(), multiple=True,
    help="With --target: a key of the kind, as under with; tls_config.server_name=NAME reaches inside.",
)  # fmt: skip
@click.option(
    "--timeout", metavar="DURATION", default="10s", show_default=True, help="With --target: how long a run may take."
)
@click.option(
    "--allow", type=NetworkType(), multiple=True,
    help="With --target: connect to this network too, link-local ones for instance.",
)  # fmt: skip
@click.option(
    WATCH, type=Seconds(), metavar="[SECONDS]",
    help=f"Repeat until Ctrl-C, every {WATCH_EVERY} if no number is given.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Write JSON for a machine; with --watch a line for each run.")
@click.option(
    "--url", metavar="URL", default="http://127.0.0.1:9664", show_default=True,
    help="With the ID of a heartbeat: the daemon to ask.",
)  # fmt: skip
@caller_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    check_id: str | None,
    directory: Path,
    target: str | None,
    kind: str | None,
    settings: Sequence[tuple[str, str]],
    timeout: str,
    allow: Sequence[Any],
    watch: float | None,
    as_json: bool,
    url: str,
    **caller: Any,
) -> None:
    """Run the check ID (agency/target/check) once and show what it saw, and why; or try any target with --target.

    Nothing is told to a running daemon, which keeps its own count. With --target the monitor may connect wherever its
    default settings allow; name --config DIR as well to look as that configuration does.

    A heartbeat is not looked at: its target reports to the running daemon, which is asked for what came last.

    \b
    Exit status (with --watch, of the newest run):
      0  up or degraded
      1  down
      2  unknown: the fault is the monitor's
      3  usage, no such check, or the configuration has errors

    \b
    Examples:
      datashare-monitor probe ha-noi/lgsp/api --config /etc/datashare-monitor
      datashare-monitor probe --target https://lgsp.hanoi.example/ --set 'valid_status_codes=[200, 401]'
      datashare-monitor probe --target tls://lgsp.hanoi.example --watch 10
    """  # noqa: D301 - \b keeps click from wrapping the lines
    from monitor.cli.hearsay import Hearsay
    from monitor.cli.look import looking
    from monitor.cli.verdict import Subject
    from monitor.plugin.heartbeat import listens
    from monitor.sinks.journal import configure

    hearsay: Hearsay | None = None
    is_trial = bool(target or kind)
    if is_trial == bool(check_id):
        raise WrongUseError("name a check of the configuration, or a target with --target, and not both", ctx)
    if not is_trial and (settings or allow):
        raise WrongUseError("--set and --allow go with --target; a check has its settings in its file", ctx)
    if check_id:
        used, inventory = _configuration(directory)
        subject = Subject(check=_find(check_id, inventory), inventory=inventory)
        if listens(subject.check.probe):
            hearsay = Hearsay(subject.check, url, Caller(**caller), used.vantage)
            subject = replace(subject, note=hearsay.note)
    else:
        is_named = ctx.get_parameter_source("directory") is not ParameterSource.DEFAULT
        used = _settings(directory if is_named else None, allow)
        subject = _trial(directory if is_named else None, target or "", kind, settings, timeout)
    configure("warning", LogFormat.AUTO, sys.stderr)
    looks: AbstractAsyncContextManager[Looking] = (
        looking(used, subject.inventory, subject.check) if hearsay is None else nullcontext(hearsay)
    )
    ctx.exit(_watched(looks, subject, watch, as_json=as_json) if watch else _once(looks, subject, as_json=as_json))


def _once(looks: "AbstractAsyncContextManager[Looking]", subject: "Subject", *, as_json: bool) -> int:
    import uvloop

    from monitor.cli.facts import outcome_facts
    from monitor.cli.verdict import show

    async def look() -> "Finding":
        async with looks as looker:
            return await looker.with_chains(await looker.once())

    with progress(f"Looking at {subject.name}, at most {subject.check.timeout.total_seconds():g} s …"):
        finding = uvloop.run(look())
    if finding.refused:
        click.echo(f"{finding.refused} of the readings are not kept: {NOT_KEPT}", err=True)
    if as_json:
        click.echo(json_text(outcome_facts(subject, finding.outcome, finding.seen)))
    else:
        show(subject, finding.outcome, finding.seen)
    return EXIT[finding.outcome.observation.status]


def _watched(
    looks: "AbstractAsyncContextManager[Looking]", subject: "Subject", every_seconds: float, *, as_json: bool
) -> int:
    import uvloop

    from monitor.cli.screen import screen
    from monitor.cli.watching import lines, machine, watch

    async def look() -> Status | None:
        async with looks as looker:
            with nullcontext(machine(subject)) if as_json else lines(subject, screen()) as told:
                return await watch(looker, every_seconds, told)

    newest = uvloop.run(look())
    return EXIT[newest or Status.UNKNOWN]


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


def _settings(directory: Path | None, allow: Sequence[Any]) -> Settings:
    from monitor.config.reading import read_settings

    settings = Settings()
    if directory is not None:
        settings, problems = read_settings(directory)
        if any(problem.is_error for problem in problems):
            raise UnusableError("\n".join(map(str, problems)))
    egress = settings.egress
    return replace(settings, egress=replace(egress, allow=(*egress.allow, *allow)))


def _trial(
    directory: Path | None, target: str, kind: str | None, settings: Sequence[tuple[str, str]], timeout: str
) -> "Subject":
    from monitor.cli.plugins import catalogue_of
    from monitor.cli.trial import TrialError, trial
    from monitor.cli.verdict import Subject
    from monitor.plugin.addresses import without_credentials

    try:
        check = trial(catalogue_of(directory, kind), target, kind, settings, timeout)
    except TrialError as error:
        raise UnusableError(str(error)) from None
    named = without_credentials(target).strip('"')
    return Subject(check=check, target=named or check.kind)


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
