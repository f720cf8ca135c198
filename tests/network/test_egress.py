"""No socket is ever connected to an address outside the allowed networks, however it was spelled."""

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from monitor.network.egress import EgressPolicy
from monitor.observation import Reason
from monitor.plugin import HttpOptions, ProbeError
from monitor.settings import Egress


def policy(allow=("0.0.0.0/0", "::/0"), deny=()):
    return EgressPolicy(Egress(allow=tuple(map(ip_network, allow)), deny=tuple(map(ip_network, deny))))


SPECIAL = [
    "0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1", "239.255.255.255", "255.255.255.255", "::", "fe80::1",
    "fe80::1%lo", "ff02::1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "2002:a9fe:a9fe::1",
    "64:ff9b::169.254.169.254", "64:ff9b:1::a9fe:a9fe", "::169.254.169.254", "2001:0:7f00:1::5601:5601",
]  # fmt: skip


@pytest.mark.parametrize("text", SPECIAL)
def test_everywhere_does_not_admit_special_addresses(text):
    assert not policy().is_allowed(ip_address(text))


@pytest.mark.parametrize("text", ["10.0.0.1", "127.0.0.1", "::1", "8.8.8.8", "2001:db8::1", "::ffff:10.0.0.1"])
def test_everywhere_admits_ordinary_addresses(text):
    assert policy().is_allowed(ip_address(text))


@pytest.mark.parametrize(
    ("network", "text"),
    [
        ("169.254.0.0/16", "169.254.169.254"),
        ("169.254.0.0/16", "::ffff:169.254.169.254"),
        ("fe80::/10", "fe80::1"),
        ("224.0.0.0/4", "224.0.0.1"),
        ("64:ff9b::/96", "64:ff9b::10.0.0.1"),
    ],
)
def test_a_network_of_its_own_admits_special_addresses(network, text):
    assert policy(("0.0.0.0/0", "::/0", network)).is_allowed(ip_address(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1.2.3", True),
        ("10.9.2.3", False),
        ("11.1.2.3", False),
        ("::ffff:10.1.2.3", True),
        ("::ffff:11.1.2.3", False),
        ("2002:0a01:0203::1", False),
        ("64:ff9b::10.1.2.3", False),
        ("2001:db8::1", False),
    ],
)
def test_only_listed_networks_are_allowed(text, expected):
    assert policy(("10.0.0.0/8",), ("10.9.0.0/16",)).is_allowed(ip_address(text)) is expected


@pytest.mark.parametrize("text", ["64:ff9b::8.8.8.8", "2002:0808:0808::1", "::8.8.8.8"])
def test_all_of_ipv6_is_no_way_round_the_list_of_ipv4(text):
    assert not policy(("10.0.0.0/8", "::/0")).is_allowed(ip_address(text))


@pytest.mark.parametrize("text", ["10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:0a00:0001::"])
def test_a_denied_network_is_denied_in_every_spelling(text):
    assert not policy(("0.0.0.0/0", "::/0", "64:ff9b::/96", "2002::/16"), ("10.0.0.0/8",)).is_allowed(ip_address(text))


ROUTES = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "LOCALHOST", "localhost.", "a.localhost"]


@pytest.mark.parametrize("host", ROUTES)
async def test_http_never_reaches_a_denied_address(look, serve, host):
    server = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    vantage = look(deny=["127.0.0.1/32", "::1/128"])

    with pytest.raises(ProbeError) as caught:
        await vantage.http.request("GET", server.url(host=host))

    assert caught.value.reason is Reason.EGRESS
    assert server.connections == 0


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.01"])
async def test_old_spellings_of_an_address_are_not_looked_up(look, serve, zone, host):
    zone.addresses[host] = ["127.0.0.1"]
    server = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    vantage = look(deny=["127.0.0.1/32"], servers=[zone.server])

    with pytest.raises(ProbeError):
        await vantage.http.request("GET", server.url(host=host))

    assert (server.connections, zone.asked) == (0, [])


async def test_streams_datagrams_and_handshakes_never_reach_a_denied_address(look, serve):
    server = await serve()
    vantage = look(deny=["127.0.0.0/8"])

    reasons = []
    for host in ("127.0.0.1", "::ffff:127.0.0.1"):
        with pytest.raises(ProbeError) as caught:
            async with vantage.connect(host, server.port):
                pass
        reasons.append(caught.value.reason)
        with pytest.raises(ProbeError) as caught:
            async with vantage.datagrams(host, server.port):
                pass
        reasons.append(caught.value.reason)
        with pytest.raises(ProbeError) as caught:
            await vantage.certificates(host, server.port)
        reasons.append(caught.value.reason)

    assert reasons == [Reason.EGRESS] * 6
    assert server.connections == 0


