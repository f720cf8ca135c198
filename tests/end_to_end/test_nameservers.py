"""The dns kind asks real name servers, and sees what they answer over UDP, TCP and TLS."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from datashare_monitor_dns import DnsProbe
from end_to_end.servers import certificate, listens, process, unbound, wait_for
from ports import free_port

from monitor.plugin import Reason, Status
from monitor.testing import configured, look

pytestmark = pytest.mark.services

SERIAL = 2026050401
ZONE = f"""
$TTL 300
@     IN SOA ns.dancu.example. admin.dancu.example. {SERIAL} 3600 900 604800 60
@     IN NS  ns
ns    IN A   127.0.0.1
ws    IN A   192.0.2.10
ws    IN A   192.0.2.11
ws    IN AAAA 2001:db8::10
alias IN CNAME ws
""" + "".join(f'long  IN TXT "{number:03d} {"x" * 200}"\n' for number in range(40))


@contextlib.contextmanager
def named(binary: str, directory: Path):
    """Yield the ports of a BIND that is the master of dancu.example, and its certificate."""
    directory.mkdir()
    pem, key = certificate(directory)
    port, tls_port = free_port(), free_port()
    (directory / "zone").write_text(ZONE)
    configuration = directory / "named.conf"
    configuration.write_text(f"""
        tls own {{ cert-file "{pem}"; key-file "{key}"; }};
        options {{
          directory "{directory}"; pid-file none; session-keyfile none; managed-keys-directory "{directory}";
          listen-on port {port} {{ 127.0.0.1; }}; listen-on port {tls_port} tls own {{ 127.0.0.1; }};
          listen-on-v6 {{ none; }};
          recursion no; dnssec-validation no; notify no; version "of the test";
        }};
        controls {{ }};
        zone "dancu.example" {{ type primary; file "{directory}/zone"; }};
    """)
    command, options = [binary, "-g", "-n", "1", "-c", str(configuration)], {}
    if os.geteuid() == 0:
        for path in (directory, *directory.iterdir()):
            shutil.chown(path, "nobody")
        options = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    with process(command, directory, **options):
        wait_for(lambda: listens(port) and listens(tls_port))
        yield SimpleNamespace(port=port, tls_port=tls_port, pem=str(pem))


@pytest.fixture(scope="module")
def bind(need):
    binary = need("named", "bind9")
    # Not pytest's own folder: nobody else may enter that.
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        with named(binary, Path(outer) / "bind") as running:
            yield running


@pytest.fixture(scope="module")
def resolver(need, tmp_path_factory):
    """Return the ports of an Unbound that answers what it was told and refuses strangers, and its certificate."""
    folder = tmp_path_factory.mktemp("unbound")
    pem, key = certificate(folder)
    port, tls_port = free_port(), free_port()
    lines = [f'local-data: "ws.dancu.example. 300 IN A 192.0.2.{last}"' for last in (10, 11)]
    lines.append("access-control: 127.0.0.66/32 refuse")
    with unbound(need("unbound", "unbound"), folder, port, *lines, tls=(tls_port, pem, key)):
        yield SimpleNamespace(port=port, tls_port=tls_port, pem=str(pem))


def seen(port: int, **settings):
    probe = configured(DnsProbe, {"target": f"127.0.0.1:{port}", "query_name": "ws.dancu.example", **settings})
    return asyncio.run(look(probe))


def readings(observation) -> dict[str, float]:
    return {reading.measure.name.removeprefix("probe_"): reading.value for reading in observation.readings}


WAYS = {
    "udp": {},
    "tcp": {"transport_protocol": "tcp"},
    "tls": {"transport_protocol": "tcp", "dns_over_tls": True},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("server", ["bind", "resolver"])
def test_real_servers_are_asked_every_way(request, server, way):
    running = request.getfixturevalue(server)
    tls = {"tls_config": {"ca_file": running.pem, "server_name": "localhost"}} if way == "tls" else {}
    port = running.tls_port if way == "tls" else running.port
    rule = {"fail_if_not_matches_regexp": [r"^ws\.dancu\.example\.\t300\tIN\tA\t192\.0\.2\.1[01]$"]}

    found = seen(port, **WAYS[way], **tls, validate_answer_rrs=rule)

    assert (found.status, found.detail) == (Status.UP, "answered NOERROR")
    assert readings(found)["dns_answer_rrs"] == 2
    assert ("ssl_earliest_cert_expiry" in readings(found)) == (way == "tls")


@pytest.mark.parametrize("server", ["bind", "resolver"])
def test_name_that_is_not_there_is_told_by_its_code(request, server):
    port = request.getfixturevalue(server).port

    found = seen(port, query_name="nobody.dancu.example")
    accepted = seen(port, query_name="nobody.dancu.example", valid_rcodes=["NXDOMAIN"])

    assert (found.reason, found.detail) == (Reason.STATUS, "answered NXDOMAIN, expected NOERROR")
    assert accepted.status is Status.UP


def test_certificate_of_a_real_server_is_judged(bind):
    found = seen(bind.tls_port, **WAYS["tls"])

    assert (found.status, found.reason) == (Status.DOWN, Reason.CERTIFICATE_SELF_SIGNED)
    assert readings(found)["ssl_earliest_cert_expiry"] > 0


def test_serial_authority_and_additional_records_of_a_zone_are_measured(bind):
    soa = seen(bind.port, query_name="dancu.example", query_type="SOA")
    delegation = seen(
        bind.port,
        query_name="dancu.example",
        query_type="NS",
        validate_additional_rrs={"fail_if_none_matches_regexp": [r"^ns\.dancu\.example\.\t300\tIN\tA\t127\.0\.0\.1$"]},
    )
    missing = seen(bind.port, query_type="MX", validate_authority_rrs={"fail_if_not_matches_regexp": [f" {SERIAL} "]})

    assert readings(soa)["dns_serial"] == SERIAL
    assert (delegation.status, readings(delegation)["dns_additional_rrs"]) == (Status.UP, 1)
    assert (missing.status, readings(missing)["dns_authority_rrs"]) == (Status.UP, 1)
    assert readings(missing)["dns_answer_rrs"] == 0


def test_long_answer_is_truncated_unless_it_may_be_long(bind):
    asked = {"query_name": "long.dancu.example", "query_type": "TXT"}

    short = seen(bind.port, **asked)
    followed = seen(bind.port, **asked, tcp_fallback=True)
    over_tcp = seen(bind.port, **asked, transport_protocol="tcp")
    with_edns = seen(bind.port, **asked, edns0_udp_size=1232)

    assert short.detail == "answered NOERROR, truncated"
    assert readings(short)["dns_answer_rrs"] < 40
    assert (followed.detail, readings(followed)["dns_answer_rrs"]) == ("answered NOERROR", 40)
    assert readings(over_tcp)["dns_answer_rrs"] == 40
    assert (with_edns.detail, readings(with_edns)["dns_additional_rrs"]) == ("answered NOERROR, truncated", 1)


def test_other_classes_are_asked(bind):
    rule = {"fail_if_not_matches_regexp": ['\tCH\tTXT\t"of the test"$']}

    found = seen(bind.port, query_name="version.bind", query_type="TXT", query_class="CH", validate_answer_rrs=rule)

    assert found.status is Status.UP


def test_server_that_does_not_recurse_refuses_other_names(bind):
    found = seen(bind.port, query_name="lgsp.hanoi.example")

    assert (found.reason, found.detail) == (Reason.STATUS, "answered REFUSED, expected NOERROR")


def test_server_that_refuses_our_address_is_told(resolver):
    found = seen(resolver.port, source_ip_address="127.0.0.66")

    assert (found.reason, found.detail) == (Reason.STATUS, "answered REFUSED, expected NOERROR")
