"""One request over a connection of its own."""

import asyncio
import ssl
from dataclasses import replace

from monitor.network.bypass import bypasses
from monitor.network.cookies import with_cookies
from monitor.network.dial import Dialler
from monitor.network.egress import literal
from monitor.network.environment import EnvironmentProxies, known
from monitor.network.handshake import handshake
from monitor.network.head import head
from monitor.network.http2 import Http2Exchange
from monitor.network.ledger import ARRIVING, AWAITED, Handshake, Lap, Ledger
from monitor.network.negotiation import PROTOCOLS, Negotiation
from monitor.network.proxy import Proxy, proxy_at
from monitor.network.redirects import Request
from monitor.network.tls import Contexts, facts, server_name
from monitor.network.verification import reason_of
from monitor.network.wire import READ_BYTES, Exchange
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import Address, HttpOptions, TlsFacts

ALPN = "http/1.1"


class Web:
    """What the HTTP clients of all runs share.

    Attributes:
        proxy: Used when the options of a request name none.
        environment: The proxies that the environment names; None where it is not known.
        buffer: Where the loop puts what it reads; its content is copied at once, so one is enough for all.
    """

    def __init__(
        self, dialler: Dialler, contexts: Contexts, proxy: str | None, environment: EnvironmentProxies | None = None
    ) -> None:
        self.dialler = dialler
        self.contexts = contexts
        self.proxy = proxy
        self.environment = environment
        self.buffer = memoryview(bytearray(READ_BYTES))

    def proxy_for(self, request: Request, options: HttpOptions) -> Proxy | None:
        """Return the proxy to go through, if any.

        The monitor's own is trusted as the system trusts; one that the check names, as the check trusts its target.

        Raises:
            ProbeError: We may not connect to the target ourselves, so no proxy is asked to do it for us.
        """
        url = request.url
        is_own = options.proxy is None and not options.proxy_from_environment
        if options.proxy_from_environment:
            wanted: str | None = known(self.environment).url_for(url)
        else:
            wanted = self.proxy if is_own else options.proxy
        if not wanted or (options.no_proxy and bypasses(url, options.no_proxy)):
            return None
        address = literal(url.host)
        if address is not None:
            self.dialler.egress.check(address)
        else:
            self.dialler.egress.check_name(url.host)
        found = proxy_at(wanted)
        if is_own:
            return found
        trust = replace(request.tls_config, cert_file=None, key_file=None, server_name=None)
        return replace(found, tls_config=trust, authorization=options.proxy_authorization)


async def visit(
    web: Web, ledger: Ledger, lap: Lap, request: Request, options: HttpOptions
) -> tuple[Exchange | Http2Exchange, Address, TlsFacts | None]:
    """Send a request and read its answer; return it with the address connected to and what TLS showed.

    Raises:
        ProbeError: There is no answer, for a reason known by name.
        OSError: There is no connection, or it broke.
    """
    url = request.url
    proxy = web.proxy_for(request, options)
    place = url if proxy is None else proxy.url
    plain = Exchange(
        web.buffer,
        max_body=options.max_body,
        is_head_enough=request.method == "HEAD",
        follows=options.follow_redirects,
    )
    answer: Exchange | Http2Exchange = plain
    ledger.exchange = plain
    ledger.requests += 1
    wire = Negotiation(web.buffer, plain) if options.http2 and url.is_tls else plain
    tunnel = proxy.tunnel(url, options.proxy_headers, web.buffer) if proxy is not None else None
    opening = wire if tunnel is None else tunnel.protocol
    sent = outgoing(request, proxy, options)
    lap.turn("resolve")
    addresses = await web.dialler.addresses(
        place.host, options.preferred_ip_protocol, fallback=options.ip_protocol_fallback
    )
    lap.turn("connect")
    transport, _, address = await web.dialler.stream(lambda: opening, addresses, place.port, ledger)
    tls = None
    is_plain = not (place.is_tls or url.is_tls)
    try:
        if proxy is not None and proxy.url.is_tls:
            transport = await proxy.secured(transport, opening, web.contexts.get(proxy.tls_config, ALPN), ledger)
        if tunnel is not None:
            await tunnel.open(transport)
            if not url.is_tls:
                hand_over(transport, wire)
        if url.is_tls:
            lap.turn("tls")
            transport, tls = await secured(web, ledger, transport, wire, request)
            if isinstance(wire, Negotiation):
                answer, sent = wire.agree(transport, request, options, sent)
                ledger.exchange = answer
        lap.turn(AWAITED)
        answer.send(transport, sent)
        await answer.done
    finally:
        if answer.first and lap.name == AWAITED:
            lap.turn(ARRIVING, answer.first)
        lap.turn("", answer.ended)
        ledger.release(transport, is_polite=is_plain and bool(answer.ended))
    answer.check()
    return answer, address, tls


async def secured(
    web: Web, ledger: Ledger, transport: asyncio.Transport, answer: Exchange | Negotiation, request: Request
) -> tuple[asyncio.Transport, TlsFacts]:
    """Turn the connection into TLS.

    Raises:
        ProbeError: The certificate is not accepted; in the verifier's words.
        OSError: The handshake failed, or the connection broke.
    """
    alpn = PROTOCOLS if isinstance(answer, Negotiation) else (ALPN,)
    context = web.contexts.get(request.tls_config, *alpn)
    name = server_name(request.tls_config, request.url.host)
    seen = ledger.handshake = Handshake(request.url.host, request.url.port, request.tls_config)
    try:
        transport = await handshake(transport, answer, context, name, ledger)
    except ssl.SSLCertVerificationError as error:
        raise ProbeError(reason_of(error), f"certificate verify failed: {error.verify_message}") from error
    seen.facts = facts(transport.get_extra_info("ssl_object"), is_verified=context.verify_mode is not ssl.CERT_NONE)
    return transport, seen.facts


def hand_over(transport: asyncio.Transport, protocol: asyncio.BaseProtocol) -> None:
    """Have another protocol read the connection from now on."""
    transport.pause_reading()  # uvloop would go on in the way of the one before
    transport.set_protocol(protocol)
    transport.resume_reading()


def outgoing(request: Request, proxy: Proxy | None, options: HttpOptions) -> bytes:
    """Return the bytes of a request, in the form that the proxy or the target expects."""
    through = proxy if proxy is not None and not request.url.is_tls and not proxy.is_socks else None
    form = request.url.text if through else None
    fields = with_cookies(request.fields, request.cookies)
    start = head(request.method, request.url, fields, request.body, decompress=options.decompress, form=form)
    if through:
        start = through.authorized(start)
    return start + request.body if request.body else start
