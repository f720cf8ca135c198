"""Servers of data that say back the secret they were logged in with, in every place their protocol has for words.

Each takes a function that is told what was heard, and yields its port.
"""

import asyncio
import contextlib
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator

import asyncssh
from aiokafka.protocol import admin
from end_to_end.parrots import LOOPBACK, Heard, serving
from pamqp import commands, frame, header

LENGTH = struct.Struct("!i")
ACCESS_REFUSED = 403
CLEARTEXT_PASSWORD = 3
SASL_REFUSED = 58
HANDSHAKE, VERSIONS, AUTHENTICATE = 17, 18, 36
"""Numbers of Kafka's requests."""

Talk = Callable[[socketserver.StreamRequestHandler, Heard], None]


def caches(request: socketserver.StreamRequestHandler, heard: Heard) -> None:
    """Speak RESP: every command is an error, whose words are the command."""
    words = []
    for _ in range(int(request.rfile.readline()[1:])):
        length = int(request.rfile.readline()[1:])
        words.append(request.rfile.read(length + 2)[:length].decode())
    said = " ".join(words)
    heard(said)
    request.wfile.write(f"-WRONGPASS {said}\r\n".encode())


def postgresql(request: socketserver.StreamRequestHandler, heard: Heard) -> None:
    """Ask for the password in the clear, and refuse it with itself."""
    (length,) = LENGTH.unpack(request.rfile.read(4))
    request.rfile.read(length - 4)
    request.wfile.write(b"R" + struct.pack("!ii", 8, CLEARTEXT_PASSWORD))
    request.rfile.read(1)
    (length,) = LENGTH.unpack(request.rfile.read(4))
    said = request.rfile.read(length - 4).rstrip(b"\0")
    heard(said.decode())
    fields = b"SFATAL\0VFATAL\0C28P01\0M%b\0D%b\0H%b\0\0" % (said, said, said)
    request.wfile.write(b"E" + LENGTH.pack(len(fields) + 4) + fields)


def brokers(request: socketserver.StreamRequestHandler, heard: Heard) -> None:
    """Speak Kafka's protocol until the login, which is refused with what it was tried with."""
    while prefix := request.rfile.read(4):
        asked = request.rfile.read(LENGTH.unpack(prefix)[0])
        number = int.from_bytes(asked[:2])
        if number == VERSIONS:
            answer = admin.ApiVersionResponse_v0(0, [(18, 0, 0), (HANDSHAKE, 1, 1), (AUTHENTICATE, 0, 0)])
        elif number == HANDSHAKE:
            answer = admin.SaslHandShakeResponse_v1(0, ["PLAIN"])
        else:
            said = asked.decode("utf-8", "replace").rpartition("\0")[2]
            heard(said)
            answer = admin.SaslAuthenticateResponse_v0(SASL_REFUSED, f"no such password: {said}", said.encode())
        body = asked[4:8] + answer.encode()
        request.wfile.write(LENGTH.pack(len(body)) + body)


def queues(request: socketserver.StreamRequestHandler, heard: Heard) -> None:
    """Speak AMQP 0-9-1 until the login, and close with its password as the reason."""
    header.ProtocolHeader().unmarshal(request.rfile.read(8))
    start = commands.Connection.Start(mechanisms="PLAIN", locales="en_US", server_properties={})
    request.wfile.write(frame.marshal(start, 0))
    prefix = request.rfile.read(7)
    rest = request.rfile.read(int.from_bytes(prefix[3:7]) + 1)
    said = frame.unmarshal(prefix + rest)[2].response.rpartition("\0")[2]
    heard(said)
    close = commands.Connection.Close(ACCESS_REFUSED, f"ACCESS_REFUSED {said}", 0, 0)
    request.wfile.write(frame.marshal(close, 0))
    request.rfile.read(100)


@contextlib.contextmanager
def talking(talk: Talk, heard: Heard) -> Iterator[int]:
    """Serve one conversation after the other."""

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError, ValueError, struct.error):
                talk(self, heard)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with serving(Server((LOOPBACK, 0), Conversation)) as port:
        yield port


@contextlib.contextmanager
def files(heard: Heard) -> Iterator[tuple[int, str]]:
    """Serve SSH, and say in banner and disconnection which password was tried; yields the host key as well."""
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Door(asyncssh.SSHServer):
        def connection_made(self, conn):
            self.connection = conn

        def begin_auth(self, username):
            return True

        def password_auth_supported(self):
            return True

        def validate_password(self, username, password):
            heard(password)
            self.connection.send_auth_banner(f"{password}\n")
            raise asyncssh.DisconnectError(asyncssh.DISC_BY_APPLICATION, f"no such password: {password}")

    async def serve() -> None:
        listener = await asyncssh.listen(LOOPBACK, 0, server_factory=Door, server_host_keys=[key])
        found.append(listener.get_port())
        is_up.set()
        await stop.wait()
        listener.close()

    loop, is_up, found = asyncio.new_event_loop(), threading.Event(), []
    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    is_up.wait(10)
    try:
        yield found[0], key.export_public_key().decode().strip()
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
