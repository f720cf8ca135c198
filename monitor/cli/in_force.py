"""What a running daemon has in force, as its API tells."""

import json
import ssl
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

import click

from monitor.cli.steps import Side
from monitor.config.description import Kind
from monitor.config.facts import Fact, Facts

PAGE = 500
MOST_BYTES = 16 * 1024 * 1024
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, where the daemon has a web-config file.

    Attributes:
        user: Of ``basic_auth_users``; None for nobody.
        password_file: Holds the user's password.
        ca_file: Whom to trust; None for the authorities of the system.
        cert_file: The client's certificate, in PEM; its key may stand in the same file.
    """

    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers of a request.

        Raises:
            click.BadParameter: There is a user and no password.
        """
        if self.user is None:
            return {}
        if self.password_file is None:
            raise click.BadParameter("a user needs a password; write --password-file FILE", param_hint="--user")
        password = self.password_file.read_text("utf-8").rstrip("\r\n")
        return {"Authorization": "Basic " + b64encode(f"{self.user}:{password}".encode()).decode()}

    def tls(self) -> ssl.SSLContext:
        """Return how to speak TLS.

        Raises:
            click.BadParameter: One of the files cannot be used.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.cert_file is not None:
                context.load_cert_chain(self.cert_file, self.key_file, lambda: "")  # never ask on the terminal
        except (OSError, ValueError) as error:
            named = ", ".join(str(one) for one in (self.ca_file, self.cert_file, self.key_file) if one)
            raise click.BadParameter(f"TLS cannot be set up from {named}: {error}", param_hint="--ca-file") from error
        return context


def in_force(url: str, caller: Caller = Caller()) -> Side:
    """Return the configuration that the daemon at a URL has in force.

    Raises:
        click.ClickException: None answers there.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise click.BadParameter(f"{url!r} is not a URL; write http://127.0.0.1:9664", param_hint="--url")
    opener, headers = build_opener(ProxyHandler({}), HTTPSHandler(context=caller.tls())), caller.headers()
    prints: dict[Kind, dict[str, str]] = {kind: {} for kind in Kind}
    facts: dict[tuple[Kind, str], Facts] = {}
    after: str | None = ""
    while after is not None:
        address = f"{url.rstrip('/')}/api/v1/configuration?limit={PAGE}&after={quote(after)}"
        request = Request(address)  # noqa: S310 - the scheme was looked at
        for name, value in headers.items():
            request.add_unredirected_header(name, value)
        page = _page(opener, request, url)
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


def _page(opener: OpenerDirector, request: Request, url: str) -> Any:
    remedy = "name it with --url, or compare two directories with --from"
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.loads(answer.read(MOST_BYTES))
    except HTTPError as error:
        error.close()
        if error.code in {401, 403}:
            what = f"{url} does not let this caller in ({error.code}); write --user and --password-file, or --cert-file"
            raise click.ClickException(f"{what}: one with the role read") from error
        what = f"{url} answers {error.code}: it is no monitor, or one too old to tell what it has in force"
        raise click.ClickException(f"{what}; {remedy}") from error
    except (URLError, OSError) as error:
        cause = getattr(error, "reason", None) or error
        raise click.ClickException(f"no daemon answers at {url}: {cause}; {remedy}") from error
    except ValueError as error:
        raise click.ClickException(f"what answers at {url} is not this monitor: {error}") from error