async def test_a_redirect_to_a_denied_address_is_the_target_s_fault_and_not_followed(look, serve):
    inner = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    place = inner.url("/secret-path?token=canary")
    outer = await serve(f"HTTP/1.1 302 Found\r\nLocation: {place}\r\n\r\n".encode(), host="127.0.0.2")
    vantage = look(allow=["127.0.0.2/32"])

    with pytest.raises(ProbeError) as caught:
        await vantage.http.request("GET", outer.url(host="127.0.0.2"))

    assert caught.value.reason is Reason.REDIRECT
    assert caught.value.detail == (
        "redirects to 127.0.0.1, where the monitor may not connect; "
        "if it belongs there, add its network to egress.allow (for /probe: to probe.allow)"
    )
    assert (outer.connections, inner.connections) == (1, 0)


async def test_a_name_that_is_bound_to_another_address_is_vetted_again(networks, serve, zone, check):
    server = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", host="127.0.0.1")
    zone.addresses["moves.example"] = ["127.0.0.2"]
    network = networks(allow=["127.0.0.2/32"], servers=[zone.server])
    with pytest.raises(ConnectionRefusedError):
        await network.vantage(check(), 1e12).http.request("GET", server.url(host="moves.example"))
    zone.addresses["moves.example"] = ["127.0.0.1"]
    zone.addresses["moved.example"] = ["127.0.0.1"]

    with pytest.raises(ProbeError) as caught:
        await network.vantage(check(), 1e12).http.request("GET", server.url(host="moved.example"))

    assert caught.value.reason is Reason.EGRESS
    assert server.connections == 0


async def test_of_several_addresses_only_the_allowed_one_is_tried(look, serve, zone):
    inner = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    zone.addresses["both.example"] = ["127.0.0.1", "127.0.0.2"]
    vantage = look(allow=["127.0.0.2/32"], servers=[zone.server])

    with pytest.raises(ConnectionRefusedError):
        await vantage.http.request("GET", inner.url(host="both.example"))

    assert inner.connections == 0


async def test_a_proxy_at_a_denied_address_is_not_used(look, serve):
    proxy = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    vantage = look(deny=["127.0.0.0/8"])

    with pytest.raises(ProbeError) as caught:
        await vantage.http.request("GET", "http://target.example/", options=HttpOptions(proxy=proxy.url()))

    assert caught.value.reason is Reason.EGRESS
    assert proxy.connections == 0


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest", "https://[::ffff:169.254.169.254]/"])
async def test_no_proxy_is_asked_for_a_denied_address(look, serve, target):
    proxy = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    options = replace(HttpOptions(), proxy=proxy.url())

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", target, options=options)

    assert caught.value.reason is Reason.EGRESS
    assert proxy.connections == 0


@pytest.mark.parametrize(
    ("sockets", "is_allowed"),
    [
        ((), False),
        (("{0}",), True),
        (("{0}/app.sock",), True),
        (("{0}/app",), False),
        (("/nowhere",), False),
        (("/",), True),
    ],
)
def test_sockets_are_allowed_by_their_path_or_that_of_a_folder(tmp_path, sockets, is_allowed):
    egress = EgressPolicy(Egress(sockets=tuple(each.format(tmp_path) for each in sockets)))

    if is_allowed:
        assert egress.socket(f"{tmp_path}/app.sock") == f"{tmp_path}/app.sock"
    else:
        with pytest.raises(ProbeError, match=r"egress\.sockets") as caught:
            egress.socket(f"{tmp_path}/app.sock")
        assert caught.value.reason is Reason.EGRESS


def test_a_link_out_of_an_allowed_folder_leads_nowhere(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "app.sock").symlink_to(tmp_path / "control.sock")
    (tmp_path / "alias").symlink_to(tmp_path / "in")
    egress = EgressPolicy(Egress(sockets=(f"{tmp_path}/in",)))

    with pytest.raises(ProbeError, match=r"control\.sock"):
        egress.socket(f"{tmp_path}/in/app.sock")
    assert egress.socket(f"{tmp_path}/alias/other.sock") == f"{tmp_path}/in/other.sock"
