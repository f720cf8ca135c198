"""``datashare-monitor plan``: what a reload would change."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urlsplit
from urllib.request import ProxyHandler, build_opener

import click

from monitor.config import Difference, Loaded
from monitor.inventory import CheckId

PAGE = 500
MOST_BYTES = 16 * 1024 * 1024
TIMEOUT_SECONDS = 30


@click.command("plan")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--url", metavar="URL", default="http://127.0.0.1:9664", show_default=True, help="The daemon to compare with."
)
@click.option(
    "--from", "old", metavar="OLD_DIR", type=click.Path(path_type=Path), help="Compare with a directory instead."
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON for a machine.")
@click.pass_context
def command(ctx: click.Context, directory: Path, url: str, old: Path | None, as_json: bool) -> None:
    """Show what a reload of DIR would add, change and remove.

    Compares DIR with what the running daemon watches, or with another directory. Checks that are not listed keep their
    state, their beat and the run that is under way.

    \b
    Exit status:
      0  here is the plan
      1  a configuration has errors, or the daemon does not answer
      2  usage
    """  # noqa: D301 - \b keeps click from wrapping the lines
    new = _loaded(ctx, directory)
    notes: list[str] = []
    if old is None:
        before: Mapping[str, str] = _running(url)
    else:
        earlier = _loaded(ctx, old)
        before = _fingerprints(earlier)
        if earlier.settings != new.settings:
            notes.append("Settings in monitor.yaml differ; they apply at a start, not at a reload.")
    planned = _difference(before, _fingerprints(new))
    if as_json:
        lists = {name: sorted(getattr(planned, name)) for name in ("added", "changed", "removed")}
        click.echo(json.dumps(lists, indent=2))
        return
    for line in [*lines(planned), *notes]:
        click.echo(line)


def lines(planned: Difference) -> list[str]:
    """Return a plan as a person reads it."""
    marks = (("+", planned.added), ("~", planned.changed), ("-", planned.removed))
    found = [f"{mark} {name}" for mark, names in marks for name in sorted(names)]
    if not found:
        return ["A reload would change no check."]
    counts = f"{len(planned.added):,} to add, {len(planned.changed):,} to change, {len(planned.removed):,} to remove."
    return [*found, counts]


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> Difference:
    both = before.keys() & after.keys()
    return Difference(
        added=frozenset(map(CheckId, after.keys() - before.keys())),
        changed=frozenset(CheckId(name) for name in both if before[name] != after[name]),
        removed=frozenset(map(CheckId, before.keys() - after.keys())),
    )


def _fingerprints(loaded: Loaded) -> dict[str, str]:
    checks = loaded.inventory.checks if loaded.inventory else {}
    return {name: check.fingerprint for name, check in checks.items()}


def _loaded(ctx: click.Context, directory: Path) -> Loaded:
    import uvloop

    from monitor.cli.progress import progress
    from monitor.config import load_in_child

    with progress(f"Reading {directory} …"):
        loaded = uvloop.run(load_in_child(directory))
    if loaded.inventory is None:
        for problem in loaded.problems:
            click.echo(str(problem), err=True)
        click.echo(f"{directory} has errors; a reload would keep the old configuration", err=True)
        ctx.exit(1)
    return loaded


def _running(url: str) -> dict[str, str]:
    from monitor.cli.progress import progress

    if urlsplit(url).scheme not in {"http", "https"}:
        raise click.BadParameter(f"{url!r} is not a URL; write http://127.0.0.1:9664", param_hint="--url")
    found: dict[str, str] = {}
    after: str | None = ""
    with progress(f"Asking {url} …"):
        while after is not None:
            page = _page(f"{url.rstrip('/')}/api/v1/inventory?type=check&limit={PAGE}&after={quote(after)}", url)
            try:
                found.update((str(entry["id"]), str(entry["fingerprint"])) for entry in page["entries"])
                after = page["next"]
            except (KeyError, TypeError) as error:
                raise click.ClickException(f"what answers at {url} is not this monitor: {error!r}") from error
    return found


def _page(address: str, url: str) -> Any:
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(address, timeout=TIMEOUT_SECONDS) as answer:
            return json.loads(answer.read(MOST_BYTES))
    except (URLError, OSError) as error:
        cause = getattr(error, "reason", None) or error
        remedy = "name it with --url, or compare two directories with --from"
        raise click.ClickException(f"no daemon answers at {url}: {cause}; {remedy}") from error
    except ValueError as error:
        raise click.ClickException(f"what answers at {url} is not this monitor: {error}") from error
