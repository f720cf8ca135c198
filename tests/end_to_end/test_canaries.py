"""No secret reaches any output, even when the target sends it back: log, metrics, API, pages, commands, processes."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
from end_to_end.daemon import daemon, fetch
from end_to_end.servers import free_port, http, wait_for

BEARER = "canary-bearer-7d1f"
PASSWORD = "canary-password-93ab"
CANARIES = (BEARER, PASSWORD, b64encode(f"monitor:{PASSWORD}".encode()).decode())

MONITOR = """\
egress: {allow: [127.0.0.0/8]}
log: {level: debug, format: json}
defaults: {every: 1s, timeout: 800ms, recheck: 300ms}
"""
AGENCY = """\
agency: {id: ha-noi, class: city, name: Hà Nội}
systems:
  - id: lgsp
    kind: hub
    name: LGSP
    checks:
%s
"""
CHECK = """\
      - id: %s
        probe: http
        with: {target: "http://127.0.0.1:%d/%s", %s, fail_if_body_not_matches_regexp: ["never"]}
"""
CREDENTIALS = {
    "bearer": "authorization: {credentials: {file: %s}}",
    "basic": "basic_auth: {username: monitor, password: {env: MONITOR_CANARY}}",
}
ANSWERS = ("ok", "refused", "elsewhere", "reason", "json", "nonsense")


def parrot(heard):
    """Return an answer that says what came in the Authorization header wherever an answer can hold it."""

    def answer(request):
        said = request.headers.get("Authorization", "")
        heard.add(said)
        kind = request.path.strip("/")
        if kind == "nonsense":
            request.wfile.write(f"{said}\r\n\r\n".encode())
            return
        code = {"refused": 401, "elsewhere": 302, "reason": 503}.get(kind, 200)
        request.send_response(code, said)
        request.send_header("X-Echo", said)
        if kind == "elsewhere":
            place = said.replace(" ", "")
            request.send_header("Location", f"ftp://{place}.example/{place}")
        request.end_headers()
        request.wfile.write(json.dumps({"error": said}).encode())

    return answer


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Return what the targets of a monitor heard and sent back, and all that can be seen of it, by place."""
    top = tmp_path_factory.mktemp("canaries")
    directory = top / "config"
    (directory / "agencies").mkdir(parents=True)
    (top / "token").write_text(f"{BEARER}\n")
    environment = {**os.environ, "MONITOR_CANARY": PASSWORD}
    (directory / "monitor.yaml").write_text(MONITOR)
    seen, heard = {}, set()
    with http(parrot(heard)) as target:
        checks = [
            CHECK % (f"{name}-{answer}", target, answer, text.replace("%s", str(top / "token")))
            for name, text in CREDENTIALS.items()
            for answer in ANSWERS
        ]
        (directory / "agencies" / "ha-noi.yaml").write_text(AGENCY % "".join(checks))
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        with daemon(directory, port, environment) as running:
            wait_for(lambda: fetch(f"{url}/metrics")[1].count("datashare_check_status{") == len(checks))
            places = ["/metrics", "/", "/api/v1/checks", "/api/v1/inventory", "/api/v1/configuration"]
            for name in (f"{credential}-{answer}" for credential in CREDENTIALS for answer in ANSWERS):
                places += [f"/checks/ha-noi/lgsp/{name}", f"/api/v1/checks/ha-noi/lgsp/{name}"]
            seen |= {place: fetch(f"{url}{place}")[1] for place in places}
            seen["processes"] = processes_of(running.pid)
        seen["log"] = (top / "daemon.log").read_text()
        for command in (
            ["check-config", str(directory)],
            ["probe", "ha-noi/lgsp/bearer-reason", "--config", str(directory)],
            ["probe", "ha-noi/lgsp/basic-reason", "--config", str(directory), "--json"],
        ):
            ended = subprocess.run(
                [sys.executable, "-m", "monitor", *command],
                capture_output=True, text=True, env=environment, timeout=30, check=False,
            )  # fmt: skip
            seen[" ".join(command)] = ended.stdout + ended.stderr
    return heard, seen


def processes_of(pid):
    """Return the command lines of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return "\n".join(Path(f"/proc/{one}/cmdline").read_bytes().decode() for one in (str(pid), *children))


def test_no_output_holds_a_secret(scene):
    _, outputs = scene

    leaks = {place for place, text in outputs.items() for canary in CANARIES if canary in text}

    assert leaks == set()


def test_the_secrets_were_really_sent_and_the_outputs_really_made(scene):
    heard, outputs = scene

    assert heard == {f"Bearer {BEARER}", f"Basic {CANARIES[-1]}"}
    assert "check.observed" in outputs["log"]
    assert "monitor" in outputs["processes"]
    assert all("ha-noi/lgsp/bearer-reason" in outputs[place] for place in ("/", "/api/v1/checks", "/api/v1/inventory"))
