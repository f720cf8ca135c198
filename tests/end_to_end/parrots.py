"""Servers that say back whatever secret they were given, in every place their protocol has for words.

Each takes a function that is told what was heard, and yields its port.
"""

import contextlib
import json
import socketserver
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

import grpc
from datashare_monitor_ldap import ber
from end_to_end.servers import http
from grpc_health.v1 import health_pb2_grpc
from websockets.sync.server import ServerConnection, serve

Heard = Callable[[str], object]
LOOPBACK = "127.0.0.1"
HEADERS = ("Authorization", "X-Api-Key", "X-Key", "X-Amz-Security-Token", "Proxy-Authorization")
CODES = {"fault": 500, "refused": 401, "elsewhere": 302, "reason": 503, "oauth": 401}
FAULT = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode>'
    "<faultstring>{words}</faultstring><detail><a>{words}</a></detail></s:Fault></s:Body></s:Envelope>"
)
INVALID_CREDENTIALS = 49
SIMPLE = 0x80
ANSWERS = ("ok", "refused", "elsewhere", "reason", "json", "nonsense", "header")
"""Paths of the web server, by the place in which it says what it heard; ``oauth`` and ``token`` give out tokens."""


@contextlib.contextmanager
def web(heard: Heard, token: str) -> Iterator[int]:
    """Serve HTTP, a server of access tokens and a proxy."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        headers = [request.headers[name] for name in HEADERS if name in request.headers]
        body = request.rfile.read(int(request.headers.get("Content-Length", 0))).decode()
        said = " ".join((*headers, body)).replace("\n", " ")
        heard(said)
        kind = request.path.partition("?")[0].strip("/").rpartition("/")[2]
        if kind == "nonsense":
            request.wfile.write(f"{said}\r\n\r\n".encode())
            return
        request.send_response(502 if request.command == "CONNECT" else CODES.get(kind, 200), said)
        request.send_header("X-Echo", said)
        if kind == "elsewhere":
            request.send_header("Location", f"ftp://{quote_plus(said)}.example/{quote_plus(said)}")
        request.end_headers()
        if kind == "fault":
            words = escape(said)
            request.wfile.write(FAULT.format(words=words).encode())
            return
        found = {"error": said, "error_description": said}
        given = {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
        request.wfile.write(json.dumps(given if kind == "token" else found).encode())

    with http(answer) as port:
        yield port


@contextlib.contextmanager
def directory(heard: Heard) -> Iterator[int]:
    """Serve LDAP: refuse every bind, and say with which password it was tried."""

    class Bind(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            number, bind = next(ber.elements(self.request.recv(4096))).inside()
            password = next(one for one in bind.inside() if one.tag == SIMPLE).content
            heard(password.decode())
            words = ber.octets(b"no such password: " + password)
            result = ber.written(0x61, ber.integer(INVALID_CREDENTIALS, ber.ENUMERATED), words, words)
            self.request.sendall(ber.written(ber.SEQUENCE, ber.integer(number.number()), result))

    with serving(socketserver.ThreadingTCPServer((LOOPBACK, 0), Bind)) as port:
        yield port


@contextlib.contextmanager
def procedures(heard: Heard) -> Iterator[int]:
    """Serve gRPC: fail every call, and say why with its metadata."""

    class Repeating(health_pb2_grpc.HealthServicer):
        def Check(self, request, context):  # noqa: N802 - its name in the protocol
            said = dict(context.invocation_metadata())["authorization"]
            heard(said)
            context.abort(grpc.StatusCode.UNAVAILABLE, f"{quote_plus(said)} {said}")

    server = grpc.server(ThreadPoolExecutor(2))
    health_pb2_grpc.add_HealthServicer_to_server(Repeating(), server)
    port = server.add_insecure_port(f"{LOOPBACK}:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait(5)


@contextlib.contextmanager
def sockets(heard: Heard) -> Iterator[int]:
    """Serve WebSockets: at ``/closes`` the reason of the close is the secret, elsewhere the subprotocol chosen."""

    def choose(connection, request, response):
        if request.path != "/closes":
            response.headers["Sec-WebSocket-Protocol"] = request.headers["X-Key"]

    def close(connection: ServerConnection) -> None:
        said = connection.request.headers["X-Key"]
        heard(said)
        connection.close(1008, f"{said} {b64encode(said.encode()).decode()}")

    with serve(close, LOOPBACK, 0, process_response=choose) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[int]:
    """Serve in a thread."""
    with server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
