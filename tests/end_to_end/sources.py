"""Sources whose rows, names, faults and headers are full of personal data. Each yields where it listens.

What is asked of them is ``good`` or ``bad``: rows that can be counted, or none that can; and ``torn``: no rows at all.
"""

import asyncio
import contextlib
import csv
import io
import json
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from xml.sax.saxutils import escape

import asyncssh
import bson
from end_to_end.parrots import LOOPBACK, serving

PERSON = "Nguyễn Văn Chim 001079012345678"
PRIVATE = {"user": "canary-user", "path": "/canary-path/001079012345678?name=canary-query", "name": PERSON}
"""Cells of a row that nobody asked for."""
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
OP_REPLY, OP_MSG, OP_QUERY = 1, 2013, 2004


def rows(kind: str) -> list[dict[str, str]]:
    """Return a call of a connection, and one of nobody's."""
    at = datetime.fromtimestamp(int(time.time()) - 600, UTC).isoformat() if kind == "good" else f"canary {PERSON}"
    mine = {"at": at, "app": "HNI-DANCU", "code": "200", "request": "canary-1", "size": "10", "took": "5"}
    return [PRIVATE | mine, PRIVATE | mine | {"app": f"canary-app {PERSON}", "request": "canary-2"}]


def lines(kind: str) -> str:
    """Return rows as CSV; what is torn has a cell that does not end."""
    text = io.StringIO()
    table = csv.DictWriter(text, [*rows(kind)[0]])
    table.writeheader()
    table.writerows(rows(kind))
    return text.getvalue() + (f'"canary {PERSON}' if kind == "torn" else "")


def enveloped(kind: str) -> str:
    """Return rows as an answer by SOAP; what is torn is a fault."""
    found = "".join(
        f"<row>{''.join(f'<{name}>{escape(cell)}</{name}>' for name, cell in row.items())}</row>" for row in rows(kind)
    )
    fault = f"<faultcode>canary {PERSON}</faultcode><faultstring>canary {PERSON}</faultstring>"
    inner = f"<s:Fault>{fault}</s:Fault>" if kind == "torn" else f"<log>{found}</log>"
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inner}</s:Body></s:Envelope>'


def documents(kind: str) -> str:
    """Return the list of a document exchange; what is torn is a failure."""
    if kind == "torn":
        return json.dumps({"status": f"canary {PERSON}", "ErrorCode": f"canary {PERSON}", "ErrorDesc": PERSON})
    one = PRIVATE | {"DocId": "canary", "subject": PERSON, "created_time": rows(kind)[0]["at"]}
    return json.dumps({"status": "OK", "ErrorDesc": f"canary {PERSON}", "data": [one]})


def documents_in_xml(kind: str) -> str:
    """Return the same in XML."""
    status = f"canary {PERSON}" if kind == "torn" else "OK"
    return f'<r status="{status}"><d sent="{rows(kind)[0]["at"]}" subject="{PERSON}">{PERSON}</d></r>'


def members(kind: str) -> str:
    """Return the list of clients of a security server; nobody whom a check waits for is in it."""
    return json.dumps({"member": [{"id": {"member_code": PERSON, "canary": kind}, "name": PERSON}]})


ANSWERS = {"csv": lines, "soap": enveloped, "json": documents, "xml": documents_in_xml, "listClients": members}


def web(request: BaseHTTPRequestHandler) -> None:
    """Answer ``/KIND/WHAT``, with personal data in every place of an answer."""
    request.rfile.read(int(request.headers.get("Content-Length") or 0))
    kind, _, what = request.path.strip("/").partition("/")
    answer = ANSWERS.get(what.partition("/")[0])
    request.send_response(200 if answer else 500)
    for name in ("Set-Cookie", "X-Person", "X-Road-Error", "X-Road-Id"):
        if answer is None or not name.startswith("X-Road"):
            request.send_header(name, "canary-header-001079012345678 x")
    request.end_headers()
    request.wfile.write((answer(kind) if answer else f"canary {PERSON}").encode())


@contextlib.contextmanager
def files(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve drop folders over SFTP to whoever comes; yields the address and the host key."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    for kind in ("good", "bad", "torn"):
        (folder / kind).mkdir(parents=True)
        (folder / kind / f"canary-{PERSON}.csv").write_text(lines(kind))

    class Door(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return False

    class Jail(asyncssh.SFTPServer):
        def __init__(self, channel: asyncssh.SSHServerChannel) -> None:
            super().__init__(channel, chroot=str(folder))

    async def serve() -> None:
        listener = await asyncssh.listen(
            LOOPBACK, 0, server_factory=Door, server_host_keys=[key], sftp_factory=Jail
        )  # fmt: skip
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
        yield f"{LOOPBACK}:{found[0]}", key.export_public_key().decode().strip()
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def replied(command: dict) -> dict:
    """Return the answer of a server of MongoDB; the collection that is asked says which rows it is to have."""
    name = next(iter(command))
    if name in ("find", "aggregate"):
        kind = command[name]
        if kind == "torn":
            return {"ok": 0.0, "code": 13, "codeName": "canary", "errmsg": f"canary {PERSON}"}
        found = rows(kind)
        if kind == "good":
            found = [row | {"at": datetime.fromisoformat(row["at"])} for row in found]
        return {"cursor": {"id": 0, "ns": f"sharing.{kind}", "firstBatch": found}, "ok": 1.0}
    if name in ("hello", "ismaster", "isMaster"):
        return {
            "helloOk": True, "isWritablePrimary": True, "ismaster": True, "maxBsonObjectSize": 16777216,
            "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000, "localTime": datetime.now(UTC),
            "minWireVersion": 0, "maxWireVersion": 21, "readOnly": False, "ok": 1.0,
        }  # fmt: skip
    return {"ok": 1.0}


class Mongodb(socketserver.StreamRequestHandler):
    """Speaks OP_MSG, and OP_QUERY for the first hello."""

    def handle(self) -> None:
        """Answer one message after the other."""
        while head := self.rfile.read(16):
            length, number, _, operation = struct.unpack("<iiii", head)
            body = self.rfile.read(length - 16)
            is_old = operation == OP_QUERY
            place = body.index(b"\0", 4) + 9 if is_old else 5
            answer = bson.encode(replied(bson.decode(body[place : place + struct.unpack_from("<i", body, place)[0]])))
            said = struct.pack("<iqii", 8, 0, 0, 1) + answer if is_old else struct.pack("<ib", 0, 0) + answer
            code = OP_REPLY if is_old else OP_MSG
            self.wfile.write(struct.pack("<iiii", 16 + len(said), 1, number, code) + said)


class Threads(socketserver.ThreadingTCPServer):
    """A thread for each connection."""

    daemon_threads = True


@contextlib.contextmanager
def mongodb() -> Iterator[str]:
    """Serve collections that are called like the kinds."""
    with serving(Threads((LOOPBACK, 0), Mongodb)) as port:
        yield f"{LOOPBACK}:{port}"
