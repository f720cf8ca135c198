"""The command line: one short module per command."""

from importlib import import_module

import click

from monitor.cli.streams import open_missing

COMMANDS = {
    "serve": "monitor.cli.serve",
    "check-config": "monitor.cli.check_config",
    "plan": "monitor.cli.plan",
    "probe": "monitor.cli.probe",
    "explain": "monitor.cli.explain",
    "blackbox": "monitor.cli.blackbox",
    "plugins": "monitor.cli.plugins",
    "schema": "monitor.cli.schema",
    "import": "monitor.cli.migration",
    "alertmanager": "monitor.cli.alertmanager",
    "demo": "monitor.cli.demo",
}
"""In the order in which ``--help`` lists them; each module has a click command named ``command``."""


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, or None when there is none of that name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        found: click.Command = import_module(module).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List every command with its whole first sentence; click would cut it."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(limit=500)) for name, one in commands if one])


@click.group(
    "datashare-monitor",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="datashare-monitor", message="%(prog)s %(version)s")
def group() -> None:
    """Watch the connections through which government systems share data.

    \b
    A first look, on a country that runs on this machine:
      datashare-monitor demo --watch
    Your own systems:
      datashare-monitor check-config DIR
      datashare-monitor serve DIR
    """  # noqa: D301 - \b keeps click from wrapping the lines
    # Nothing to do: a command follows.


def main() -> None:
    """Run the command line."""
    open_missing()
    group(prog_name="datashare-monitor")
