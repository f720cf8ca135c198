"""``datashare-monitor plugins``: what is installed, and what each probe kind takes."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.json_text import json_text
from monitor.plugin.docstring import first_line
from monitor.sinks.printable import printable

if TYPE_CHECKING:
    from rich.table import Table

    from monitor.plugin.catalogue import Catalogue

WIDE = 200
COLUMNS = ("kind", "plugin", "distribution", "version", "runs", "what it does")


@click.command("plugins")
@click.argument("name", required=False)
@click.option(
    "--config",
    "directory",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Load the plugins that monitor.yaml in DIR names as well.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON for a machine.")
@click.pass_context
def command(ctx: click.Context, name: str | None, directory: Path | None, as_json: bool) -> None:
    """List the probe kinds that are installed; with NAME, of a kind or a plugin, show its fields and measures.

    Plugins of others are imported only when monitor.yaml or NAME names them.

    \b
    Exit status:
      0  all of them work
      1  one could not be loaded, or there is none of that name
      2  usage
    """  # noqa: D301 - \b keeps click from wrapping the lines
    from monitor.cli.progress import progress
    from monitor.config.problem import listed, suggestion

    catalogue = catalogue_of(directory, name)
    with progress("Loading the plugins …"):
        catalogue.load()
    found = list(_rows(catalogue))
    if name is not None:
        found = [row for row in found if name in {row["kind"], row["plugin"]}]
        if not found and name not in catalogue.failures:
            known = {*catalogue.kinds, *(plugin.name for plugin in catalogue.installed)}
            near = suggestion(name, known) or f". There are: {listed(known)}"
            raise click.ClickException(f'there is no kind or plugin "{name}"{near}')
    if as_json:
        details = [{**row, **_details(catalogue, row["kind"])} if row["kind"] else row for row in found]
        click.echo(json_text({"kinds": details, "failures": catalogue.failures}))
    elif name is None:
        _print(_table(found))
    else:
        for row in found:
            _show(catalogue, row)
    for plugin, cause in catalogue.failures.items():
        click.echo(printable(f"the plugin {plugin} could not be loaded: {cause}"), err=True)
    ctx.exit(1 if catalogue.failures else 0)


def catalogue_of(directory: Path | None, name: str | None = None) -> "Catalogue":
    """Return the plugins that are on by default, that a directory names, or that have this name; loaded on demand."""
    from monitor.plugin.catalogue import on_demand
    from monitor.settings import PluginSettings

    named: dict[str, PluginSettings] = {}
    if directory is not None:
        from monitor.config.reading import read_settings

        settings, problems = read_settings(directory)
        for problem in problems:
            click.echo(str(problem), err=True)
        named.update(settings.plugins)
    if name is not None:
        named.setdefault(name, PluginSettings())
    return on_demand(named)


def _rows(catalogue: "Catalogue") -> Iterator[dict[str, str]]:
    loaded = catalogue.loaded
    for kind, plugin in catalogue.plugin_of.items():
        yield {
            "kind": kind,
            "plugin": plugin,
            "distribution": loaded[plugin].distribution,
            "version": loaded[plugin].version,
            "runs": str(catalogue.where[kind]),
            "what it does": first_line(catalogue.kinds[kind].probe),
        }
    for one in catalogue.installed:
        if one.name not in loaded and one.name not in catalogue.failures:
            yield {
                "kind": "",
                "plugin": one.name,
                "distribution": one.distribution,
                "version": one.version,
                "runs": "off",
                "what it does": f"Not loaded: name it under plugins in monitor.yaml, or ask plugins {one.name}.",
            }


def _details(catalogue: "Catalogue", kind: str) -> Mapping[str, Any]:
    from monitor.config.fields import fields_of
    from monitor.plugin.docstring import prose

    offered = catalogue.kinds[kind]
    return {
        "prose": prose(offered.probe),
        "fields": [asdict(field) for field in fields_of(offered.probe)],
        "measures": [
            {"name": f"datashare_{one.name}", "kind": str(one.kind), "help": one.help} for one in offered.measures
        ],
    }


def _show(catalogue: "Catalogue", row: Mapping[str, str]) -> None:
    from monitor.cli.screen import screen

    if not row["kind"]:
        return
    details = _details(catalogue, row["kind"])
    width = screen().width
    click.echo(printable(f"{row['kind']}: {row['what it does']}"))
    click.echo(f"{printable(row['distribution'])} {printable(row['version'])}, runs {row['runs']}\n")
    for paragraph in details["prose"]:
        click.echo(f"{_filled(paragraph, width)}\n")
    click.echo("Options, under with:\n")
    for field in details["fields"]:
        _entry(f"{field['name']}: {field['type']}{_default(field)}", field["help"], width)
    if details["measures"]:
        click.echo("\nMeasures\n")
    for measure in details["measures"]:
        _entry(measure["name"], measure["help"], width)


def _default(field: Mapping[str, Any]) -> str:
    if field["is_required"]:
        return ", required"
    return f", {field['default']} unless set" if field["default"] else ""


def _entry(head: str, text: str, width: int) -> None:
    for line, indent in ((head, "  "), (text, "      ")):
        if line:
            click.echo(_filled(line, width, initial_indent=indent, subsequent_indent="      ", break_on_hyphens=False))


def _filled(text: str, width: int, **how: Any) -> str:
    """Return a paragraph of somebody's words, line by line."""
    return fill(printable(" ".join(text.split())), width, **how)


def _table(rows: list[dict[str, str]]) -> "Table":
    from rich.table import Table

    table = Table(*COLUMNS, box=None)
    for row in rows:
        table.add_row(*(printable(row[column]) for column in COLUMNS))
    return table


def _print(table: "Table") -> None:
    from monitor.cli.screen import screen

    console = screen()
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)
