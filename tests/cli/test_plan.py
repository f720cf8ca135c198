"""``plan`` names what a reload adds, changes and removes, against the daemon or against another directory."""

import asyncio
import json
from dataclasses import replace
from datetime import date

import bcrypt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from authority import Authority
from cli.test_check_config import AGENCY, directory, run
from web.pretend import Scene, visiting

from monitor.config import load
from monitor.config.webconfig import read_web_config
from monitor.rest import awake
from monitor.settings import ALONE, Shard
from monitor.shard import holder, part
from monitor.web import Access

CHANGED = AGENCY.replace("portal.hanoi.example", "www.hanoi.example").replace(
    "checks: [", "checks: [{id: new, probe: tcp, with: {target: portal.hanoi.example:443}}, "
)
OTHER = """\
agency: {id: ha-noi, class: city, name: Thành phố Hà Nội}
contacts:
  duty: {name: Trực ban, telephone: "0912345678"}
systems:
  - id: portal
    kind: portal
    name: Cổng
    tier: 2
    owner: duty
    maintenance: [{every: sat, from: "22:00", for: 4h}]
    objective: {availability: 99}
    checks: [{id: page, probe: http, with: {target: https://portal.hanoi.example/}}]
  - {id: db, kind: other, name: DB}
connections:
  - {id: path, provider: db, consumer: portal, owner: duty, states: [{state: live, on: 2026-05-04}]}
"""


def in_force(path, shard=ALONE):
    """Return a daemon that has a directory in force; only what runs the checks is missing."""
    loaded = load(path)
    assert loaded.inventory is not None, loaded.problems
    watched = part(awake(loaded.inventory, date(2026, 5, 4)), shard)
    return visiting(Scene(inventory=watched, settings=loaded.settings))


async def planned(new, client, *more):
    return await asyncio.to_thread(run, "plan", new, "--url", f"http://127.0.0.1:{client.port}", *more)


async def test_running_daemon_is_compared_with(tmp_path):
    new = directory(tmp_path / "new", CHANGED, "vantage: dc-1")

    async with in_force(directory(tmp_path / "old")) as client:
        result = await planned(new, client)

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "A reload would add 1 check; change 1 check.",
        "1 setting of the daemon waits for a restart.",
        "",
        "Checks",
        "  + ha-noi/portal/new",
        "  ~ ha-noi/portal/page",
        "      with.target: … → https://www.hanoi.example/",
        "",
        "Daemon, at a restart",
        "  vantage: not set → dc-1",
        "",
        "… is a value that the daemon does not tell; --from compares with the old files instead.",
    ]


async def test_every_page_of_the_daemon_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("monitor.cli.in_force.PAGE", 1)
    same = directory(tmp_path / "same", OTHER)

    async with in_force(same) as client:
        result = await planned(same, client)

    assert result.stdout == "A reload would change nothing.\n"


async def test_what_was_never_checked_is_compared_too(tmp_path):
    old, new = directory(tmp_path / "old"), directory(tmp_path / "new", OTHER)

    async with in_force(old) as client:
        result = await planned(new, client)

    assert result.stdout.splitlines() == [
        "A reload would add 1 contact, 1 system and 1 connection; change 1 agency and 1 system.",
        "",
        "Agencies",
        "  ~ ha-noi",
        "      name: Hà Nội → Thành phố Hà Nội",
        "",
        "Contacts",
        "  + ha-noi/duty",
        "",
        "Systems",
        "  + ha-noi/db",
        "  ~ ha-noi/portal",
        "      maintenance: not set → sat from 22:00 for 4h",
        "      objective.availability: not set → 0.99",
        "      owner: not set → duty",
        "      tier: not set → 2",
        "",
        "Connections",
        "  + ha-noi/path",
    ]


async def test_settings_that_the_command_line_changed_are_no_difference(tmp_path):
    same = directory(tmp_path / "same")
    loaded = load(same)
    running = replace(loaded.settings, web=replace(loaded.settings.web, port=1234))
    scene = Scene(inventory=loaded.inventory, settings=running)
    started = scene.running
    scene.running = lambda: replace(started(), configured=lambda: loaded.settings)

    async with visiting(scene) as client:
        result = await planned(same, client)

    assert result.stdout == "A reload would change nothing.\n"


def test_two_directories_are_compared_without_a_daemon(tmp_path):
    old, new = directory(tmp_path / "old"), directory(tmp_path / "new", CHANGED)

    result = run("plan", new, "--from", old)

    assert result.stdout.splitlines() == [
        "A reload would add 1 check; change 1 check.",
        "",
        "Checks",
        "  + ha-noi/portal/new",
        "  ~ ha-noi/portal/page",
        "      with.target: https://portal.hanoi.example/ → https://www.hanoi.example/",
    ]


