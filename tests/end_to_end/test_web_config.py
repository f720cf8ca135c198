"""The HTTP surface behind TLS, passwords and certificates: the programs as they run, asked by Prometheus.

Whatever Debian's blackbox_exporter takes for a web-config file is taken here, or refused by name.
"""

import base64
import contextlib
import json
import shutil
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

import bcrypt
import pytest
from authority import Authority
from end_to_end.daemon import samples
from end_to_end.servers import answers, http, listens, ok, process, wait_for
from ports import free_port

PROGRAM = [sys.executable, "-m", "monitor"]
HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$")
TLS = "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"
AGENCY = """\
agency: {{id: ha-noi, class: city, name: Hà Nội}}
systems:
  - id: lgsp
    kind: hub
    name: LGSP
    checks:
      - {{id: api, probe: http, every: 1s, timeout: 500ms, with: {{target: 'http://127.0.0.1:{port}/'}}}}
      - {{id: beat, probe: heartbeat, with: {{interval: 1h, token: {{file: {token}}}}}}}
"""
USERS = f"basic_auth_users: {{prometheus: {HASH}, operator: {HASH}}}\n"
ROLES = "roles: {users: {prometheus: [metrics], operator: [health, read, probe, reload]}, anonymous: [health]}\n"


def basic(user, password="secret"):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Site:
    """A program that listens, and what it takes to ask it."""

    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "config"
        (self.config / "agencies").mkdir(parents=True)
        self.web = self.config / "web.yaml"
        self.authority = Authority(self.config)
        self.authority.pair("server", "localhost", "127.0.0.1")
        self.port = free_port()

    def ask(self, path, headers=(), method="GET", own=None, scheme="https"):
        """Return status and text; 0 when there is no connection to be had."""
        request = urllib.request.Request(
            f"{scheme}://127.0.0.1:{self.port}{path}", headers=dict(headers), method=method,
            data=b"" if method == "POST" else None,
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=5, context=self.authority.trust(own)) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def log(self, event):
        lines = (self.folder / "daemon.log").read_text().splitlines()
        return [line for line in map(json.loads, lines) if line["event"] == event]

    def serial(self):
        return ssl.get_server_certificate(("127.0.0.1", self.port))


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@contextlib.contextmanager
def serving(site, text):
    """The daemon, with a system that it watches."""
    site.web.write_text(text)
    token = site.folder / "token"
    token.write_text("the-token\n")
    with http(ok) as port:
        (site.config / "agencies" / "ha-noi.yaml").write_text(AGENCY.format(port=port, token=token))
        (site.config / "blackbox.yml").write_text("modules: {http_2xx: {prober: http, timeout: 2s}}\n")
        (site.config / "monitor.yaml").write_text(
            "egress: {allow: [127.0.0.0/8]}\nweb: {config_file: web.yaml}\n"
            "probe: {allow: [127.0.0.0/8], modules: blackbox.yml}\n"
        )
        command = [*PROGRAM, "serve", str(site.config), "--listen", f"127.0.0.1:{site.port}"]
        with (site.folder / "daemon.log").open("ab") as log:
            running = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(lambda: listens(site.port) or running.poll() is not None, within=30)
            assert running.poll() is None, (site.folder / "daemon.log").read_text()
            wait_for(lambda: site.ask("/-/ready", basic("operator"))[0] == 200, within=30)
            yield running, port
        finally:
            running.terminate()
            running.wait(10)


def test_each_endpoint_of_the_daemon_opens_to_whom_it_should(site):
    with serving(site, TLS + USERS + ROLES) as (_, port):
        probe = f"/probe?target=127.0.0.1:{port}"
        beat = "/api/v1/heartbeats/ha-noi/lgsp/beat"
        expected = {
            # path: nobody, prometheus, operator
            "/metrics": (401, 200, 403), "/sd": (401, 200, 403), "/": (401, 403, 200), "/docs": (401, 403, 200),
            "/api/v1/checks": (401, 403, 200), "/api/v1/inventory": (401, 403, 200), probe: (401, 403, 200),
            "/-/healthy": (200, 200, 200), "/nothing": (404, 404, 404),
        }  # fmt: skip
        seen = {
            path: tuple(site.ask(path, headers)[0] for headers in ({}, basic("prometheus"), basic("operator")))
            for path in expected
        }
        reloads = [site.ask("/-/reload", basic(user), "POST")[0] for user in ("prometheus", "operator")]
        stranger = site.ask("/-/reload", {}, "POST")[0], site.ask("/metrics", basic("prometheus", "wrong"))[0]
        beats = [
            site.ask(beat, headers, "POST")[0]
            for headers in ({"Authorization": "Bearer the-token"}, {"Authorization": "Bearer no"}, basic("operator"))
        ]
        probed = site.ask(probe, basic("operator"))[1]
        plain = site.ask("/metrics", basic("prometheus"), scheme="http")
        refused = site.ask("/metrics", basic("prometheus"))[1]

    assert seen == expected
    assert (reloads, stranger) == ([403, 200], (401, 401))
    assert beats == [202, 401, 401]
    assert "probe_success 1.0" in probed
    assert plain[0] == 0
    assert 'datashare_monitor_web_refused_total{reason="login"}' in refused
    assert [line["address"] for line in site.log("monitor.started")] == [f"https://127.0.0.1:{site.port}"]


