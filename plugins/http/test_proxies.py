"""Squid, in the clear and over TLS, and a SOCKS5 proxy see of a request what they have to, and nothing else."""

import contextlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from datashare_monitor_http import HttpProbe
from end_to_end.servers import let_through, listens, process, wait_for
from ports import free_port

from monitor.plugin import Observation, Reason, Status
from monitor.testing import configured, look, serve, serve_tls

pytestmark = pytest.mark.services

PASSWORD = "canary pass:word"


@dataclass(frozen=True)
class Squid:
    """A proxy that wants a password, its two ports, and what it wrote of the requests."""

    plain: str
    tls: str
    folder: Path

    def saw(self, *requests: str) -> bool:
        """Wait until these requests, and no others, were let through: a tunnel is written down when it ends."""
        return wait_for(lambda: self._requests() == list(requests), within=5)

    def _requests(self) -> list[str]:
        lines = (self.folder / "access.log").read_text().splitlines()
        return [" ".join(line.split()[5:7]) for line in lines if "DENIED" not in line and "error:" not in line]


@contextlib.contextmanager
def squid(binary: str, folder: Path, certificates: Path) -> Iterator[Squid]:
    plain, tls = free_port(), free_port()
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", "-stdin"], input=PASSWORD, capture_output=True, text=True, check=True
    ).stdout
    (folder / "users").write_text(f"me:{hashed}")
    for name in ("chain.pem", "key.pem"):
        shutil.copy(certificates / name, folder / name)
    (folder / "hosts").write_text("127.0.0.1 lgsp.example\n")
    (folder / "squid.conf").write_text(f"""
hosts_file {folder}/hosts
http_port 127.0.0.1:{plain}
https_port 127.0.0.1:{tls} tls-cert={folder}/chain.pem tls-key={folder}/key.pem
auth_param basic program {shutil.which("basic_ncsa_auth", path="/usr/lib/squid")} {folder}/users
acl known proxy_auth REQUIRED
http_access allow known
cache deny all
pid_filename none
access_log stdio:{folder}/access.log
cache_log {folder}/cache.log
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
via off
""")
    for path in (folder, *folder.iterdir()):
        path.chmod(0o777 if path.is_dir() else 0o644)
    let_through(folder)
    with process([binary, "-N", "-f", str(folder / "squid.conf")], folder):
        wait_for(lambda: listens(plain) and listens(tls))
        yield Squid(f"127.0.0.1:{plain}", f"127.0.0.1:{tls}", folder)


@dataclass(frozen=True)
class Scene:
    """A proxy between us and two targets."""

    proxy: Squid
    http: str
    https: str
    ca_file: str
    asked: list[dict[str, str]]

    async def seen(self, target: str, **settings) -> Observation:
        trusted = {"tls_config": {"ca_file": self.ca_file}}
        return await look(configured(HttpProbe, {"target": target, **trusted, **settings}))


@pytest.fixture
async def scene(need, tmp_path):
    binary = need("squid", "squid-openssl")
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(dict(request.headers))
        return web.Response(text="xin chào")

    async with serve(answer) as http, serve_tls(answer, names=("127.0.0.1", "lgsp.example")) as https:
        folder = tmp_path / "squid"
        folder.mkdir()
        with squid(binary, folder, Path(https.ca_file).parent) as proxy:
            yield Scene(proxy, http, https.url, https.ca_file, asked)


@pytest.fixture
def credentials(tmp_path):
    (tmp_path / "password").write_text(PASSWORD)
    return {"proxy_basic_auth": {"username": "me", "password_file": str(tmp_path / "password")}}


@pytest.mark.parametrize("way", ["http", "https"])
async def test_targets_are_reached_through_the_proxy(scene, credentials, way):
    place = scene.proxy.plain if way == "http" else scene.proxy.tls

    plain = await scene.seen(f"{scene.http}/a", proxy_url=f"{way}://{place}", **credentials)
    secured = await scene.seen(f"{scene.https}/secret", proxy_url=f"{way}://{place}", **credentials)

    assert (plain.status, secured.status) == (Status.UP, Status.UP), (plain.detail, secured.detail)
    readings = {one.measure.name for one in secured.readings}
    assert "probe_ssl_earliest_cert_expiry" in readings
    assert scene.proxy.saw(f"GET {scene.http}/a", f"CONNECT {scene.https.removeprefix('https://')}")
    assert [name for headers in scene.asked for name in headers if name.lower().startswith("proxy")] == []


