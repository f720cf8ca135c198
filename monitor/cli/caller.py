"""Who asks a running daemon's API, and how: the options of every command that does."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from ssl import SSLContext

MOST_BYTES = 16 * 1024 * 1024
TIMEOUT_SECONDS = 30
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OPTIONS = (
    click.option("--user", metavar="NAME", help="Whom to log in as, where the daemon has users."),
    click.option("--password-file", type=FILE, metavar="FILE", help="Holds the password of --user."),
    click.option("--ca-file", type=FILE, metavar="FILE", help="Whom to trust, where the daemon speaks TLS."),
    click.option(
        "--cert-file", type=FILE, metavar="FILE", help="The certificate to show, where the daemon asks for one."
    ),
    click.option("--key-file", type=FILE, metavar="FILE", help="Its key, when that is not in the same file."),
)

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Open = Callable[[str], "HTTPResponse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, where the daemon has a web-config file. Its fields are those of the options.

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

    def opening(self) -> Open:
        """Return what opens a URL as this caller, past all proxies; a redirection gets no password.

        Raises:
            click.BadParameter: The options do not fit together, or one of the files cannot be used.
        """
        from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

        opener, headers = build_opener(ProxyHandler({}), HTTPSHandler(context=self._tls())), self._headers()

        def opened(address: str) -> "HTTPResponse":
            request = Request(address)  # noqa: S310 - whoever asks has looked at the scheme
            for name, value in headers.items():
                request.add_unredirected_header(name, value)
            return cast("HTTPResponse", opener.open(request, timeout=TIMEOUT_SECONDS))

        return opened

    def _headers(self) -> dict[str, str]:
        if self.user is None:
            return {}
        if self.password_file is None:
            raise click.BadParameter("a user needs a password; write --password-file FILE", param_hint="--user")
        try:
            password = self.password_file.read_text("utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            why = f"{self.password_file} holds no password in UTF-8: {error}"
            raise click.BadParameter(why, param_hint="--password-file") from error
        return {"Authorization": "Basic " + b64encode(f"{self.user}:{password}".encode()).decode()}

    def _tls(self) -> "SSLContext":
        import ssl

        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            # As the daemon judges, whatever the version of Python: 3.13 would refuse private authorities that work.
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            if self.cert_file is not None:
                context.load_cert_chain(self.cert_file, self.key_file, lambda: "")  # never ask on the terminal
        except (OSError, ValueError) as error:
            named = ", ".join(str(one) for one in (self.ca_file, self.cert_file, self.key_file) if one)
            raise click.BadParameter(f"TLS cannot be set up from {named}: {error}", param_hint="--ca-file") from error
        return context


NOBODY = Caller()


def caller_options(command: Decorated) -> Decorated:
    """Give a command the options that say who asks."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def keeping_out(url: str, code: int) -> str:
    """Return what to do about an answer of 401 or 403."""
    remedy = "write --user and --password-file, or --cert-file: one with the role read"
    return f"{url} does not let this caller in ({code}); {remedy}"
