"""``datashare-monitor alertmanager``: a configuration for Alertmanager."""

import os
import re
from pathlib import Path, PurePath

import click

from monitor.inventory import AgencyId, ContactId, Inventory

SERVER = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}", re.ASCII)
READABLE_BY_GROUP = 0o640


@click.command("alertmanager")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write here, over what is there; standard output if not given.",
)  # fmt: skip
@click.option(
    "--operators", metavar="AGENCY/CONTACT", default="", help="Who runs the monitor, and is told of its own faults.",
)  # fmt: skip
@click.option("--watchdog", metavar="URL", default="", help="Called every minute while alerts can get through.")
@click.option("--smtp", metavar="HOST:PORT", default="localhost:25", show_default=True, help="The mail server.")
@click.option(
    "--from", "sender", metavar="ADDRESS", default="datashare-monitor@localhost", show_default=True,
    help="Whom e-mails come from.",
)  # fmt: skip
@click.option(
    "--no-smtp-tls",
    "is_plain",
    is_flag=True,
    help="Do not insist on TLS; on this machine it never is.",
)
@click.option("--smtp-user", metavar="NAME", default="", help="Needs --smtp-password-file.")
@click.option(
    "--smtp-password-file", type=click.Path(path_type=PurePath), metavar="FILE",
    help="Where Alertmanager finds the password; it is not read here.",
)  # fmt: skip
@click.pass_context
def command(
    ctx: click.Context,
    *,
    directory: Path,
    output: Path | None,
    operators: str,
    watchdog: str,
    smtp: str,
    sender: str,
    is_plain: bool,
    smtp_user: str,
    smtp_password_file: PurePath | None,
) -> None:
    """Write the configuration of Alertmanager for the agencies in DIR.

    An alert goes to the owner that it names, else to the first contact of its agency that can be reached, else to the
    operators. While a hub or another system is down, alerts of connections that are broken there are held back.
    Maintenance windows become mute times, to the minute. Needs Alertmanager 0.25 or newer.

    \b
    Exit status:
      0  written; warnings, if any, are on standard error
      1  the configuration has errors, or somebody could not be reached
      2  usage
    """  # noqa: D301 - \b keeps click from wrapping the lines
    import uvloop

    from monitor.alertmanager import Desk, Mail, configuration, missing, mutes, written
    from monitor.cli.check_config import counted
    from monitor.cli.progress import progress
    from monitor.config import load_in_child

    mail = Mail(
        server=_server(smtp),
        sender=_address(sender),
        is_plain=is_plain,
        user=smtp_user,
        password_file=smtp_password_file,
    )
    if bool(smtp_user) is not (smtp_password_file is not None):
        raise click.UsageError("--smtp-user and --smtp-password-file belong together")
    with progress(f"Reading {directory} …"):
        loaded = uvloop.run(load_in_child(directory))
        problems = loaded.problems if loaded.inventory is None else missing(loaded.inventory, directory)
    for problem in problems:
        click.echo(str(problem), err=True)
    if loaded.inventory is None or problems:
        errors = sum(problem.is_error for problem in problems)
        click.echo(f"{counted(errors, 'error')} in {directory}; nothing is written", err=True)
        ctx.exit(1)
    desk = Desk(operators=_operators(operators, loaded.inventory), watchdog=_url(watchdog))
    windows = mutes(loaded.inventory)
    if desk.operators is None:
        click.echo("warning: nobody is told of the monitor's own faults; name a contact with --operators", err=True)
    for name in windows.unsaid:
        click.echo(f'warning: the maintenance "{name}" is too long to be a mute time and is left out', err=True)
    text = written(configuration(loaded.inventory, windows, mail, desk))
    if output is None:
        click.echo(text, nl=False)
        return
    _write(output, text)
    receivers = counted(len(loaded.inventory.contacts), "contact")
    click.echo(f"{output}: {receivers} of {counted(len(loaded.inventory.agencies), 'agency', 'agencies')}")


def _write(output: Path, text: str) -> None:
    """Put a file in its place whole: Alertmanager may read it at any moment. Webhooks are not for everybody's eyes."""
    written = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READABLE_BY_GROUP)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            if output.exists():
                before = output.stat()
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
                os.fchmod(file.fileno(), before.st_mode)
        written.replace(output)
    except OSError as error:
        written.unlink(missing_ok=True)
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from None


def _operators(text: str, inventory: Inventory) -> tuple[AgencyId, ContactId] | None:
    if not text:
        return None
    agency, _, name = text.partition("/")
    contact = inventory.contacts.get((AgencyId(agency), ContactId(name)))
    if contact is None or not (contact.email or contact.webhook):
        message = (
            f"{text!r} is no contact with an email or a webhook; write AGENCY/CONTACT as in {agency or 'agencies'}.yaml"
        )
        raise click.BadParameter(message, param_hint="--operators")
    return contact.agency, contact.id


def _server(text: str) -> str:
    if not SERVER.fullmatch(text):
        raise click.BadParameter(f"{text!r} is no server; write mail.example:587", param_hint="--smtp")
    return text


def _address(text: str) -> str:
    from monitor.alertmanager.contacts import ADDRESS

    if not ADDRESS.fullmatch(text):
        raise click.BadParameter(f"{text!r} is no address; write monitor@agency.example", param_hint="--from")
    return text


def _url(text: str) -> str:
    from monitor.alertmanager.contacts import webhook_fault
    from monitor.plugin.addresses import read_url

    try:
        url = text and read_url(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--watchdog") from None
    if url and (fault := webhook_fault(url)):
        raise click.BadParameter(f"it {fault}", param_hint="--watchdog")
    return url
