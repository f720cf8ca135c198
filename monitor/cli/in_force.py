"""What a running daemon has in force, as its API tells."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import click

from monitor.cli.caller import MOST_BYTES, NOBODY, Caller, Open, keeping_out
from monitor.cli.silence import SILENT, is_url, silence
from monitor.cli.steps import Side
from monitor.config.description import Kind
from monitor.config.facts import Fact, Facts

PAGE = 500


def in_force(url: str, caller: Caller = NOBODY) -> Side:
    """Return the configuration that the daemon at a URL has in force.

    Raises:
        click.ClickException: None answers there.
    """
    if not is_url(url):
        raise click.BadParameter(f"{url!r} is not a URL; write http://127.0.0.1:9664", param_hint="--url")
    opened = caller.opening()
    prints: dict[Kind, dict[str, str]] = {kind: {} for kind in Kind}
    facts: dict[tuple[Kind, str], Facts] = {}
    after: str | None = ""
    while after is not None:
        page = _page(opened, f"{url.rstrip('/')}/api/v1/configuration?limit={PAGE}&after={quote(after)}", url)
        try:
            for entry in page["entries"]:
                kind, name = Kind(entry["type"]), str(entry["id"])
                prints[kind][name] = str(entry["fingerprint"])
                facts[kind, name] = _facts(entry["fields"], entry["digests"])
            after = _next(page["next"], after)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise click.ClickException(f"what answers at {url} is not this monitor: {error!r}") from error
    return Side(prints, lambda kind, name: facts[kind, name])


def _next(cursor: object, before: str) -> str | None:
    if cursor is not None and (not isinstance(cursor, str) or cursor == before):
        raise ValueError(f"{cursor!r} is no next page")
    return cursor


def _facts(fields: dict[str, str], digests: dict[str, str]) -> Facts:
    told = {str(name): Fact(str(text), str(text)) for name, text in fields.items()}
    return told | {str(name): Fact(None, str(digest)) for name, digest in digests.items()}


def _page(opened: Open, address: str, url: str) -> Any:
    remedy = "name another one with --url, or compare two directories with --from"
    try:
        with opened(address) as answer:
            return json.loads(answer.read(MOST_BYTES))
    except HTTPError as error:
        error.close()
        if error.code in {401, 403}:
            raise click.ClickException(keeping_out(url, error.code)) from error
        what = f"{url} answers {error.code}: it is no monitor, or one too old to tell what it has in force"
        raise click.ClickException(f"{what}; {remedy}") from error
    except SILENT as error:
        raise click.ClickException(f"no daemon answers at {url}: {silence(error)}; or {remedy}") from error
    except ValueError as error:
        raise click.ClickException(f"what answers at {url} is not this monitor, or is cut short; {remedy}") from error
