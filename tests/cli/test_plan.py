"""``plan`` names what a reload adds, changes and removes, against the daemon or against another directory."""

import asyncio
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from cli.test_check_config import AGENCY, directory, run

from monitor.config import load

CHANGED = AGENCY.replace("portal.hanoi.example", "www.hanoi.example").replace(
    "checks: [", "checks: [{id: new, probe: tcp, with: {target: portal.hanoi.example:443}}, "
)


def daemon(fingerprints: dict[str, str], size: int = 2) -> TestServer:
    """Serve the inventory in pages, as the daemon does."""
    names = sorted(fingerprints)

    async def inventory(request: web.Request) -> web.Response:
        assert request.query["type"] == "check"
        after = request.query.get("after", "").partition(":")[2]
        rest = [name for name in names if name > after]
        entries = [{"type": "check", "id": name, "fingerprint": fingerprints[name]} for name in rest[:size]]
        return web.json_response({"entries": entries, "next": f"check:{rest[size - 1]}" if len(rest) > size else None})

    application = web.Application()
    application.router.add_get("/api/v1/inventory", inventory)
    return TestServer(application)


async def test_plan_compares_with_every_page_of_the_running_daemon(tmp_path):
    new = directory(tmp_path / "new", CHANGED)
    running = {"ha-noi/portal/page": "old", **{f"hue/portal/gone-{number}": "1" for number in range(5)}}

    async with daemon(running) as server:
        result = await asyncio.to_thread(run, "plan", new, "--url", server.make_url("/"))

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "+ ha-noi/portal/new",
        "~ ha-noi/portal/page",
        *(f"- hue/portal/gone-{number}" for number in range(5)),
        "1 to add, 1 to change, 5 to remove.",
    ]


async def test_unchanged_configuration_plans_nothing(tmp_path):
    same = directory(tmp_path / "same")
    inventory = load(same).inventory
    assert inventory is not None

    async with daemon({name: check.fingerprint for name, check in inventory.checks.items()}) as server:
        result = await asyncio.to_thread(run, "plan", same, "--url", server.make_url("/"))

    assert result.stdout == "A reload would change no check.\n"


def test_two_directories_are_compared_without_a_daemon(tmp_path):
    old, new = directory(tmp_path / "old"), directory(tmp_path / "new", CHANGED, "vantage: dc-1")

    result = run("plan", new, "--from", old)

    assert result.stdout.splitlines() == [
        "+ ha-noi/portal/new",
        "~ ha-noi/portal/page",
        "1 to add, 1 to change, 0 to remove.",
        "Settings in monitor.yaml differ; they apply at a start, not at a reload.",
    ]


def test_machines_get_json(tmp_path):
    old, new = directory(tmp_path / "old"), directory(tmp_path / "new", CHANGED)

    result = run("plan", new, "--from", old, "--json")

    assert json.loads(result.stdout) == {
        "added": ["ha-noi/portal/new"],
        "changed": ["ha-noi/portal/page"],
        "removed": [],
    }


def test_daemon_that_does_not_answer_is_said_with_a_remedy(tmp_path):
    result = run("plan", directory(tmp_path / "c"), "--url", f"http://127.0.0.1:{unused_port()}")

    assert result.exit_code == 1
    assert "no daemon answers at http://127.0.0.1" in result.stderr
    assert "--from" in result.stderr


@pytest.mark.parametrize("answer", ["[]", '{"entries": 5}', '{"entries": [{}], "next": null}', "<html>", ""])
async def test_anything_else_that_answers_is_not_taken_for_the_daemon(answer, tmp_path):
    async def other(request: web.Request) -> web.Response:
        return web.Response(text=answer)

    application = web.Application()
    application.router.add_get("/{rest:.*}", other)
    async with TestServer(application) as server:
        result = await asyncio.to_thread(run, "plan", directory(tmp_path / "c"), "--url", server.make_url("/"))

    assert result.exit_code == 1
    assert "is not this monitor" in result.stderr


def test_url_of_another_kind_is_refused(tmp_path):
    result = run("plan", directory(tmp_path / "c"), "--url", "file:///etc/passwd")

    assert result.exit_code == 2
    assert "is not a URL" in result.stderr


def test_wrong_configuration_has_no_plan(tmp_path):
    result = run("plan", directory(tmp_path / "c", "agency: {}"))

    assert result.exit_code == 1
    assert "a reload would keep the old configuration" in result.stderr