def test_users_certificate_and_mistakes_take_effect_without_a_start(site):
    with serving(site, TLS + USERS) as (running, _):
        first = site.serial()
        site.authority.pair("server", "localhost", "127.0.0.1")
        wait_for(lambda: site.serial() != first)
        site.web.write_text(TLS + USERS.replace("operator", "other"))
        wait_for(lambda: site.ask("/", basic("other"))[0] == 200)
        gone = site.ask("/", basic("operator"))[0]

        site.web.write_text(TLS + "basic_auth_users: {other: hunter2}\n")
        [line] = wait_for(lambda: site.log("web_config.rejected"))
        flagged = site.ask("/metrics", basic("other"))[1]
        status, text = site.ask("/-/reload", basic("other"), "POST")
        running.send_signal(signal.SIGHUP)
        site.web.write_text(TLS + USERS)
        wait_for(lambda: site.ask("/", basic("operator"))[0] == 200)
        mended = site.ask("/-/reload", basic("operator"), "POST")[0], site.ask("/metrics", basic("prometheus"))[1]

    assert gone == 401
    assert "web.yaml:2:27 basic_auth_users.other" in line["problems"][0]
    assert "datashare_monitor_config_last_reload_successful 0.0" in flagged
    assert (status, "web.yaml:2:27" in text) == (400, True)
    assert mended[0] == 200
    assert "datashare_monitor_config_last_reload_successful 1.0" in mended[1]
    assert "hunter2" not in (site.folder / "daemon.log").read_text()


def run(*arguments):
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_wrong_file_is_refused_at_the_start_and_by_check_config(site):
    site.web.write_text("tls_server_config:\n  cert_file: server.pem\n  key_file: ca.pem\n")
    (site.config / "monitor.yaml").write_text("web: {config_file: web.yaml}\n")

    started, checked = run("serve", str(site.config)), run("check-config", str(site.config))

    for done in (started, checked):
        assert done.returncode == 1
        assert "web.yaml:3:13 tls_server_config.key_file\n  there is no private key in it" in done.stderr


@contextlib.contextmanager
def blackbox(site, text, *arguments):
    site.web.write_text(text)
    (site.folder / "blackbox.yml").write_text("modules: {http_2xx: {prober: http, timeout: 2s}}\n")
    command = [*PROGRAM, "blackbox", f"--config.file={site.folder / 'blackbox.yml'}", "--allow=127.0.0.1"]
    command += [f"--web.listen-address=127.0.0.1:{site.port}", f"--web.config.file={site.web}", *arguments]
    with process(command, site.folder) as running:
        wait_for(lambda: listens(site.port) or running.poll() is not None)
        yield running


def test_each_endpoint_of_blackbox_opens_to_whom_it_should(site):
    with http(ok) as target, blackbox(site, TLS + USERS):
        paths = ["/", "/config", "/metrics", "/-/healthy", f"/probe?target=127.0.0.1:{target}"]
        strangers = {path: site.ask(path)[0] for path in paths}
        users = {path: site.ask(path, basic("prometheus"))[0] for path in paths}
        reloads = [site.ask("/-/reload", headers, "POST")[0] for headers in ({}, basic("prometheus"))]
        site.web.write_text(TLS + "basic_auth_users: {a: b}\n")
        wait_for(lambda: "last_reload_successful 0.0" in site.ask("/metrics", basic("prometheus"))[1])
        broken, kept = site.ask("/-/reload", basic("prometheus"), "POST"), site.ask("/", basic("prometheus"))[0]

    assert set(strangers.values()) == {401}
    assert set(users.values()) == {200}
    assert reloads == [401, 200]
    assert (broken[0], "basic_auth_users.a" in broken[1], kept) == (500, True, 200)


def test_wrong_file_is_refused_by_blackbox_at_the_start_and_when_checked(site):
    site.web.write_text("basic_auth_users: {a: hunter2}\n")
    (site.folder / "blackbox.yml").write_text("modules: {http_2xx: {prober: http, timeout: 2s}}\n")
    flags = ["blackbox", f"--config.file={site.folder / 'blackbox.yml'}", f"--web.config.file={site.web}"]

    started, checked = run(*flags, "--log.format=json"), run(*flags, "--config.check")

    assert (started.returncode, checked.returncode) == (1, 1)
    assert "web.yaml:1:23 basic_auth_users.a" in started.stderr
    assert "web.yaml:1:23 basic_auth_users.a" in checked.stderr
    assert "hunter2" not in started.stderr + checked.stderr


