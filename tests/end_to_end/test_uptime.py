"""YAML in, uptime out: a real Prometheus sees real servers live, die and come back, through the daemon."""

import contextlib
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from end_to_end import servers
from end_to_end.daemon import daemon, fetch, labels, samples
from end_to_end.servers import let_through, wait_for
from ports import free_port

pytestmark = pytest.mark.services

MONITOR = """\
vantage: test
egress: {allow: [127.0.0.0/8]}
nameservers: {servers: ["127.0.0.1:%(dns)d"]}
defaults: {every: 1s, timeout: 800ms, recheck: 300ms}
"""

AGENCY = """\
agency: {id: ha-noi, class: city, admin_code: "01", name: Hà Nội, name_en: Ha Noi}
contacts:
  truc-ban: {name: Trực ban, email: trucban@hanoi.example}
systems:
  - id: lgsp
    kind: hub
    name: Nền tảng chia sẻ dữ liệu Hà Nội
    name_en: Ha Noi data sharing platform
    owner: truc-ban
    checks:
      - id: web
        probe: http
        with: {target: "http://127.0.0.1:%(http)d/health", fail_if_body_not_matches_regexp: ['"error_code":\\s*0']}
      - {id: named, probe: http, with: {target: "http://lgsp.hanoi.example:%(http)d/health"}}
      - id: secure
        probe: http
        with: {target: "https://127.0.0.1:%(https)d/health", tls_config: {ca_file: %(pem)s, server_name: localhost}}
      - id: cert
        probe: tls
        with: {target: "127.0.0.1:%(https)d", min_days: 21, tls_config: {ca_file: %(pem)s, server_name: localhost}}
      - {id: missing, probe: http, with: {target: "http://127.0.0.1:%(http)d/nothing"}}
      - {id: database, probe: tcp, with: {target: "127.0.0.1:%(postgres)d"}}
      - id: names
        probe: dns
        with: {target: "127.0.0.1:%(dns)d", query_name: lgsp.hanoi.example, query_type: A}
      - {id: dead, probe: tcp, with: {target: "127.0.0.1:%(dead)d"}}
      - {id: stalled, probe: http, with: {target: "http://127.0.0.1:%(stalled)d/"}}
"""

HEALTHY = {"web", "named", "secure", "cert", "database", "names"}
BROKEN = {"missing": "status", "dead": "refused", "stalled": "timeout"}


@dataclass
class Scene:
    directory: Path
    ports: dict[str, int]
    url: str
    prometheus: str
    running: object
    nginx: contextlib.ExitStack
    start_nginx: object


@pytest.fixture(scope="module")
def scene(need, tmp_path_factory):
    top = tmp_path_factory.mktemp("scene")
    let_through(top)
    names = ("http", "https", "postgres", "dns", "dead", "monitor", "prometheus")
    ports = {name: free_port() for name in names}
    pem, key = servers.certificate(top)
    binaries = {
        "nginx": need("nginx", "nginx-light"),
        "unbound": need("unbound", "unbound"),
        "prometheus": need("prometheus", "prometheus"),
        "initdb": need("/usr/lib/postgresql/15/bin/initdb", "postgresql"),
    }
    with contextlib.ExitStack() as stack:
        stalled = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=512))
        ports["stalled"] = stalled.getsockname()[1]
        nginx = stack.enter_context(contextlib.ExitStack())

        def start_nginx():
            running = servers.nginx(binaries["nginx"], top / "nginx", ports["http"], ports["https"], pem, key)
            nginx.enter_context(running)

        start_nginx()
        stack.enter_context(servers.postgres(Path(binaries["initdb"]).parent, top / "postgres", ports["postgres"]))
        stack.enter_context(servers.unbound(binaries["unbound"], top / "unbound", ports["dns"]))

        directory = top / "config"
        (directory / "agencies").mkdir(parents=True)
        (directory / "monitor.yaml").write_text(MONITOR % ports)
        (directory / "agencies" / "ha-noi.yaml").write_text(AGENCY % {**ports, "pem": pem})
        running = stack.enter_context(daemon(directory, ports["monitor"]))
        target = f"127.0.0.1:{ports['monitor']}"
        stack.enter_context(servers.prometheus(binaries["prometheus"], top / "prom", ports["prometheus"], target))
        asked = f"http://127.0.0.1:{ports['prometheus']}"
        yield Scene(directory, ports, f"http://{target}", asked, running, nginx, start_nginx)


def test_prometheus_sees_the_uptime_of_each_server(scene):
    expected = dict.fromkeys(HEALTHY, 2.0) | dict.fromkeys(BROKEN, 0.0)

    def every_check_has_a_status():
        seen = samples(scene.prometheus, "datashare_check_status")
        return seen if len(seen) == len(expected) else None

    seen = wait_for(every_check_has_a_status, within=30)

    assert seen == expected


@pytest.mark.parametrize(("check", "reason"), BROKEN.items())
def test_prometheus_sees_why_a_check_is_down(scene, check, reason):
    query = f'datashare_check_reason{{check="{check}"}} == 1'

    seen = wait_for(lambda: labels(scene.prometheus, query, "reason"))

    assert seen == {reason}


def test_prometheus_sees_the_certificate_of_nginx(scene):
    left = wait_for(lambda: samples(scene.prometheus, "datashare_probe_ssl_earliest_cert_expiry - time()"))

    assert set(left) == {"secure", "cert"}
    assert all(80 * 86400 < seconds < 91 * 86400 for seconds in left.values())


def test_a_stopped_nginx_is_seen_with_its_reason_and_its_return(scene):
    status = 'datashare_check_status{check="web"}'
    reason = 'datashare_check_reason{check="web"} == 1'
    wait_for(lambda: samples(scene.prometheus, status) == {"web": 2.0}, within=30)

    scene.nginx.close()
    wait_for(lambda: samples(scene.prometheus, status) == {"web": 0.0}, within=30)
    seen = wait_for(lambda: labels(scene.prometheus, reason, "reason"))
    scene.start_nginx()
    wait_for(lambda: samples(scene.prometheus, status) == {"web": 2.0}, within=30)

    assert seen == {"refused"}
    assert labels(scene.prometheus, reason, "reason") == set()


def test_a_reload_with_a_bad_file_keeps_everything_running(scene):
    bad = scene.directory / "agencies" / "broken.yaml"
    bad.write_text("agency: {id: Broken, class: city}\n")
    try:
        scene.running.send_signal(signal.SIGHUP)
        wait_for(lambda: samples(scene.prometheus, "datashare_monitor_config_last_reload_successful == 0"), within=20)
        before = samples(scene.prometheus, 'datashare_probe_runs_total{check="web"}')["web"]
        wait_for(
            lambda: samples(scene.prometheus, 'datashare_probe_runs_total{check="web"}')["web"] > before, within=20
        )
    finally:
        bad.unlink()

    scene.running.send_signal(signal.SIGHUP)

    wait_for(lambda: samples(scene.prometheus, "datashare_monitor_config_last_reload_successful == 1"), within=20)
    assert "agencies/broken.yaml:1:14" in (scene.directory.parent / "daemon.log").read_text()


def test_an_unknown_check_is_a_404_with_the_nearest_names(scene):
    status, body = fetch(f"{scene.url}/api/v1/checks/ha-noi/lgsp/wbe")

    assert status == 404
    assert "ha-noi/lgsp/web" in body


def test_sigterm_ends_the_daemon_within_five_seconds(scene):
    began = time.monotonic()

    scene.running.send_signal(signal.SIGTERM)
    code = scene.running.wait(10)

    assert code == 0
    assert time.monotonic() - began < 5
