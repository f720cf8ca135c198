"""The OCSP response that a server staples to its handshake, which Python's own ssl does not hand over."""

from ipaddress import ip_address

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from datashare_monitor_tls.server import Server
from monitor.plugin import ProbeError, Reason, TlsConfig, Vantage

READ_BYTES = 16 * 1024
MOST_BYTES = 512 * 1024
VERSIONS = {
    "TLS10": SSL.TLS1_VERSION, "TLS11": SSL.TLS1_1_VERSION, "TLS12": SSL.TLS1_2_VERSION, "TLS13": SSL.TLS1_3_VERSION,
}  # fmt: skip


class Listener:
    """Keeps what a server staples."""

    def __init__(self) -> None:
        self.stapled = b""

    def __call__(self, _connection: SSL.Connection, response: bytes, _given: object) -> bool:
        """Take the response, empty when there is none, and let the handshake go on."""
        self.stapled = response
        return True


async def stapled(vantage: Vantage, server: Server) -> tuple[bytes, bytes]:
    """Shake hands and return what the server stapled, empty when nothing, and the certificate it showed.

    Nothing is verified: the response is judged by its own signature.

    Raises:
        ProbeError: The handshake failed.
        OSError: The connection broke.
    """
    listener = Listener()
    connection = connection_for(server.name, server.tls_config, listener)
    taken = 0
    async with server.connect(vantage) as stream:
        if server.opening is not None:
            await server.opening(stream)
        while not is_done(connection):
            if data := pending(connection):
                await stream.write(data)
            data = await stream.read(READ_BYTES)
            taken += len(data)
            if not data:
                raise ProbeError(Reason.DISCONNECTED, "the server hung up when asked for an OCSP response")
            if taken > MOST_BYTES:
                raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_BYTES} bytes in a TLS handshake")
            connection.bio_write(data)
    shown = connection.get_peer_certificate(as_cryptography=True)
    return listener.stapled, shown.public_bytes(Encoding.DER) if shown is not None else b""


def connection_for(name: str, config: TlsConfig, listener: Listener) -> SSL.Connection:
    """Return a connection over memory that asks for a response."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_ocsp_client_callback(listener)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    if config.max_version:
        context.set_max_proto_version(VERSIONS[config.max_version])
    if config.cert_file:
        context.use_certificate_chain_file(config.cert_file)
        context.use_privatekey_file(config.key_file or config.cert_file)
    connection = SSL.Connection(context, None)
    if not is_address(name):  # RFC 6066, 3: an address is not asked for
        connection.set_tlsext_host_name(name.encode("idna"))
    connection.request_ocsp()
    connection.set_connect_state()
    return connection


def is_done(connection: SSL.Connection) -> bool:
    """Take the handshake as far as it goes and tell whether that is its end.

    Raises:
        ProbeError: It failed.
    """
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        return False
    except SSL.Error as error:
        raise ProbeError(Reason.TLS, "the TLS handshake that asks for an OCSP response failed") from error
    return True


def pending(connection: SSL.Connection) -> bytes:
    """Return what is to be sent."""
    try:
        return connection.bio_read(MOST_BYTES)
    except SSL.WantReadError:
        return b""


def is_address(name: str) -> bool:
    """Tell whether a name is an address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
