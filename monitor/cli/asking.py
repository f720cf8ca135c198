"""One question to a running daemon's API."""

import json
from typing import Any
from urllib.error import HTTPError

from monitor.cli.arguments import UnusableError, WrongUseError
from monitor.cli.caller import MOST_BYTES, NOBODY, Caller, keeping_out
from monitor.cli.silence import SILENT, is_url, silence


class NotThereError(Exception):
    """The daemon has nothing of that name.

    Attributes:
        nearest: Names that may have been meant.
    """

    def __init__(self, nearest: list[str]) -> None:
        super().__init__(nearest)
        self.nearest = nearest


def ask(url: str, path: str, caller: Caller = NOBODY) -> Any:
    """Return what the daemon at a URL answers, from JSON.

    Raises:
        NotThereError: It has no such thing.
        UnusableError: None answers there, or none that lets this caller in.
        WrongUseError: The URL is none.
        click.BadParameter: The caller's options cannot be used.
    """
    if not is_url(url):
        raise WrongUseError(f"--url: {url!r} is not a URL; write http://127.0.0.1:9664")
    opened = caller.opening()
    try:
        with opened(f"{url.rstrip('/')}{path}") as answer:
            return json.loads(answer.read(MOST_BYTES))
    except HTTPError as error:
        with error:
            nearest = _nearest(error)
        if nearest is not None:
            raise NotThereError(nearest) from error
        if error.code in {401, 403}:
            raise UnusableError(keeping_out(url, error.code)) from error
        what = f"{url} answers {error.code}: it is no monitor, or one too old to be asked this"
        raise UnusableError(f"{what}; name another one with --url") from error
    except SILENT as error:
        raise UnusableError(f"no daemon answers at {url}: {silence(error)}; or name another one with --url") from error
    except ValueError as error:
        raise UnusableError(
            f"what answers at {url} is not this monitor, or is cut short; name another one with --url"
        ) from error


def _nearest(error: HTTPError) -> list[str] | None:
    """Return the names that a 404 of ours offers; None for any other answer."""
    if error.code != 404 or error.headers.get_content_type() != "application/problem+json":
        return None
    try:
        problem = json.loads(error.read(MOST_BYTES))
        if not str(problem["detail"]).startswith("there is no "):
            return None
        return [str(name) for name in problem.get("nearest", [])]
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return None
