"""Promise: what changes in the files is in force soon, whole or not at all, and a slip of the pen opens nothing."""

import asyncio
import ssl
from datetime import timedelta

import aiohttp
import bcrypt
import pytest
from aiohttp import encode_basic_auth
from authority import Authority
from structlog.testing import capture_logs
from web.pretend import scene, visiting

from monitor.vitals import Vitals
from monitor.web import Access, open_access


def login(user, password):
    return {"Authorization": encode_basic_auth(user, password)}


ALICE = login("alice", "secret")
TLS = "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"


def user(name, password="secret"):
    return f"basic_auth_users: {{{name}: {bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}}}\n"


class Place:
    """A folder with a web-config file, and the access that came of it."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "web.yaml"
        self.stage = scene()
        self.authority = Authority(folder)
        self.authority.pair("server", "localhost", "127.0.0.1")
        self.access = None

    async def open(self, text):
        self.file.write_text(text)
        self.access, problems = await open_access(self.file, self.stage.vitals)
        assert self.access is not None, problems
        return self.access

    async def write(self, text):
        self.file.write_text(text)
        await self.rest()

    async def rest(self):
        """Let two looks pass."""
        await self.access.look()
        await self.access.look()


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


async def test_user_who_is_added_gets_in_and_one_who_is_taken_out_does_not(place):
    async with visiting(place.stage, access=await place.open(user("alice"))) as client:
        before = await client.get("/", headers=ALICE)
        await place.write(user("bob"))
        gone = await client.get("/", headers=ALICE)
        added = await client.get("/", headers=login("bob", "secret"))

    assert (before.status, gone.status, added.status) == (200, 401, 200)
    assert place.stage.vitals.web_config_ok


async def test_file_is_read_once_it_has_rested(place):
    access = await place.open(user("alice"))
    place.file.write_text(user("bob"))

    await access.look()
    at_first = set(access.config.users)
    await access.look()

    assert (at_first, set(access.config.users)) == ({"alice"}, {"bob"})


@pytest.mark.parametrize(
    "text",
    ["", "basic_auth_users: {alice: hunter2}", "basic_auth_users: [", "roles: {}", "tls_server_config: {}"],
)
async def test_wrong_file_changes_nothing_and_says_so(place, text):
    async with visiting(place.stage, access=await place.open(user("alice"))) as client:
        with capture_logs() as lines:
            await place.write(text)
            await place.rest()
        strangers = await client.get("/")
        alice = await client.get("/", headers=ALICE)

    assert (strangers.status, alice.status) == (401, 200)
    assert not place.stage.vitals.web_config_ok
    assert [line["event"] for line in lines] == ["web_config.rejected"]
    assert "web.yaml" in lines[0]["problems"][0]
    assert "hunter2" not in str(lines)


async def test_file_that_is_mended_is_in_force(place):
    access = await place.open(user("alice"))
    await place.write("nonsense: true\n")
    await place.write(user("bob"))

    assert set(access.config.users) == {"bob"}
    assert access.vitals.web_config_ok


async def test_file_that_is_gone_changes_nothing(place):
    access = await place.open(user("alice"))
    place.file.unlink()
    await place.rest()

    assert set(access.config.users) == {"alice"}
    assert not access.vitals.web_config_ok


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (TLS + user("alice"), user("alice"), "tls_server_config"),
        (TLS + user("alice"), TLS, "basic_auth_users"),
        (user("alice") + "roles: {users: {alice: [read]}}\n", user("alice"), "roles"),
        (
            TLS.replace("}", ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem}"),
            TLS,
            "client_auth",
        ),
    ],
)
async def test_protection_is_not_taken_away_by_a_reload(place, before, after, lost):
    access = await place.open(before)
    config = access.config
    place.file.write_text(after)

    problems = await access.read()

    assert access.config is config
    assert [lost in str(problem) for problem in problems] == [True]


async def serial(client, place):
    """Return the serial number of the certificate that a new connection sees."""
    place.authority.trust()
    _, writer = await asyncio.open_connection("127.0.0.1", client.port, ssl=place.authority.trust())
    seen = writer.get_extra_info("ssl_object").getpeercert()["serialNumber"]
    writer.close()
    return seen


async def test_certificate_that_is_renewed_is_shown_to_whoever_comes(place):
    async with visiting(place.stage, access=await place.open(TLS)) as client:
        first = await serial(client, place)
        place.authority.pair("server", "localhost", "127.0.0.1")
        await place.rest()
        second = await serial(client, place)

    assert first != second


async def test_certificate_without_its_key_changes_nothing(place):
    async with visiting(place.stage, access=await place.open(TLS)) as client:
        first = await serial(client, place)
        kept = (place.folder / "server.key").read_bytes()
        place.authority.pair("server", "localhost", "127.0.0.1")
        (new_key := place.folder / "server.key").read_bytes()
        made = new_key.read_bytes()
        new_key.write_bytes(kept)
        await place.rest()
        second = await serial(client, place)
        new_key.write_bytes(made)
        await place.rest()
        third = await serial(client, place)

    assert first == second != third


async def test_certificate_that_has_ended_does_not_replace_one_that_is_good(place):
    async with visiting(place.stage, access=await place.open(TLS)) as client:
        first = await serial(client, place)
        place.authority.pair("server", "localhost", "127.0.0.1", ends=timedelta(days=-2))
        with capture_logs() as logs:
            await place.rest()
        second = await serial(client, place)
        place.authority.pair("server", "localhost", "127.0.0.1")
        await place.rest()
        third = await serial(client, place)

    assert first == second != third
    [line] = [line for line in logs if line["event"] == "web_config.rejected"]
    assert "the one in force is still good" in line["problems"][0]
    assert place.stage.vitals.web_config_ok


async def test_certificate_that_has_ended_may_follow_another_that_has(place):
    place.authority.pair("server", "localhost", "127.0.0.1", ends=timedelta(days=-2))
    access = await place.open(TLS)
    before = access.config

    place.authority.pair("server", "localhost", "127.0.0.1", ends=timedelta(days=-1))
    await place.rest()

    assert access.config is not before


async def test_client_whose_authority_is_no_longer_trusted_is_out_even_if_it_is_in(place):
    text = TLS.replace("}", ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: clients.pem}")
    clients = Authority(place.folder, "clients")
    own = place.authority.trust(clients.pair("client", "a.example"))
    async with visiting(place.stage, access=await place.open(text)) as client:
        assert (await client.get("/", ssl=own)).status == 200
        Authority(place.folder, "clients")
        await place.rest()
        try:
            status = (await client.get("/", ssl=own)).status
        except (aiohttp.ClientError, OSError):
            status = 0

    assert status in {0, 421}


async def test_tls_that_is_added_leaves_no_plain_connection(place):
    async with visiting(place.stage, access=await place.open("{}\n")) as client:
        assert (await client.get("/-/healthy")).status == 200
        await place.write(TLS)
        try:
            status = (await client.get("/-/healthy")).status
        except aiohttp.ClientError:
            status = 0

    assert status in {0, 421}


async def test_wrong_file_at_the_start_gives_nothing(tmp_path):
    access, problems = await open_access(tmp_path / "web.yaml", Vitals())

    assert access is None
    assert "No such file" in str(problems[0])


async def test_without_a_file_nothing_is_read():
    access = Access()

    await access.look()

    assert await access.read() == ()
    access.close()


async def test_rate_that_stays_keeps_its_count(place):
    access = await place.open("rate_limit: {interval: 1h, burst: 1}\n")
    access.request_wait()
    await place.write("rate_limit: {interval: 1h, burst: 1}\nhttp_server_config: {http2: false}\n")

    assert access.request_wait() > 0


def test_contexts_offer_only_what_is_spoken(place):
    context = ssl.create_default_context(cafile=str(place.authority.file))
    context.set_alpn_protocols(["h2", "http/1.1"])

    async def spoken():
        async with visiting(place.stage, access=await place.open(TLS)) as client:
            _, writer = await asyncio.open_connection("127.0.0.1", client.port, ssl=context)
            chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol()
            writer.close()
            return chosen

    assert asyncio.run(spoken()) == "http/1.1"
