"""Cookies within one run: what a redirecting server sets, the next one is sent if it is meant to have it."""

from aiohttp import CookieJar
from multidict import CIMultiDictProxy
from yarl import URL

from monitor.network.head import Fields, without
from monitor.network.weburl import WebUrl


def kept(jar: CookieJar | None, headers: CIMultiDictProxy[str], url: WebUrl) -> CookieJar | None:
    """Return the cookies so far and those that a server sets; None while there are none.

    aiohttp's jar knows domains, paths, Secure and expiry (RFC 6265), and limits the number.
    """
    given = headers.getall("Set-Cookie", ())
    if not given:
        return jar
    jar = jar or CookieJar(unsafe=True, quote_cookie=False)  # addresses have cookies too
    jar.update_cookies_from_headers(given, URL(url.text, encoded=True))
    return jar


def cookies_for(jar: CookieJar | None, url: WebUrl) -> str:
    """Return the value of the Cookie header for a URL; empty for none."""
    if jar is None:
        return ""
    found = jar.filter_cookies(URL(url.text, encoded=True)).values()
    pairs = [f"{cookie.key}={cookie.coded_value}" for cookie in found]
    return "; ".join(pair for pair in pairs if pair.isascii() and pair.isprintable())


def with_cookies(fields: Fields, cookies: str) -> Fields:
    """Return the fields of a request with cookies beside those that the caller gave."""
    if not cookies:
        return fields
    own = [value for name, value in fields if name.lower() == "cookie"]
    return (*without(fields, {"cookie"}), ("Cookie", "; ".join((*own, cookies))))
