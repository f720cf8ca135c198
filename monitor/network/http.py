"""The HTTP client of one run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import CookieJar
from multidict import CIMultiDictProxy

from monitor.network.cookies import cookies_for, kept
from monitor.network.decode import decoded
from monitor.network.head import checked
from monitor.network.ledger import Lap, Ledger
from monitor.network.redirects import Request, follow, refuse_detour
from monitor.network.visit import Web, visit
from monitor.network.weburl import UrlError, WebUrl, web_url
from monitor.network.wire import NO_BODY, REDIRECTS
from monitor.observation import Reason
from monitor.plugin.documents import apart, read_json
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import DEFAULT_HTTP, Answer, HttpOptions

DIGITS = 20
"""A length with more of them is nonsense."""


class SafeHttp:
    """The Http of ``vantage.http``."""

    __slots__ = ("_ledger", "_web")

    def __init__(self, web: Web, ledger: Ledger) -> None:
        self._web = web
        self._ledger = ledger

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        body: bytes | None = None,
        options: HttpOptions = DEFAULT_HTTP,
    ) -> Answer:
        """Send one request and read its answer."""
        request = Request(
            method=method, url=parsed(url), fields=checked(headers), body=body, tls_config=options.tls_config
        )
        asked, redirects = request.url.host, 0
        jar: CookieJar | None = None
        lap = self._ledger.lap() if options.is_timed else Lap({})
        try:
            while True:
                exchange, address, tls = await visit(self._web, self._ledger, lap, request, options)
                message = exchange.message
                if message is None:
                    raise ProbeError(Reason.DISCONNECTED, "the server did not answer")
                location = message.headers.get("Location") if message.code in REDIRECTS else None
                if location is None or not options.follow_redirects:
                    break
                if redirects >= options.max_redirects:
                    raise ProbeError(Reason.REDIRECT, f"more than {options.max_redirects} redirects")
                redirects += 1
                jar = kept(jar, message.headers, request.url)
                request = follow(request, message.code, location)
                if jar is not None:
                    request = replace(request, cookies=cookies_for(jar, request.url))
        except (ProbeError, OSError) as error:
            refuse_detour(asked, request.url, error)
            raise
        finally:
            self._ledger.finish(lap)
        content = exchange.body
        encoding = message.headers.get("Content-Encoding")
        if encoding and options.decompress:
            content = await decoded(content, encoding, options.max_body)
        return Answer(
            status=message.code,
            reason=clean(message.reason or ""),
            headers=fields_of(message.headers),
            body=content,
            url=request.url.text,
            redirects=redirects,
            version=f"{message.version.major}.{message.version.minor}",
            address=address,
            tls=tls,
            uncompressed_length=len(content),
            length=stated_length(message.code, message.headers.get("Content-Length", "")),
        )

    async def json(
        self, url: str, *, headers: Mapping[str, str] | None = None, options: HttpOptions = DEFAULT_HTTP
    ) -> Any:
        """GET a JSON document."""
        answer = await self.request("GET", url, headers=headers, options=options)
        if not 200 <= answer.status < 300:
            raise ProbeError(Reason.STATUS, f"answered {answer.status}, expected 2xx")
        return await apart(answer.body, lambda: read_json(answer.body))


def parsed(url: str) -> WebUrl:
    """Read the URL of a request.

    Raises:
        ProbeError: It is none; the plugin or its configuration is wrong.
    """
    try:
        return web_url(url)
    except UrlError as error:
        raise ProbeError(Reason.PLUGIN, str(error)) from None


def stated_length(code: int, declared: str) -> int:
    """Return the length of the body that an answer states, -1 when it states none."""
    if code in NO_BODY:
        return 0
    return int(declared) if declared.isdecimal() and len(declared) < DIGITS else -1


def fields_of(headers: CIMultiDictProxy[str]) -> tuple[tuple[str, str], ...]:
    """Return the headers in the order sent, names in lower case."""
    return tuple([(name.lower(), value if value.isascii() else clean(value)) for name, value in headers.items()])


def clean(text: str) -> str:
    """Return text of the parser's with U+FFFD for bytes that are not UTF-8, so that it can be written anywhere."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