@pytest.mark.parametrize("way", ["http", "https"])
async def test_http2_goes_through_the_tunnel_when_the_target_takes_it(scene, credentials, way):
    place = scene.proxy.plain if way == "http" else scene.proxy.tls

    seen = await scene.seen(f"{scene.https}/", proxy_url=f"{way}://{place}", enable_http2=True, **credentials)

    assert (seen.status, seen.detail) == (Status.UP, "answered 200")


async def test_proxy_that_wants_a_password_is_named_by_its_answer(scene):
    plain = await scene.seen(f"{scene.http}/", proxy_url=f"http://{scene.proxy.plain}")
    secured = await scene.seen(f"{scene.https}/", proxy_url=f"https://{scene.proxy.tls}")

    assert plain.detail == "answered 407, expected 2xx"
    assert (secured.reason, secured.detail) == (Reason.PROTOCOL, "the proxy answered 407 to CONNECT")
    assert scene.asked == []


async def test_proxy_over_tls_that_cannot_be_trusted_is_not_used(scene, credentials):
    place = f"https://{scene.proxy.tls}"

    seen = await look(configured(HttpProbe, {"target": f"{scene.http}/", "proxy_url": place, **credentials}))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TLS)
    assert seen.detail.startswith("the proxy cannot be trusted: certificate verify failed")
    assert scene.asked == []


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_proxy_of_the_environment_is_used_but_not_for_this_machine(scene, monkeypatch, scheme):
    for name in ("NO_PROXY", "no_proxy", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"https://me:canary%20pass%3Aword@{scene.proxy.tls}")
    here = getattr(scene, scheme)
    named = here.replace("127.0.0.1", "lgsp.example")

    through = await scene.seen(f"{named}/", proxy_from_environment=True)
    direct = await scene.seen(f"{here}/", proxy_from_environment=True)

    assert (through.status, direct.status) == (Status.UP, Status.UP), through.detail
    place = named.removeprefix("https://")
    assert scene.proxy.saw(f"CONNECT {place}" if scheme == "https" else f"GET {named}/")


@dataclass(frozen=True)
class MicroSocks:
    """A SOCKS5 proxy that wants a password."""

    url: str
    log: Path

    def saw(self, *places: str) -> bool:
        """Wait until it was asked for these connections and no others."""
        return wait_for(lambda: self._places() == list(places), within=5)

    def _places(self) -> list[str]:
        return re.findall(r"connected to (\S+:\d+)", self.log.read_text())


@pytest.fixture
def socks(need, tmp_path):
    binary, port = need("microsocks", "microsocks"), free_port()
    with process([binary, "-i", "127.0.0.1", "-p", str(port), "-u", "me", "-P", PASSWORD], tmp_path):
        wait_for(lambda: listens(port))
        yield MicroSocks(f"socks5://127.0.0.1:{port}", tmp_path / "microsocks.log")


@pytest.fixture
async def targets():
    """Yield two targets, in the clear and over TLS, by a name that the proxy has to look up."""
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(dict(request.headers))
        return web.Response(text="xin chào")

    async with serve(answer) as http, serve_tls(answer, names=("localhost",)) as https:
        yield (
            http.replace("127.0.0.1", "localhost"),
            https.url.replace("127.0.0.1", "localhost"),
            {"ca_file": https.ca_file},
            asked,
        )


@pytest.mark.parametrize("version", ["1.1", "2.0"])
async def test_targets_are_reached_through_a_socks_proxy(socks, credentials, targets, version):
    http, https, trusted, asked = targets
    settings = {"proxy_url": socks.url, "enable_http2": version == "2.0", **credentials}

    plain = await look(configured(HttpProbe, {"target": f"{http}/a", **settings}))
    secured = await look(configured(HttpProbe, {"target": f"{https}/a", "tls_config": trusted, **settings}))

    assert (plain.status, secured.status) == (Status.UP, Status.UP), (plain.detail, secured.detail)
    assert "probe_ssl_earliest_cert_expiry" in {one.measure.name for one in secured.readings}
    assert socks.saw(http.removeprefix("http://"), https.removeprefix("https://"))
    assert "canary" not in repr(asked)


async def test_socks_proxy_says_why_there_is_no_connection(socks, credentials, targets):
    http, _, _, asked = targets
    closed = f"http://localhost:{free_port()}/"

    unknown_user = await look(configured(HttpProbe, {"target": http, "proxy_url": socks.url}))
    refused = await look(configured(HttpProbe, {"target": closed, "proxy_url": socks.url, **credentials}))

    assert (unknown_user.status, unknown_user.reason) == (Status.DOWN, Reason.UNAUTHORIZED)
    assert (refused.status, refused.reason) == (Status.DOWN, Reason.REFUSED)
    assert asked == []
