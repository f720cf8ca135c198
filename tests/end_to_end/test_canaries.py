"""No secret of any kind reaches any output, even when the target sends it back.

Log, metrics, API, pages, commands, processes and files are searched for canaries, one in each option for secrets.
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints
from urllib.parse import quote_plus

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from end_to_end import parrots
from end_to_end.daemon import daemon, fetch, pages
from end_to_end.servers import certificate, wait_for
from ports import free_port

from monitor.plugin.secret import Secret

MONITOR = """\
egress: {allow: [127.0.0.0/8]}
log: {level: debug, format: json}
defaults: {every: 5s, timeout: 4s, recheck: 300ms}
probe: {allow: [127.0.0.0/8], modules: modules.yml}
"""
ENVIRONMENT = "MONITOR_CANARY"
PROGRAM = """\
#!/bin/sh
echo "CRITICAL - $(cat $1) $(base64 $1) | $(cat $1)=1 'long $(cat $1)'=2"
cat $1 >&2
cat $1 >> $2
exit 2
"""


@dataclass
class Scene:
    """A monitor whose secrets are canaries, and all that can be seen of it.

    Attributes:
        secrets: Texts by the option they were planted in.
        heard: What the targets were sent.
        outputs: What was seen, by place.
        checks: By name.
    """

    top: Path
    secrets: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    checks: dict[str, dict] = field(default_factory=dict)

    def plant(self, option: str, text: str = "") -> str:
        """Return the path of a file with a canary."""
        self.secrets[option] = canary = text or f"{len(self.secrets):02}-{option}-canary/+ é"
        path = self.top / "secrets" / option
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{canary}\n")
        return str(path)


def web_options(scene: Scene, port: int) -> dict[str, dict]:
    """Return the options of http that take secrets, by a name; those that are sent in headers are ASCII."""

    def file(option: str) -> str:
        return scene.plant(option, f"{len(scene.secrets):02}-{option}-canary/+")

    token_url = f"http://127.0.0.1:{port}"
    login = {"user": "monitor", "password": "4c-body-canary"}
    scene.secrets["environment"] = "93-environment-canary"
    scene.secrets["body"] = login["password"]
    (scene.top / "body.json").write_text(json.dumps(login))
    oauth2 = {"client_id": "monitor", "token_url": f"{token_url}/token"}
    return {
        "bearer": {"authorization": {"credentials": {"file": file("credentials")}}},
        "own": {"authorization": {"type": "ApiKey", "credentials_file": file("credentials-file")}},
        "basic": {"basic_auth": {"username": "monitor", "password": {"env": ENVIRONMENT}}},
        "files": {"basic_auth": {"username_file": file("username"), "password_file": file("password-file")}},
        "token": {"bearer_token": {"file": file("token")}},
        "token-file": {"bearer_token_file": file("token-file")},
        "headers": {
            "http_headers": {"X-Api-Key": {"secrets": [{"file": file("header")}]}, "X-Key": {"files": [file("lines")]}}
        },
        "body": {"method": "POST", "body_file": str(scene.top / "body.json")},
        "oauth": {"oauth2": {**oauth2, "client_secret": {"file": file("client-secret")}}},
        "no-token": {
            "oauth2": {
                **oauth2,
                "token_url": f"{token_url}/oauth",
                "client_secret_file": file("client-secret-file"),
                "auth_style": "params",
            }
        },
        **{name: options for name, (_, options) in ways_through_a_proxy(scene, port, "proxy").items()},
    }


def web_checks(scene: Scene, port: int) -> dict[str, dict]:
    """Return a check of http for each option and each place in which an answer can hold what it was asked with."""
    checks = {}
    judged = {
        "json": {"assertions": [{"json": "error", "equals": "nothing"}], "readings": {"waiting": "error"}},
        "header": {"assertions": [{"header": "X-Echo", "equals": "nothing"}]},
    }
    for name, options in web_options(scene, port).items():
        scheme = "https" if name == "proxy-header" else "http"
        for answer in parrots.ANSWERS:
            settings = {"target": f"{scheme}://127.0.0.1:{port}/{answer}", **options}
            never = {"fail_if_body_not_matches_regexp": ["never"]}
            checks[f"{name}-{answer}"] = {"probe": "http", "with": settings | judged.get(answer, never)}
    return checks | token_checks(scene, port)


def token_checks(scene: Scene, port: int) -> dict[str, dict]:
    """Return checks of http whose tokens are asked for through a proxy that wants credentials."""
    login = {"client_id": "monitor", "client_secret": {"file": scene.plant("token-secret", "77-token-secret-canary")}}
    return {
        f"{name}-{answer}": {
            "probe": "http",
            "with": {
                "target": f"http://127.0.0.1:{port}/ok",
                "oauth2": {**login, "token_url": f"{scheme}://127.0.0.1:{port}/{answer}", **options},
            },
        }
        for name, (scheme, options) in ways_through_a_proxy(scene, port, "token-proxy").items()
        for answer in ("oauth", "nonsense")
    }


def ways_through_a_proxy(scene: Scene, port: int, name: str) -> dict[str, tuple[str, dict]]:
    """Return options of a proxy that take secrets, and the scheme of a target that they are sent for."""

    def file(option: str) -> str:
        return scene.plant(f"{name}-{option}", f"{len(scene.secrets):02}-{name}-{option}-canary/+")

    at = {"proxy_url": f"http://127.0.0.1:{port}"}
    files = {"username_file": file("user"), "password_file": file("password-file")}
    return {
        name: ("http", {**at, "proxy_basic_auth": {"username": "monitor", "password": {"file": file("password")}}}),
        f"{name}-files": ("http", {**at, "proxy_basic_auth": files}),
        f"{name}-header": (
            "https",
            {**at, "proxy_connect_header": {"Proxy-Authorization": [{"file": file("header")}]}},
        ),
    }


def other_checks(scene: Scene, ports: dict[str, int]) -> dict[str, dict]:
    """Return checks of the other kinds with secrets."""

    def secret(option: str, text: str = "") -> dict[str, str]:
        return {"file": scene.plant(option, text)}

    pem, key = certificate(scene.top)
    scene.secrets["key"] = "11-key-canary"
    key.write_text(f"{scene.secrets['key']}\n{key.read_text()}")
    keyed = {"tls_config": {"ca_file": str(pem), "cert_file": str(pem), "key_file": str(key)}}
    store = secret("pkcs12", "55-pkcs12-canary")
    (scene.top / "store.p12").write_bytes(pkcs12_of(pem, key, "55-pkcs12-canary"))
    (scene.top / "program").write_text(PROGRAM)
    (scene.top / "program").chmod(0o755)
    program = ["/bin/sh", str(scene.top / "program"), "{secret:word}", str(scene.top / "heard")]
    at = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    socket = {"secret_headers": {"X-Key": secret("websocket", "31-websocket-canary")}}
    return {
        "directory": {
            "probe": "ldap",
            "with": {
                "target": at["ldap"],
                "bind_dn": "cn=monitor",
                "password": secret("ldap"),
                "allow_cleartext_password": True,
            },
        },
        "procedure": {
            "probe": "grpc",
            "with": {
                "target": at["grpc"],
                "secret_metadata": {"authorization": secret("grpc", "8g-grpc-canary/+-" * 8)},
            },
        },
        "closes": {
            "probe": "websocket",
            "with": {"target": f"ws://{at['websocket']}/closes", **socket, "query_response": [{"expect": "never"}]},
        },
        "chooses": {
            "probe": "websocket",
            "with": {"target": f"ws://{at['websocket']}/chooses", **socket, "subprotocols": ["chat"]},
        },
        "program": {"probe": "exec", "with": {"command": program, "secrets": {"word": secret("exec")}}},
        "report": {
            "probe": "heartbeat",
            "with": {"token": secret("heartbeat", "20-heartbeat-canary"), "interval": "1h"},
        },
        "store": {"probe": "tls", "with": {"file": str(scene.top / "store.p12"), "password": store}},
        "wrong": {"probe": "tls", "with": {"file": str(scene.top / "store.p12"), "password": secret("wrong")}},
        "shaken": {"probe": "tls", "with": {"target": at["http"], **keyed}},
        "dialogue": {"probe": "tcp", "with": {"target": at["http"], "tls": True, **keyed}},
    }


def pkcs12_of(pem: Path, key: Path, password: str) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"store",
        serialization.load_pem_private_key(key.read_bytes(), None),
        x509.load_pem_x509_certificate(pem.read_bytes()),
        None,
        serialization.BestAvailableEncryption(password.encode()),
    )


def modules(scene: Scene) -> str:
    """Return modules for /probe, one with a secret in it, as they may have."""
    scene.secrets["module"] = "62-module-canary"
    token = scene.plant("module-file", "17-module-file-canary")
    failing = {"fail_if_body_not_matches_regexp": ["never"]}
    written = {"basic_auth": {"username": "monitor", "password": scene.secrets["module"]}}
    return json.dumps(
        {
            "modules": {
                "written": {"prober": "http", "http": {**written, **failing}},
                "file": {"prober": "http", "http": {"authorization": {"credentials_file": token}, **failing}},
            }
        }
    )


def report(url: str, token: str, body: dict) -> str:
    """Send a heartbeat and return the answer, its status included."""
    request = urllib.request.Request(
        f"{url}/api/v1/heartbeats/ha-noi/lgsp/report",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return f"{answer.status} {answer.read().decode()}"
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.code} {error.read().decode()}"


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    scene = Scene(tmp_path_factory.mktemp("canaries"))
    directory = scene.top / "config"
    (directory / "agencies").mkdir(parents=True)
    with ExitStack() as stack:
        token = scene.secrets["access token"] = "48-access-token-canary"
        ports = {
            "http": stack.enter_context(parrots.web(scene.heard.append, token)),
            "ldap": stack.enter_context(parrots.directory(scene.heard.append)),
            "grpc": stack.enter_context(parrots.procedures(scene.heard.append)),
            "websocket": stack.enter_context(parrots.sockets(scene.heard.append)),
        }
        checks = web_checks(scene, ports["http"]) | other_checks(scene, ports)
        (directory / "monitor.yaml").write_text(MONITOR)
        (directory / "modules.yml").write_text(modules(scene))
        system = {
            "id": "lgsp",
            "kind": "hub",
            "name": "LGSP",
            "checks": [{"id": id_, **one} for id_, one in checks.items()],
        }
        agency = {"agency": {"id": "ha-noi", "class": "city", "name": "Hà Nội"}, "systems": [system]}
        (directory / "agencies" / "ha-noi.yaml").write_text(json.dumps(agency))
        observe(scene, directory, [*checks], ports["http"])
    if (scene.top / "heard").is_file():
        scene.heard.append((scene.top / "heard").read_text())
    return scene


def observe(scene: Scene, directory: Path, checks: list[str], target: int) -> None:
    """Run the monitor, and take down everything it shows."""
    environment = {**os.environ, ENVIRONMENT: scene.secrets["environment"]}
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    seen = scene.outputs
    with daemon(directory, port, environment) as running:
        token = scene.secrets["heartbeat"]
        seen["wrong token"] = report(url, f"{token}x", {"state": "success"})
        seen["odd report"] = report(url, token, {"state": "fail", "message": "?", token: token})
        seen["report"] = report(url, token, {"state": "fail", "message": f"sent with {token}", "run_id": token})
        # One is unknown, which on /metrics is no sample.
        wait_for(lambda: fetch(f"{url}/metrics")[1].count("datashare_check_status{") == len(checks) - 1, within=40)
        places = ["/metrics", "/", "/?page=2", "/api/v1/checks", "/api/v1/inventory", "/api/v1/configuration", "/sd"]
        places += [f"{form}/ha-noi/lgsp/{name}" for name in checks for form in ("/checks", "/api/v1/checks")]
        for module in ("written", "file"):
            places += [f"/probe?module={module}&debug=true&target=127.0.0.1:{target}/{end}" for end in parrots.ANSWERS]
        seen |= pages(url, places)
        seen["processes"] = processes_of(running.pid)
        (directory / "monitor.yaml").write_text(MONITOR.replace("300ms", "400ms"))
        seen["plan"] = ended(["plan", str(directory), "--url", url], environment)
        status, seen["reload"] = fetch(f"{url}/-/reload", method="POST")
        assert status == 200, seen["reload"]
    for path in (one for one in scene.top.iterdir() if one.name not in {"secrets", "config", "body.json", "heard"}):
        seen[path.name] = path.read_bytes().decode("latin-1")
    del seen["key.pem"]
    name = "ha-noi/lgsp/"
    for command in (
        ["check-config", str(directory)],
        *(
            ["probe", f"{name}{one}", "--config", str(directory)]
            for one in ("bearer-reason", "basic-json", "procedure")
        ),
        *(
            ["probe", f"{name}{one}", "--config", str(directory), "--json"]
            for one in ("basic-reason", "oauth-json", "closes")
        ),
    ):
        seen[" ".join(command)] = ended(command, environment)


def ended(command: list[str], environment: dict[str, str]) -> str:
    """Return what a command of ours writes."""
    told = subprocess.run(
        [sys.executable, "-m", "monitor", *command],
        capture_output=True, text=True, env=environment, timeout=30, check=False,
    )  # fmt: skip
    return told.stdout + told.stderr


def processes_of(pid):
    """Return the command lines of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return "\n".join(Path(f"/proc/{one}/cmdline").read_bytes().decode() for one in (str(pid), *children))