def test_neither_secrets_nor_persons_are_shown(tmp_path):
    def written(name, mark):
        text = OTHER.replace("0912345678", f"canary{mark}").replace(
            "https://portal.hanoi.example/}",
            f"'https://portal.hanoi.example/?canary{mark}', headers: {{X-Api-Key: canary{mark}}}, "
            f"authorization: {{credentials: {{file: /run/canary{mark}}}}}}}",
        )
        return directory(tmp_path / name, text)

    result = run("plan", written("new", 2), "--from", written("old", 1))

    assert "canary" not in result.output
    assert result.stdout.splitlines() == [
        "A reload would change 1 contact and 1 check.",
        "",
        "Contacts",
        "  ~ ha-noi/duty",
        "",
        "Checks",
        "  ~ ha-noi/portal/page",
        "      with.authorization.credentials: changed, not shown",
        "      with.headers.X-Api-Key: changed, not shown",
        "      with.target: https://portal.hanoi.example/?…, changed in what is not shown",
    ]


def test_machines_get_json(tmp_path):
    old, new = directory(tmp_path / "old"), directory(tmp_path / "new", CHANGED, "beat: 50ms")

    result = run("plan", new, "--from", old, "--json")

    target = {"old": "https://portal.hanoi.example/", "new": "https://www.hanoi.example/"}
    assert json.loads(result.stdout) == {
        "added": ["ha-noi/portal/new"],
        "changed": ["ha-noi/portal/page"],
        "removed": [],
        "changes": [
            {"type": "check", "id": "ha-noi/portal/new", "change": "added", "fields": {}},
            {"type": "check", "id": "ha-noi/portal/page", "change": "changed", "fields": {"with.target": target}},
            {
                "type": "daemon",
                "id": "monitor.yaml",
                "change": "changed",
                "fields": {"beat": {"old": None, "new": "50ms"}},
            },
        ],
    }


def test_all_shows_what_is_cut_otherwise(tmp_path):
    checks = ", ".join(f"{{id: c{n}, probe: tcp, with: {{target: 'portal.hanoi.example:443'}}}}" for n in range(20))
    old = directory(tmp_path / "old")
    new = directory(tmp_path / "new", AGENCY.replace("checks: [", f"checks: [{checks}, "))

    cut, whole = run("plan", new, "--from", old), run("plan", new, "--from", old, "--all")

    assert "    … and 12 more; --all shows them" in cut.stdout.splitlines()
    assert whole.stdout.count("  + ha-noi/portal/c") == 20


def test_daemon_that_does_not_answer_is_said_with_a_remedy(tmp_path):
    result = run("plan", directory(tmp_path / "c"), "--url", f"http://127.0.0.1:{unused_port()}")

    assert result.exit_code == 1
    assert "no daemon answers at http://127.0.0.1" in result.stderr
    assert "--from" in result.stderr


@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        '{"entries": 5}',
        '{"entries": [{}], "next": null}',
        '{"entries": [], "next": 5}',
        '{"entries": [], "next": ""}',
        "<html>",
        "",
    ],
)
async def test_anything_else_that_answers_is_not_taken_for_the_daemon(answer, tmp_path):
    async def other(request: web.Request) -> web.Response:
        return web.Response(text=answer)

    application = web.Application()
    application.router.add_get("/{rest:.*}", other)
    async with TestServer(application) as server:
        result = await asyncio.to_thread(run, "plan", directory(tmp_path / "c"), "--url", server.make_url("/"))

    assert result.exit_code == 1
    assert "is not this monitor" in result.stderr


async def test_daemon_that_is_too_old_to_tell_is_said_with_a_remedy(tmp_path):
    async with TestServer(web.Application()) as server:
        result = await asyncio.to_thread(run, "plan", directory(tmp_path / "c"), "--url", server.make_url("/"))

    assert result.exit_code == 1
    assert "answers 404: it is no monitor, or one too old" in result.stderr
    assert "--from" in result.stderr


def test_url_of_another_kind_is_refused(tmp_path):
    result = run("plan", directory(tmp_path / "c"), "--url", "file:///etc/passwd")

    assert result.exit_code == 2
    assert "is not a URL" in result.stderr


def test_wrong_configuration_has_no_plan(tmp_path):
    result = run("plan", directory(tmp_path / "c", "agency: {}"))

    assert result.exit_code == 1
    assert "a reload would keep the old configuration" in result.stderr


LEFT = (
    "  no file in it has a check any more, so that nothing would be watched (until now 1 check); bring the files back, "
    "or, if that is meant, start the daemon anew"
)


