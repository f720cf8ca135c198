"""``datashare-monitor schema``: JSON Schema for editors."""

from pathlib import Path

import click

from monitor.cli.json_text import json_text
from monitor.sinks.printable import printable

FILES = ("agency", "monitor", "programme", "web")


@click.command("schema")
@click.argument("file", metavar="[agency|monitor|programme|web]", type=click.Choice(FILES), default="agency")
@click.option(
    "--config",
    "directory",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Load the plugins that monitor.yaml in DIR names as well.",
)
def command(file: str, directory: Path | None) -> None:
    """Print the JSON Schema of a configuration file, the fields of the installed probe kinds included.

    Without a name, that of a file in agencies/.

    \b
    Exit status:
      0  here it is; plugins that could not be loaded are named on standard error
      2  usage

    \b
    For an editor with yaml-language-server:
      datashare-monitor schema agency > agency.schema.json
    and, as the first line of a file in agencies/:
      # yaml-language-server: $schema=../agency.schema.json
    """  # noqa: D301 - \b keeps click from wrapping the lines
    from monitor.cli.plugins import catalogue_of
    from monitor.cli.progress import progress
    from monitor.config.schema import SCHEMAS

    catalogue = catalogue_of(directory)
    with progress("Loading the plugins …"):
        catalogue.load()
        schema = SCHEMAS[file](catalogue)
    for name, cause in catalogue.failures.items():
        click.echo(printable(f"the plugin {name} could not be loaded: {cause}"), err=True)
    click.echo(json_text(schema))
