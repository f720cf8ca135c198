"""What is asked when secrets or a file are part of it."""

import asyncio
import json
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from monitor.plugin import Answer, ProbeError, Reason, Vantage
from monitor.plugin.http.credentials import secret_fields
from monitor.plugin.http.fields import Fields, sendable
from monitor.plugin.http.oauth2 import bearer
from monitor.plugin.http.proxies import with_secrets
from monitor.plugin.http.wallet import Wallet

if TYPE_CHECKING:
    from datashare_monitor_http.probe import HttpProbe

MOST_BODY = 1024 * 1024
MOST_LOGIN, MOST_WORDS = 16 * 1024, 100
"""Bytes of a body that may be a login, and how many of its words are kept from being repeated."""


async def ask(probe: "HttpProbe", vantage: Vantage, wallet: Wallet) -> tuple[Answer, float]:
    """Return the answer, and the seconds that the request for it took.

    A token that was kept and is refused is forgotten, and another one fetched, once.

    Raises:
        ProbeError: There is no answer, or no token, or a secret cannot be read.
        OSError: There is no connection, or it broke.
    """
    body = probe.body_sent
    if probe.body_file:
        body = await body_in(probe.body_file)
        wallet.remember(*islice(words_in(body), MOST_WORDS))
    fields = _fields(probe, wallet)
    options = with_secrets(probe.request_options, probe, wallet)

    async def send(*more: tuple[str, str]) -> tuple[Answer, float]:
        headers = sendable((*fields, *more))
        began = perf_counter()
        answer = await vantage.http.request(probe.method, probe.target, headers=headers, body=body, options=options)
        return answer, perf_counter() - began

    if probe.oauth2 is None:
        return await send()
    token = await bearer(probe.oauth2, vantage, wallet)
    answer, took = await send(token.header)
    if answer.status == 401:
        vantage.tokens.forget(token.key, token.text)
        if not token.is_new:
            token = await bearer(probe.oauth2, vantage, wallet)
            answer, took = await send(token.header)
    return answer, took


def _fields(probe: "HttpProbe", wallet: Wallet) -> Fields:
    fields = (*(probe.headers_sent or {}).items(), *secret_fields(probe.http_headers, wallet))
    credentials = probe.basic_auth or probe.authorization
    token = probe.bearer_token or probe.bearer_token_file
    if credentials is not None:
        return (*fields, ("Authorization", credentials.value(wallet)))
    if token is not None:
        return (*fields, ("Authorization", f"Bearer {wallet.reveal(token)}"))
    return fields


async def body_in(path: str) -> bytes:
    """Return the body in a file, as it is now.

    Raises:
        ProbeError: It cannot be read, or is over 1 MiB (``Reason.SECRET``: such files hold logins).
    """
    return await asyncio.to_thread(_read, path)


def _read(path: str) -> bytes:
    try:
        facts = Path(path).stat()
        if not stat.S_ISREG(facts.st_mode):
            raise ProbeError(Reason.SECRET, f"body_file {path} cannot be read: not an ordinary file")
        if facts.st_size > MOST_BODY:
            raise ProbeError(Reason.SECRET, f"body_file {path} is over {MOST_BODY} bytes")
        return Path(path).read_bytes()
    except OSError as error:
        raise ProbeError(Reason.SECRET, f"body_file {path} cannot be read: {error.strerror}") from None


def words_in(body: bytes) -> Iterator[str]:
    """Yield what may be secret in the body of a login: its values, of a form or of JSON, or else its lines."""
    text = body[:MOST_LOGIN].decode("utf-8", "replace").strip()
    yield text
    try:
        yield from texts_in(json.loads(text))
    except (ValueError, RecursionError):
        yield from text.splitlines()
        yield from (value for _, value in parse_qsl(text))


def texts_in(value: object) -> Iterator[str]:
    """Yield the texts that a JSON value holds."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from texts_in(each)
        case list():
            for each in value:
                yield from texts_in(each)
