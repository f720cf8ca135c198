"""Promise: probe looks once as the daemon would, says what it saw, and its exit status is the verdict."""

import asyncio
import json
import signal
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from click.testing import CliRunner

from monitor.cli.look import looking
from monitor.cli.probe import command
from monitor.config import load
from monitor.inventory import CheckId
from monitor.measure import Measure
from monitor.plugin import up
from monitor.testing import serve_tls

CANARY = "canary-51c0"
AGENCY = """\
agency: {id: ha-noi, class: city, admin_code: "01", name: Hà Nội, name_en: Ha Noi}
systems:
  - id: lgsp
    kind: hub
    name: Nền tảng chia sẻ dữ liệu Hà Nội
    checks:
      - {id: open, probe: tcp, every: 10s, timeout: 2s, with: {target: "127.0.0.1:%(open)d"}}
      - {id: shut, probe: tcp, every: 10s, timeout: 2s, with: {target: "127.0.0.1:%(shut)d"}}
      - id: forbidden
        probe: http
        every: 10s
        timeout: 2s
        with: {target: "http://198.51.100.1/", headers: {X-Token: %(canary)s}}
"""


@asynccontextmanager
async def landscape(directory, agency=AGENCY):
    """A directory that names an open port, a shut one and an address that is not allowed."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses, and nobody else gets it
        ports = {
            "open": server.sockets[0].getsockname()[1],
            "shut": taken.getsockname()[1],
            "canary": CANARY,
        }
        (directory / "agencies").mkdir()
        (directory / "agencies" / "ha-noi.yaml").write_text(agency % ports)
        (directory / "monitor.yaml").write_text("vantage: here\negress: {allow: [127.0.0.0/8]}\n")
        async with server:
            yield ports


async def run(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor", "probe", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), err.decode()


async def test_exit_status_is_the_verdict(tmp_path):
    where = ("--config", str(tmp_path))

    async with landscape(tmp_path):
        up, down = await asyncio.gather(run("ha-noi/lgsp/open", *where, "--json"), run("ha-noi/lgsp/shut", *where))
        unknown, missing = await asyncio.gather(
            run("ha-noi/lgsp/forbidden", *where), run("ha-noi/lgps/opn", *where, "--json")
        )

    facts = json.loads(up[1])
    assert (up[0], facts["status"], facts["vantage"], facts["reason"]) == (0, "up", "here", None)
    assert facts["phases"]["connect"] > 0
    assert down[0] == 1
    assert "refused: connection refused" in down[1]
    assert unknown[0] == 2
    assert "egress" in unknown[1]
    assert CANARY not in unknown[1] + unknown[2]
    assert (missing[0], missing[1]) == (3, "")
    assert "  ha-noi/lgsp/open" in missing[2]
    assert "Traceback" not in up[2] + down[2] + unknown[2] + missing[2]


@dataclass(frozen=True)
class Talkative:
    """Reads what its kind does not declare."""

    async def observe(self, vantage):
        return up(Measure("exchange_secrets", "Never declared.")(1))


async def test_reading_that_is_not_kept_is_counted(tmp_path):
    async with landscape(tmp_path):
        loaded = load(tmp_path)
    check = replace(loaded.inventory.checks[CheckId("ha-noi/lgsp/open")], probe=Talkative())

    async with looking(loaded.settings, loaded.inventory, check) as looker:
        findings = [await looker.once() for _ in range(2)]

    assert [(one.outcome.observation.readings, one.refused) for one in findings] == [((), 1), ((), 1)]


async def test_wrong_configuration_lists_its_problems(tmp_path):
    async with landscape(tmp_path, AGENCY.replace("every: 10s", "every: 5 parsecs")):
        status, out, err = await run("ha-noi/lgsp/open", "--config", str(tmp_path))

    assert (status, out) == (3, "")
    assert err.count("parsecs") >= 3
    assert "agencies/ha-noi.yaml:7:" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["a/b/c", "--config", "/nowhere"], ["a/b/c", "--jsn"], ["a", "b"], ["a/b/c", "--target", "b:1"],
        ["a/b/c", "--set", "method=HEAD"], ["--target", "http://h.example", "--set", "method"], ["--target", "word"],
        ["--target", "http://h.example", "--allow", "everything"], ["--target", "h:1", "--timeout", "soon"],
        ["--target", "http://h.example", "--watch", "0"], ["--target", "http://h.example", "--set", "methods=HEAD"],
    ],
)  # fmt: skip
def test_usage_error_is_no_verdict(arguments):
    ended = CliRunner().invoke(command, arguments)

    assert ended.exit_code == 3
    assert "Error: " in ended.output


def test_help_is_no_error():
    assert CliRunner().invoke(command, ["--help"]).exit_code == 0


async def test_target_needs_no_configuration(tmp_path):
    async with landscape(tmp_path) as ports:
        connected, refused, forbidden, allowed = await asyncio.gather(
            run("--target", f"127.0.0.1:{ports['open']}", "--json"),
            run("--target", f"http://127.0.0.1:{ports['shut']}/?token={CANARY}", "--json"),
            run("--target", "http://169.254.1.1/"),
            run("--target", f"127.0.0.1:{ports['open']}", "--config", str(tmp_path), "--json"),
        )

    facts, failed = json.loads(connected[1]), json.loads(refused[1])
    assert (connected[0], facts["kind"], facts["check"], facts["status"]) == (0, "tcp", None, "up")
    assert facts["connections"][0]["failure"] is None
    assert (refused[0], failed["kind"], failed["connections"][0]["failure"]) == (1, "http", "connection refused")
    assert CANARY not in refused[1] + refused[2]
    assert forbidden[0] == 2
    assert "--allow NETWORK" in forbidden[1]
    assert json.loads(allowed[1])["vantage"] == "here"


async def test_certificate_that_is_refused_is_shown(tmp_path):
    async with serve_tls(names=("other.example",)) as server:
        status, out, err = await run("--target", server.url, "--json")

    [shown] = json.loads(out)["tls"]
    assert (status, err) == (1, "")
    assert shown["verified"] is False
    assert shown["chain"][0]["names"] == ["other.example"]
    assert shown["problem"]


async def test_owner_of_the_target_is_the_one_to_call(tmp_path):
    agency = AGENCY.replace("systems:\n", "contacts: {truc-ban: {name: Trực ban, telephone: 0123}}\nsystems:\n")
    agency = agency.replace("kind: hub\n", "kind: hub\n    owner: truc-ban\n")
    async with landscape(tmp_path, agency.replace("0123", '"0123"')):
        _, out, _ = await run("ha-noi/lgsp/shut", "--config", str(tmp_path))

    assert "Nền tảng chia sẻ dữ liệu Hà Nội · Hà Nội" in out
    assert "to act   the provider: Trực ban, 0123" in out


async def test_watch_repeats_until_it_is_interrupted(tmp_path):
    async with landscape(tmp_path):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "monitor", "probe", "--watch", "0.1", "ha-noi/lgsp/shut", "--config", str(tmp_path),
            "--json", stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        looks = [json.loads(await process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 1
    assert [look["reason"] for look in looks] == ["refused"] * 3
    assert len({look["started"] for look in looks}) == 3