def forms(secret: str) -> set[str]:
    """Return a secret and what it becomes on its way, its first part included."""
    basic = b64encode(f"monitor:{secret}".encode()).decode()
    whole = {secret, quote_plus(secret), b64encode(secret.encode()).decode(), basic, json.dumps(secret)[1:-1]}
    return whole | {secret[:12]}


def test_no_output_holds_a_secret(scene):
    leaks = {
        (place, option)
        for place, text in scene.outputs.items()
        for option, secret in scene.secrets.items()
        for form in forms(secret)
        if form in text
    }

    assert leaks == set()


def test_the_secrets_were_really_sent(scene):
    to_open_files, in_pairs = {"key", "pkcs12", "wrong"}, {"username", "client-secret"}
    secrets = scene.secrets
    pairs = [f"{secrets['username']}:{secrets['password-file']}", f"monitor:{quote_plus(secrets['client-secret'])}"]
    for name in ("proxy", "token-proxy"):
        pairs.append(f"{secrets[f'{name}-user']}:{secrets[f'{name}-password-file']}")
        in_pairs.add(f"{name}-user")
    heard = "\n".join(scene.heard)

    assert all(b64encode(one.encode()).decode() in heard for one in pairs)
    in_pairs |= {option for option in secrets if option.endswith("password-file")}
    sent = {option for option, secret in secrets.items() if any(form in heard for form in forms(secret))}
    assert secrets.keys() - sent <= to_open_files | in_pairs | {"heartbeat", "token-secret"}


def test_the_outputs_were_really_made(scene):
    outputs = scene.outputs

    assert "check.observed" in outputs["daemon.log"]
    assert "monitor" in outputs["processes"]
    assert all("ha-noi/lgsp/bearer-reason" in outputs[place] for place in ("/api/v1/checks", "/api/v1/inventory"))
    assert "ha-noi/lgsp/bearer-reason" in outputs["/"] + outputs["/?page=2"]  # time decides on which
    assert [outputs[one].partition(" ")[0] for one in ("report", "wrong token", "odd report")] == ["202", "401", "400"]
    details = {
        name: json.loads(outputs[f"/api/v1/checks/ha-noi/lgsp/{name}"]) for name in ("procedure", "closes", "program")
    }
    assert all("***" in json.dumps(one) for one in details.values()), details


def options_with_secrets(filled: type) -> Iterator[str]:
    """Yield the options of a kind, or of a part of it, that take secrets."""
    for name, hint in get_type_hints(filled).items():
        for each in parts(hint):
            if each is Secret:
                yield name
            elif is_dataclass(each):
                yield from (f"{name}.{inner}" for inner in options_with_secrets(each))


def parts(hint: object) -> Iterator[object]:
    yield hint
    for each in get_args(hint):
        yield from parts(each)
