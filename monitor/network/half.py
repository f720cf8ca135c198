"""What came of an HTTP answer that broke off, was too long or led in a circle."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.network.ledger import Ledger
from monitor.network.wire import REDIRECTS, Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfAnswer:
    """The newest answer of a run, as far as it came.

    Attributes:
        status: 0 when no head came.
        redirects: Answers before it that led on; one that led on once too often counts itself.
        body_bytes: As they came over the wire.
    """

    status: int = 0
    version: str = ""
    redirects: int = 0
    headers: Mapping[str, str]
    body_bytes: int = 0


def half_answer(ledger: Ledger) -> HalfAnswer | None:
    """Return what came of the newest answer; None when nothing was asked for over HTTP."""
    exchange = ledger.exchange
    if not isinstance(exchange, Exchange):
        return None
    message = exchange.message
    if message is None:
        return HalfAnswer(redirects=ledger.requests - 1, headers={})
    leads_on = message.code in REDIRECTS and "Location" in message.headers and not exchange.size
    return HalfAnswer(
        status=message.code,
        version=f"{message.version.major}.{message.version.minor}",
        redirects=ledger.requests - (not leads_on),
        headers=message.headers,
        body_bytes=exchange.size,
    )
