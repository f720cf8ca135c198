"""The command line: one short module per command."""

from importlib import import_module
from typing import Any

import click

from monitor.cli.ending import cut_short
from monitor.cli.streams import open_missing

COMMANDS = {
    "serve": ("serve", "Watch everything that the configuration in DIRECTORY names."),
    "check-config": ("check_config", "Check the configuration in DIR and list everything that is wrong with it."),
    "plan": ("plan", "Show what a reload of DIR would add, change and remove."),
    "probe": (
        "probe",
        "Run the check ID (agency/target/check) once and show what it saw, and why; or try any target with --target.",
    ),
    "explain": (
        "explain",
        "Show where CONNECTION (agency/connection) is broken, on what evidence, since when and who has to act.",
    ),
    "blackbox": (
        "blackbox",
        "Probe on request, in the place of blackbox_exporter: with its flags, its module file and its endpoints.",
    ),
    "plugins": (
        "plugins",
        "List the probe kinds that are installed; with NAME, of a kind or a plugin, show its fields and measures.",
    ),
    "schema": (
        "schema",
        "Print the JSON Schema of a configuration file, the fields of the installed probe kinds included.",
    ),
    "import": ("migration", "Write an agency file from the configuration of another tool."),
    "alertmanager": ("alertmanager", "Write the configuration of Alertmanager for the agencies in DIR."),
    "demo": ("demo", "Serve a small country on this machine, some of it in trouble."),
}
"""In the order in which ``--help`` lists them: a module with a click command named ``command``, and its first sentence.

The sentences stand here as well so that ``--help`` imports none of the modules.
"""


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is asked for."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Read the command line; ``--help`` and ``--version`` write already."""
        with cut_short():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; one that is cut short gives no verdict."""
        with cut_short():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"monitor.cli.{COMMANDS[cmd_name][0]}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List every command with its whole first sentence; click would cut it, and import all of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


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

    \b
    Exit status, beside those of each command:
      130  interrupted by Ctrl-C
      141  nobody reads on, as behind head
    """  # noqa: D301 - \b keeps click from wrapping the lines
    # Nothing to do: a command follows.


def main() -> None:
    """Run the command line."""
    open_missing()
    group(prog_name="datashare-monitor")
