"""Through which proxy a request goes: the options that a request of a check and that for its token have in common."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from monitor.plugin import HttpOptions, Secret
from monitor.plugin.http.credentials import BasicAuth
from monitor.plugin.http.fields import Fields, check_names, check_values, sendable
from monitor.plugin.http.wallet import Wallet

_BYPASS = re.compile(r"\*|(?:\*\.)?[\w.:/\[\]-]{1,253}", re.ASCII)


class Proxied(Protocol):
    """Whatever has these options."""

    @property
    def proxy_url(self) -> str | None:
        """Where the proxy listens."""
        ...

    @property
    def proxy_basic_auth(self) -> BasicAuth | None:
        """Who we are to it."""
        ...

    @property
    def no_proxy(self) -> str:
        """What is reached without it."""
        ...

    @property
    def proxy_from_environment(self) -> bool:
        """Whether the environment names it."""
        ...

    @property
    def proxy_connect_header(self) -> Mapping[str, tuple[str | Secret, ...]]:
        """Headers for it alone."""
        ...


def check_proxy(given: Proxied) -> None:
    """Return if the options make sense together.

    Raises:
        ValueError: They do not; it says what to write instead.
    """
    check_names("proxy_connect_header", given.proxy_connect_header)
    check_values("proxy_connect_header", written(given))
    if given.proxy_from_environment and given.proxy_url:
        raise ValueError("write proxy_url or proxy_from_environment, not both")
    if given.proxy_from_environment and given.no_proxy:
        raise ValueError("no_proxy belongs to proxy_url; for proxy_from_environment set NO_PROXY in the environment")
    if given.proxy_basic_auth and not given.proxy_url:
        raise ValueError("proxy_basic_auth belongs to proxy_url; write it as well, or leave both out")
    if given.proxy_basic_auth and any(name.lower() == "proxy-authorization" for name in given.proxy_connect_header):
        raise ValueError("write proxy_basic_auth or the header Proxy-Authorization, not both")
    if given.proxy_connect_header and (given.proxy_url or "").lower().startswith("socks5"):
        raise ValueError("proxy_connect_header is for HTTP proxies, a SOCKS5 one takes no headers; leave it out")
    for entry in bypassed(given):
        if not _BYPASS.fullmatch(entry):
            raise ValueError(f'no_proxy: "{entry[:40]}" is no host, address or network; separate them by commas')


def bypassed(given: Proxied) -> tuple[str, ...]:
    """Return the entries of ``no_proxy``."""
    return tuple(entry.strip() for entry in given.no_proxy.split(",") if entry.strip())


def written(given: Proxied) -> Iterable[tuple[str, str]]:
    """Return the headers for the proxy that are no secrets."""
    pairs = ((name, each) for name, texts in given.proxy_connect_header.items() for each in texts)
    return tuple([(name, each) for name, each in pairs if isinstance(each, str)])


def with_secrets(options: HttpOptions, given: Proxied, wallet: Wallet) -> HttpOptions:
    """Return how to make a request, with what is secret of the way through the proxy.

    Raises:
        ProbeError: A secret cannot be read, or cannot be sent.
    """
    if given.proxy_connect_header:
        options = replace(options, proxy_headers=sendable(headers_of(given, wallet)))
    if given.proxy_basic_auth is not None:
        options = replace(options, proxy_authorization=given.proxy_basic_auth.value(wallet))
    return options


def headers_of(given: Proxied, wallet: Wallet) -> Fields:
    """Return the headers for the proxy, secrets among them."""
    pairs = ((name, each) for name, texts in given.proxy_connect_header.items() for each in texts)
    return tuple([(name, wallet.reveal(each) if isinstance(each, Secret) else each) for name, each in pairs])
