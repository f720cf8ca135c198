"""``explain`` names the broken hop, its domain, owner and evidence, and says unknown when the monitor is at fault."""

import asyncio
import io
import json
from dataclasses import replace
from datetime import timedelta

import bcrypt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from authority import Authority
from cli.test_check_config import run
from rich.console import Console
from web.pretend import NOW, visiting
from web.test_connections import CUT_OFF, FALLEN, REVOKED, rested, stage

from monitor.cli.route import evidence, show
from monitor.config.webconfig import read_web_config
from monitor.inventory import CheckId, TargetId
from monitor.judge.hop import Sight
from monitor.observation import Reason, Status
from monitor.outcome import Confirmed
from monitor.web import Access

EXPECTED = """\
✕ DOWN  ha-noi/population  live, since 2026-05-03 23:15:00 UTC (45 min 10 s ago)
  fault    hub, ha-noi/lgsp
  to act   ha-noi/truc-ban
  reason   refused: refused by the host
  since    2026-05-03 23:57:00 UTC (3 min 10 s ago)
  why      its own checks are down

path
  · unseen      consumer  ha-noi  Hà Nội
      owner ha-noi/truc-ban, no check looks at it
  ✕ broken      hub       ha-noi/lgsp  Nền tảng chia sẻ dữ liệu Hà Nội
      owner ha-noi/truc-ban, down since 2026-05-03 23:57:00 UTC (3 min 10 s ago)
      ▲ degraded cert  certificate_expires: 6 days left, \
since 2026-05-03 12:20:00 UTC (11 h 40 min ago), looked 10 s ago
      ? unknown  api  network: the monitor's own network failed, no route, \
since 2026-05-03 23:58:00 UTC (2 min 10 s ago), looked 10 s ago
  · unreachable provider  bo-cong-an/population-db  Cơ sở dữ liệu quốc gia về dân cư
      no owner, its own checks say up since 2026-04-30 12:40:00 UTC (3 days ago)
      ? unknown  port  pending: no run has ended yet

checks of the connection itself
  ✕ down     lookup  service_fault: error_code is 5: <b onload="x">, \
since 2026-05-03 23:15:00 UTC (45 min 10 s ago), looked 10 s ago
"""
WELL = Confirmed(Status.UP, None, NOW - timedelta(days=2))
ID = "ha-noi/population"


async def explained(client, *arguments):
    return await asyncio.to_thread(run, "explain", *arguments, "--url", f"http://127.0.0.1:{client.port}")


async def drawn(made, connection=ID):
    """What a terminal shows a moment later."""
    async with visiting(made) as client:
        found = (await client.get(f"/api/v1/connections/{connection}")).json
    console = Console(file=io.StringIO(), width=140, highlight=False)
    show(found, console, NOW + timedelta(seconds=10))
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("facts", "code", "words"),
    [
        ({"own": WELL}, 0, ["● UP", "none: nothing on the path is broken"]),
        (
            {"hub": FALLEN},
            1,
            ["✕ DOWN", "hub, ha-noi/lgsp", "ha-noi/truc-ban", "refused by the host"],
        ),
        ({"own": REVOKED}, 1, ["consumer, ha-noi", "invalid_client", "the reason of ha-noi/population"]),
        ({"own": CUT_OFF}, 2, ["? UNKNOWN", "the monitor itself", "whoever runs the monitor"]),
    ],
)
async def test_verdict_is_said_in_words_and_by_the_exit_status(facts, code, words):
    async with visiting(stage(**facts)) as client:
        result = await explained(client, ID)

    assert result.exit_code == code, result.output
    assert [word for word in words if word not in result.stdout] == []
    assert result.stderr == ""


async def test_path_is_printed_hop_by_hop_with_owner_state_and_evidence():
    shown = await drawn(stage(hub=FALLEN))

    assert shown == EXPECTED


async def test_what_lies_behind_is_unreachable_whatever_its_own_checks_say():
    shown = await drawn(stage(hub=FALLEN))

    assert "· unreachable provider  bo-cong-an/population-db" in shown
    assert "no owner, its own checks say up since 2026-04-30 12:40:00 UTC" in shown


async def test_connection_that_no_check_looks_at_says_so():
    shown = await drawn(stage(), "hue/population")

    assert "none: whether data really pass is not known" in shown


async def test_fault_that_is_not_located_yet_names_the_look_that_tells_more():
    made = stage()
    made.states["ha-noi/lgsp"] = WELL
    made.sights["ha-noi/lgsp"] = Sight(is_open=True)

    assert "fault    not located yet: the next look at ha-noi/lgsp tells more" in await drawn(made)


async def test_fault_that_no_look_is_awaited_for_is_not_called_none():
    """A hub has thousands of connections, and they are located a few at a time."""
    made = stage()
    made.states["ha-noi/population/lookup"] = made.states["ha-noi/lgsp"] = WELL

    shown = await drawn(made)

    assert shown.startswith("✕ DOWN  ha-noi/population")
    assert "fault    not located yet\n" in shown


