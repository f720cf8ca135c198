"""Promise: a daemon that cannot be asked is said in words, with what to do."""

import asyncio
import re
import socket
import ssl
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from authority import Authority
from cli.test_check_config import directory, run

from monitor.cli.caller import Caller
from monitor.testing import serve_stream, serve_tls

COMMANDS = ("explain", "plan")


@asynccontextmanager
async def greeted(words):
    async def greet(reader, writer):
        writer.write(words)
        await writer.drain()
        writer.close()

    async with serve_stream(greet) as address:
        yield f"http://{address}"


def asked(command, url, tmp_path):
    subject = "ha-noi/population" if command == "explain" else directory(tmp_path / "c")
    return run(command, subject, "--url", url)


def said(result):
    """What went wrong, on one line, after a look that it is no trace and no number."""
    text = " ".join(result.stderr.split())
    assert result.exit_code in {1, 2, 3}
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert not re.search(r"Errno|urlopen|Traceback|_ssl\.c|\(\)", text), text
    assert "--url" in text
    return text


@pytest.mark.parametrize("command", COMMANDS)
def test_daemon_that_does_not_run(command, tmp_path):
    url = f"http://127.0.0.1:{unused_port()}"

    text = said(asked(command, url, tmp_path))

    assert (
        f"no daemon answers at {url}: the connection is refused (is it running?); or name another one with --url"
        in text
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("words", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"])
async def test_something_else_that_speaks_there(command, words, tmp_path):
    async with greeted(words) as url:
        text = said(await asyncio.to_thread(asked, command, url, tmp_path))

    assert "no daemon answers at" in text or "is not this monitor, or is cut short" in text


@pytest.mark.parametrize("command", COMMANDS)
async def test_daemon_with_a_certificate_of_an_authority_that_is_not_known(command, tmp_path):
    async def ok(request):
        return web.Response(text="{}")

    async with serve_tls(ok) as server:
        text = said(await asyncio.to_thread(asked, command, server.url, tmp_path))

    assert "its certificate is not trusted" in text
    assert "--ca-file" in text


@pytest.mark.parametrize("command", COMMANDS)
async def test_daemon_that_speaks_no_tls(command, tmp_path):
    async with greeted(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        text = said(await asyncio.to_thread(asked, command, url.replace("http:", "https:"), tmp_path))

    assert "it speaks no TLS" in text


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "url", ["http://[::1", "http://127.0.0.1:x", "http://", "http://127.0.0.1:99999", "9664", "http://a b/"]
)
def test_url_that_is_none(command, url, tmp_path):
    said(asked(command, url, tmp_path))


@pytest.mark.parametrize("command", COMMANDS)
def test_host_that_has_no_address(command, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    assert "its name has no address" in said(asked(command, "http://monitor.example:9664", tmp_path))


def test_certificate_of_its_own_that_cannot_be_read_is_wrong_use(tmp_path):
    (tmp_path / "pair.pem").write_text("nonsense")

    ended = run("explain", "a/b", "--url", "https://127.0.0.1:9", "--cert-file", tmp_path / "pair.pem")

    assert ended.exit_code == 3
    assert f"TLS cannot be set up from {tmp_path / 'pair.pem'}" in " ".join(ended.stderr.split())


def test_private_authorities_are_judged_alike_under_every_version_of_python(tmp_path):
    """Python 3.13 would refuse those without a use of their key, which the daemon's own look accepts."""
    context = Caller(ca_file=Authority(tmp_path).file)._tls()

    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