PROMETHEUS = shutil.which("prometheus")
SCRAPE = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: password
    scheme: https
    basic_auth: {{username: prometheus, password: secret}}
    tls_config: {{ca_file: {folder}/ca.pem}}
    http_sd_configs:
      - url: https://127.0.0.1:{port}/sd
        basic_auth: {{username: prometheus, password: secret}}
        tls_config: {{ca_file: {folder}/ca.pem}}
  - job_name: certificate
    scheme: https
    tls_config: {{ca_file: {folder}/ca.pem, cert_file: {folder}/client.pem, key_file: {folder}/client.key}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: nobody
    scheme: https
    tls_config: {{ca_file: {folder}/ca.pem}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@pytest.mark.services
@pytest.mark.skipif(not PROMETHEUS, reason="needs Debian's prometheus")
def test_prometheus_scrapes_with_a_password_or_with_a_certificate_and_not_without(site):
    site.authority.pair("client", "prometheus.hanoi.example")
    tls = TLS.replace("}", ", client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem}")
    roles = ROLES.replace("roles: {", "roles: {client_sans: {prometheus.hanoi.example: [metrics]}, ")
    own = free_port()
    file = site.folder / "prometheus.yml"
    file.write_text(SCRAPE.format(folder=site.config, port=site.port))
    command = [PROMETHEUS, f"--config.file={file}", f"--storage.tsdb.path={site.folder / 'tsdb'}"]
    command += [f"--web.listen-address=127.0.0.1:{own}"]
    url = f"http://127.0.0.1:{own}"
    with serving(site, tls + USERS + roles), process(command, site.folder):
        wait_for(lambda: answers(f"{url}/-/ready"))
        wait_for(lambda: len(samples(url, "count by (job) (up)")) == 3, within=30)
        wait_for(lambda: samples(url, "datashare_probe_success{job='password'}") == {"api": 1}, within=30)
        wait_for(lambda: samples(url, "datashare_probe_success{job='certificate'}") == {"api": 1}, within=30)
        up = {job: samples(url, f"up{{job='{job}'}}") for job in ("password", "certificate", "nobody")}

    assert {job: [*seen.values()] for job, seen in up.items()} == {"password": [1], "certificate": [1], "nobody": [0]}


EXPORTER = shutil.which("prometheus-blackbox-exporter")
GOOD = {
    "nothing": "{}\n",
    "tls": TLS,
    "users": USERS,
    "headers": "http_server_config: {http2: true, headers: {X-Frame-Options: deny, Content-Security-Policy: a}}\n",
    "versions": TLS.replace("}", ", min_version: TLS12, max_version: TLS13, prefer_server_cipher_suites: true}"),
    "suites": TLS.replace("}", ", cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]}"),
    "curve": TLS.replace("}", ", curve_preferences: [CurveP256]}"),
    "clients": TLS.replace("}", ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem}"),
}
BAD = {
    "unknown key": "tls: {}\n",
    "no key": "tls_server_config: {cert_file: server.pem}\n",
    "missing file": "tls_server_config: {cert_file: nope.pem, key_file: server.key}\n",
    "wrong key": "tls_server_config: {cert_file: server.pem, key_file: ca.pem}\n",
    "authority without a policy": TLS.replace("}", ", client_ca_file: ca.pem}"),
    "policy": TLS.replace("}", ", client_auth_type: Always}"),
    "suite": TLS.replace("}", ", cipher_suites: [TLS_NOTHING]}"),
    "curve": TLS.replace("}", ", curve_preferences: [P256]}"),
    "version": TLS.replace("}", ", min_version: TLS14}"),
    "clear password": "basic_auth_users: {a: secret}\n",
    "header": "http_server_config: {headers: {X-Powered-By: a}}\n",
    "value of a header": "http_server_config: {headers: {X-Frame-Options: maybe}}\n",
}

CASES = {f"good {name}": (text, True) for name, text in GOOD.items()} | {
    f"bad {name}": (text, False) for name, text in BAD.items()
}


@pytest.mark.services
@pytest.mark.skipif(not EXPORTER, reason="needs Debian's prometheus-blackbox-exporter")
@pytest.mark.parametrize(("text", "is_good"), CASES.values(), ids=CASES)
def test_what_blackbox_exporter_takes_is_taken_and_what_it_refuses_is_refused(site, text, is_good):
    site.web.write_text(text)
    modules = site.folder / "blackbox.yml"
    modules.write_text("modules: {http_2xx: {prober: http, timeout: 2s}}\n")
    flags = [f"--config.file={modules}", f"--web.config.file={site.web}"]

    ours = run("blackbox", *flags, "--config.check").returncode == 0
    with process([EXPORTER, *flags, f"--web.listen-address=127.0.0.1:{site.port}"], site.folder) as running:
        wait_for(lambda: listens(site.port) or running.poll() is not None)
        theirs = running.poll() is None

    assert (ours, theirs) == (is_good, is_good)
