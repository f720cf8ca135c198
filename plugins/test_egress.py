"""Kinds with drivers connect to the vetted address and keep the name; what a server announces leads nowhere else."""

import asyncio
import shutil
import ssl
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import dns.flags
import dns.message
import dns.rrset
import pytest
from aiohttp import web
from datashare_monitor_kafka import KafkaProbe
from datashare_monitor_rabbitmq import RabbitmqProbe
from datashare_monitor_redis import RedisProbe
from datashare_monitor_s3 import S3Probe
from datashare_monitor_sftp import SftpProbe

from monitor.plugin import Observation, Reason, Status
from monitor.testing import configured, look, serve, serve_stream, serve_tls

OUTSIDE, INSIDE = "outside.example", "inside.example"
ADDRESSES = {OUTSIDE: "192.0.2.7", INSIDE: "127.0.0.1"}
HOST = asyncssh.generate_private_key("ssh-ed25519")
KEY = HOST.export_public_key().decode().strip()


class NameServer(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self._transport = transport

    def datagram_received(self, data, addr):
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        [asked] = question.question
        address = ADDRESSES.get(asked.name.to_text(omit_final_dot=True).lower())
        if address and asked.rdtype == dns.rdatatype.A:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", address))
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def nameserver():
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    try:
        yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


async def seen(probe) -> Observation:
    async with nameserver() as server:
        return await look(probe, nameservers=[server])


@pytest.fixture
def password(tmp_path):
    (tmp_path / "password").write_text("s3cret\n")
    return {"file": str(tmp_path / "password")}


def probes(address: str, password: dict) -> dict:
    login = {"username": "a", "password": password}
    return {
        "sftp": configured(SftpProbe, {"target": address, "login": {**login, "host_keys": [KEY]}, "folder": "."}),
        "redis": configured(RedisProbe, {"target": address, "password": password, "allow_cleartext_password": True}),
        "rabbitmq": configured(RabbitmqProbe, {"target": address, **login, "allow_cleartext_password": True}),
        "s3": configured(S3Probe, {"endpoint": f"http://{address}", "bucket": "drop"}),
        "kafka": configured(KafkaProbe, {"target": address, "topic": "documents"}),
    }


async def test_name_that_resolves_outside_is_not_connected_to(password):
    found = {name: await seen(probe) for name, probe in probes(f"{OUTSIDE}:9", password).items()}

    assert {name: (one.status, one.reason) for name, one in found.items()} == dict.fromkeys(
        found, (Status.UNKNOWN, Reason.EGRESS)
    )


async def test_name_that_resolves_inside_is_connected_to(password):
    heard: list[str] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append("")

    async with serve_stream(listen) as address:
        kinds = probes(f"{INSIDE}:{address.rpartition(':')[2]}", password)
        found = {name: await seen(probe) for name, probe in kinds.items()}

    assert len(heard) == len(found)
    assert {one.status for one in found.values()} == {Status.DOWN}


async def test_name_is_kept_for_tls():
    async def pong(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"+PONG\r\n")
        await reader.read(100)

    async def empty(_: web.Request) -> web.Response:
        text = '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'
        return web.Response(text=text, content_type="application/xml")

    with tempfile.TemporaryDirectory() as name:
        async with serve_tls(empty, names=(INSIDE,)) as store:
            for each in Path(store.ca_file).parent.iterdir():
                shutil.copy(each, name)
            trusted = {"ca_file": f"{name}/ca.pem"}
            endpoint = f"https://{INSIDE}:{store.target.rpartition(':')[2]}"
            objects = await seen(configured(S3Probe, {"endpoint": endpoint, "bucket": "drop", "tls_config": trusted}))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{name}/chain.pem", f"{name}/key.pem")
        async with serve_stream(pong, tls=context) as address:
            port = address.rpartition(":")[2]
            settings = {"tls": True, "tls_config": trusted}
            named = await seen(configured(RedisProbe, {"target": f"{INSIDE}:{port}", **settings}))
            other = await seen(configured(RedisProbe, {"target": address, **settings}))

    assert (objects.status, named.status) == (Status.UP, Status.UP), (objects.detail, named.detail)
    assert (other.status, other.reason) == (Status.DOWN, Reason.CERTIFICATE_NAME)


async def test_name_is_kept_for_host_keys(password, tmp_path):
    class Door(asyncssh.SSHServer):
        def begin_auth(self, username):
            return True

        def password_auth_supported(self):
            return True

        def validate_password(self, username, password):
            return password == "s3cret"

    server = await asyncssh.listen("127.0.0.1", 0, server_factory=Door, server_host_keys=[HOST], sftp_factory=True)
    async with server:
        port = server.get_port()
        (tmp_path / "hosts").write_text(f"[{INSIDE}]:{port} {KEY}\n")
        login = {"username": "a", "password": password, "known_hosts": str(tmp_path / "hosts")}
        settings = {"login": login, "folder": str(tmp_path)}
        named = await seen(configured(SftpProbe, {"target": f"{INSIDE}:{port}", **settings}))
        other = await seen(configured(SftpProbe, {"target": f"127.0.0.1:{port}", **settings}))

    assert named.status is Status.UP, named.detail
    assert (other.status, other.reason) == (Status.DOWN, Reason.MISMATCH)


async def test_redirect_of_a_store_to_a_name_outside_is_not_followed():
    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"http://{OUTSIDE}/drop")

    async with serve(elsewhere) as url:
        found = await seen(configured(S3Probe, {"endpoint": url, "bucket": "drop"}))

    assert (found.status, found.reason) == (Status.DOWN, Reason.REDIRECT)


async def test_broker_announced_under_a_name_outside_is_told():
    from aiokafka.protocol import admin, metadata

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        versions = [(18, 0, 0), (3, 4, 4), (2, 2, 3)]
        brokers, topics = [(1, OUTSIDE, 9092, None)], [(0, "documents", False, [(0, 0, 1, [1], [1])])]
        for answer in (
            admin.ApiVersionResponse_v0(0, versions),
            metadata.MetadataResponse_v4(0, brokers, None, 1, topics),
        ):
            asked = await reader.readexactly(int.from_bytes(await reader.readexactly(4)))
            body = asked[4:8] + answer.encode()
            writer.write(len(body).to_bytes(4) + body)
        await reader.read(100)

    async with serve_stream(talk) as address:
        found = await seen(configured(KafkaProbe, {"target": address, "topic": "documents"}))

    assert (found.status, found.reason) == (Status.DOWN, Reason.REDIRECT)
    assert f"{OUTSIDE}:9092" in found.detail