@pytest.mark.parametrize(
    ("reason", "detail", "said"),
    [
        (Reason.REFUSED, "Connection refused", "refused: connection refused"),
        (Reason.STATUS, "answered 504, expected 2xx", "status: answered 504, expected 2xx"),
        (Reason.TIMEOUT, "no answer in time", "timeout: no answer in time"),
        (Reason.UNAUTHORIZED, "", "unauthorized: credentials refused"),
        (
            Reason.EGRESS,
            "192.0.2.1 is not allowed",
            "egress: the monitor may not connect there, 192.0.2.1 is not allowed",
        ),
    ],
)
def test_evidence_is_said_once(reason, detail, said):
    assert evidence({"reason": str(reason), "detail": detail}) == said


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (Reason.TIMEOUT, "fault    network, on the way to bo-cong-an/population-db"),
        (Reason.FORBIDDEN, "fault    provider, bo-cong-an/population-db"),
    ],
)
async def test_place_of_the_fault_is_said_once(own, said):
    made = stage()
    made.states["hue/population"] = made.states["hue/population/lookup"] = Confirmed(Status.DOWN, own, NOW, "x")
    made.states["bo-cong-an/population-db"] = WELL
    looked = replace(made.inventory.checks["ha-noi/population/lookup"], id=CheckId("hue/population/lookup"))
    made.inventory = replace(made.inventory, checks={**made.inventory.checks, looked.id: looked})

    assert said in await drawn(made, "hue/population")


async def test_connection_at_rest_says_that_nothing_is_expected_of_it():
    shown = await drawn(rested())

    assert shown.startswith("· RETIRED  ha-noi/population\n")
    assert "fault    it is retired: nothing is expected of it, and nothing looks at it" in shown
    assert shown.endswith("checks of the connection itself\n  none runs\n")


async def test_hop_in_planned_maintenance_is_marked():
    shown = await drawn(stage(hub=replace(FALLEN, maintenance=True)))

    assert "in planned maintenance" in shown


async def test_machine_gets_what_the_api_has():
    async with visiting(stage(hub=FALLEN)) as client:
        result = await explained(client, ID, "--json")
        answer = await client.get(f"/api/v1/connections/{ID}")

    assert (result.exit_code, json.loads(result.stdout)) == (1, answer.json)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("ha-noi/populaton", ID), ("hanoi/population", ID), ("ha-noi", ID), ("ha-noi/../x", ID), ("/", None)],
)
async def test_unknown_connection_gets_the_nearest_names(name, nearest):
    async with visiting(stage()) as client:
        result = await explained(client, name)

    assert result.exit_code == 3
    assert "there is no connection" in result.stderr
    assert nearest is None or f"  {nearest}" in result.stderr.splitlines()


async def test_no_daemon_is_said_with_the_remedy():
    result = await asyncio.to_thread(run, "explain", ID, "--url", f"http://127.0.0.1:{unused_port()}")

    assert result.exit_code == 3
    assert "no daemon answers at" in result.stderr
    assert "--url" in result.stderr


@pytest.mark.parametrize("body", ["<html>", "[]", '{"status": "up"}', '{"status": "purple"}'])
async def test_something_else_that_answers_is_no_monitor(body):
    async def answer(request):
        return web.Response(text=body)

    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    async with TestServer(app) as server:
        result = await asyncio.to_thread(run, "explain", ID, "--url", str(server.make_url("")))

    assert result.exit_code == 3, result.output
    assert "is not this monitor" in result.stderr


@pytest.mark.parametrize("arguments", [[], [ID, "--url", "ftp://x"], [ID, "--colour"], [ID, "extra"]])
def test_wrong_use_is_no_verdict(arguments):
    assert run("explain", *arguments).exit_code == 3


async def test_text_of_a_target_moves_no_cursor():
    made = stage(own=Confirmed(Status.DOWN, Reason.CONTENT, NOW, "\x1b[2Jgone\r\n"))
    made.inventory = replace(
        made.inventory,
        connections={
            name: replace(one, name="\x1b]0;title\x07") if name == ID else one
            for name, one in made.inventory.connections.items()
        },
    )
    assert TargetId(ID) in made.inventory.connections

    shown = await drawn(made)

    assert "\x1b" not in shown
    assert "\x07" not in shown


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--ca-file", "ca.pem", "--user", "ops", "--password-file", "password"], 1, "hub, ha-noi/lgsp"),
        (["--ca-file", "ca.pem", "--user", "ops", "--password-file", "wrong"], 3, "does not let this caller in (401)"),
        (["--ca-file", "ca.pem", "--user", "prober", "--password-file", "password"], 3, "this caller in (403)"),
        (["--ca-file", "ca.pem"], 3, "write --user and --password-file"),
        (["--ca-file", "ca.pem", "--user", "ops"], 3, "write --password-file FILE"),
        (["--ca-file", "ca.pem", "--user", "ops", "--password-file", "binary"], 3, "no password in UTF-8"),
        (["--ca-file", "wrong"], 3, "TLS cannot be set up"),
        ([], 3, "certificate is not trusted"),
    ],
)
async def test_daemon_with_a_web_config_is_asked_as_a_user(tmp_path, monkeypatch, more, code, said):
    monkeypatch.chdir(tmp_path)
    Authority(tmp_path).pair("server", "127.0.0.1")
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    (tmp_path / "web.yaml").write_text(
        "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"
        f"basic_auth_users: {{ops: {hashed}, prober: {hashed}}}\nroles: {{users: {{ops: [read], prober: [probe]}}}}\n"
    )
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "wrong").write_text("wrong\n")
    (tmp_path / "binary").write_bytes(b"\xff\n")
    access = Access(read_web_config(tmp_path / "web.yaml").config)
    async with visiting(stage(hub=FALLEN), access=access) as client:
        url = f"https://127.0.0.1:{client.port}"
        result = await asyncio.to_thread(run, "explain", ID, "--url", url, *more)

    assert said in " ".join(result.output.split())
    assert result.exit_code == code