@pytest.mark.parametrize("more", [[], ["--json"]])
async def test_what_would_leave_nothing_has_no_plan_because_a_reload_refuses_it(tmp_path, more):
    old, new = directory(tmp_path / "old"), directory(tmp_path / "new", AGENCY.partition("systems:")[0])

    async with in_force(old) as client:
        asked = await planned(new, client, *more)
    compared = await asyncio.to_thread(run, "plan", new, "--from", old, *more)

    last = f"{new} leaves nothing to watch; a reload would keep the old configuration"
    for result in (asked, compared):
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.splitlines() == ["agencies", LEFT, last]


@pytest.mark.parametrize("index", [0, 1])
async def test_shard_that_watches_nothing_has_no_plan_either_where_a_reload_refuses_the_whole(tmp_path, index):
    old, new = directory(tmp_path / "old"), directory(tmp_path / "new", AGENCY.partition("systems:")[0])
    shard = Shard(index, 2)

    async with in_force(old, shard) as client:
        asked = await planned(new, client, "--shard", f"{index}/2")
    compared = await asyncio.to_thread(run, "plan", new, "--from", old, "--shard", f"{index}/2")

    is_own = holder("ha-noi", 2) == index
    last = f"{new} leaves nothing to watch; a reload would keep the old configuration"
    assert (asked.exit_code, asked.stdout) == (compared.exit_code, compared.stdout) == (1, "")
    assert compared.stderr.splitlines() == ["agencies", LEFT, last]
    assert asked.stderr.splitlines() == [
        "agencies",
        LEFT.replace("1 check)", "1 check in this shard)" if is_own else "0 checks in this shard)"),
        last if is_own else f"{last}, unless no shard watches anything yet",
    ]


async def test_shard_that_watches_nothing_has_a_plan_while_another_does(tmp_path):
    same = directory(tmp_path / "same")
    empty = 1 - holder("ha-noi", 2)

    async with in_force(same, Shard(empty, 2)) as client:
        result = await planned(same, client, "--shard", f"{empty}/2")

    assert (result.exit_code, result.stdout) == (0, "A reload would change nothing.\n")


async def test_checks_of_a_connection_at_rest_are_not_added_by_a_reload(tmp_path):
    resting = OTHER.replace("state: live, on: 2026", "state: suspended, on: 2020").replace(
        "connections:\n  - {",
        "connections:\n  - {checks: [{id: look, probe: tcp, with: {target: db.hanoi.example:1}}], ",
    )
    old, new = directory(tmp_path / "old", OTHER), directory(tmp_path / "new", resting)

    async with in_force(new) as client:
        same = await planned(new, client)
    compared = await asyncio.to_thread(run, "plan", new, "--from", old)
    back = await asyncio.to_thread(
        run, "plan", directory(tmp_path / "live", resting.replace("suspended", "live")), "--from", new
    )

    assert same.stdout == "A reload would change nothing.\n"
    assert compared.stdout.startswith("A reload would change 1 connection.\n")
    assert "  + ha-noi/path/look" in back.stdout.splitlines()


def test_plan_from_nothing_to_nothing_is_one(tmp_path):
    old, new = (directory(tmp_path / name, AGENCY.partition("systems:")[0]) for name in ("old", "new"))

    result = run("plan", new, "--from", old)

    assert result.stdout == "A reload would change nothing.\n"


@pytest.fixture
def guarded(tmp_path):
    """A daemon in force that speaks TLS and has a user."""
    authority = Authority(tmp_path)
    authority.pair("server", "127.0.0.1")
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    file = tmp_path / "web.yaml"
    file.write_text(
        f"tls_server_config: {{cert_file: server.pem, key_file: server.key}}\nbasic_auth_users: {{ops: {hashed}}}\n"
    )
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "wrong").write_text("wrong\n")
    old = load(directory(tmp_path / "old"))
    stage = Scene(inventory=old.inventory, settings=old.settings)
    return visiting(stage, access=Access(read_web_config(file).config))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--ca-file", "ca.pem", "--user", "ops", "--password-file", "password"], "add 1 check"),
        (["--ca-file", "ca.pem", "--user", "ops", "--password-file", "wrong"], "does not let this caller in (401)"),
        (["--ca-file", "ca.pem"], "write --user and --password-file"),
        (["--ca-file", "ca.pem", "--user", "ops"], "write --password-file FILE"),
        (["--ca-file", "wrong"], "TLS cannot be set up"),
        ([], "certificate is not trusted"),
    ],
)
async def test_daemon_with_a_web_config_is_asked_as_a_user(tmp_path, monkeypatch, guarded, more, said):
    monkeypatch.chdir(tmp_path)
    new = directory(tmp_path / "new", CHANGED)
    async with guarded as client:
        url = f"https://127.0.0.1:{client.port}"
        result = await asyncio.to_thread(run, "plan", new, "--url", url, *more)

    assert said in " ".join(result.output.replace("│", " ").split())
    assert result.exit_code == 0 or said != "add 1 check"
