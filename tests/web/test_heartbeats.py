"""Promise: whoever knows the token of a check can report for it, once each time, and nobody else."""

import asyncio
import gzip
from dataclasses import dataclass, replace

import pytest
from web.pretend import CANARY, check, inventory, scene, visiting
from web.test_asset import schema_of

from monitor.plugin import HeartbeatState, Secret, up
from monitor.web import heartbeats

PATH = "/api/v1/heartbeats/ha-noi/lgsp/backup"
DESCRIBED = "/api/v1/heartbeats/{agency}/{target}/{check}"
TOKEN = {"Authorization": f"Bearer {CANARY}"}


@dataclass(frozen=True)
class Listening:
    secret: Secret = Secret(file="/run/secrets/backup")  # noqa: RUF009 - frozen

    def heartbeat_token(self):
        return self.secret

    def heartbeat_fault(self, heartbeat):
        return "no reading is declared; leave it out" if heartbeat.readings else ""

    async def observe(self, vantage):
        return up()


def stage_with_a_listener():
    stage = scene()
    stage.inventory = inventory(check("ha-noi/lgsp/backup", kind="heartbeat", probe=Listening()))
    stage.heartbeats.keep(stage.inventory.checks)
    stage.secrets[Listening().secret] = CANARY
    return stage


async def test_heartbeat_is_taken_and_looked_at_at_once():
    stage = stage_with_a_listener()

    async with visiting(stage) as client:
        answer = await client.post(PATH, headers=TOKEN, json={"state": "fail", "message": "disk full"})

    assert answer.status == 202
    schema_of(DESCRIBED, "post", 202, "application/json").validate(answer.json)
    assert answer.json == {"check": "ha-noi/lgsp/backup", "state": "fail", "received": "2026-05-04T00:00:00.000Z"}
    assert stage.heartbeats.box("ha-noi/lgsp/backup").newest().message == "disk full"
    assert stage.rechecked == ["ha-noi/lgsp/backup"]


async def test_heartbeat_is_on_the_disk_before_its_sender_hears_of_it():
    stage, disk, events = stage_with_a_listener(), asyncio.Event(), []

    async def keep(name, content):
        events.append((name, content))
        await disk.wait()

    stage.keep = keep
    async with visiting(stage) as client:
        asked = asyncio.create_task(client.post(PATH, headers=TOKEN, json={"message": f"sent with {CANARY}"}))
        while not events:  # noqa: ASYNC110 - what it waits for has no event
            await asyncio.sleep(0.01)
        was_done, rechecked = asked.done(), [*stage.rechecked]
        disk.set()
        answer = await asked

    [(name, content)] = events
    assert (was_done, answer.status, rechecked) == (False, 202, ["ha-noi/lgsp/backup"])
    assert name == "ha-noi/lgsp/backup#inbox"
    assert b"sent with ***" in content


async def test_heartbeat_that_a_disk_does_not_take_counts_and_is_to_be_sent_again(monkeypatch):
    monkeypatch.setattr(heartbeats, "KEPT_WITHIN_SECONDS", 0.01)
    stage, is_broken = stage_with_a_listener(), True

    async def keep(name, content):
        await asyncio.sleep(3600 if is_broken else 0)

    stage.keep = keep
    async with visiting(stage) as client:
        refused = await client.post(PATH, headers=TOKEN, json={"state": "fail", "nonce": "n1"})
        is_broken = False
        taken = await client.post(PATH, headers=TOKEN, json={"state": "fail", "nonce": "n1"})
        again = await client.post(PATH, headers=TOKEN, json={"state": "fail", "nonce": "n1"})

    assert (refused.status, taken.status, again.status) == (503, 202, 409)
    assert "Retry-After" in refused.headers
    assert stage.rechecked == ["ha-noi/lgsp/backup"] * 2


async def test_post_without_a_body_is_a_success():
    stage = stage_with_a_listener()

    async with visiting(stage) as client:
        answer = await client.post(PATH, headers=TOKEN)

    assert answer.status == 202
    assert stage.heartbeats.box("ha-noi/lgsp/backup").newest().state is HeartbeatState.SUCCESS


@pytest.mark.parametrize("length", [10, 4000])
async def test_body_that_is_compressed_is_refused_rather_than_taken_for_none(length):
    stage = stage_with_a_listener()
    body = gzip.compress(b'{"state": "fail"}')[:length]

    async with visiting(stage) as client:
        answer = await client.post(PATH, headers={**TOKEN, "Content-Encoding": "gzip"}, data=body)

    assert (answer.status, stage.heartbeats.box("ha-noi/lgsp/backup").newest()) == (415, None)
    assert "Content-Encoding" in answer.json["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {CANARY}"}, {"Authorization": CANARY},
        {"Authorization": f"Bearer {CANARY}x"}, {"Authorization": f"Bearer {CANARY[:-1]}"},
        {"Authorization": "Bearer \u00e9"}, {"X-Token": CANARY},
    ],
)  # fmt: skip
async def test_any_other_token_is_refused(headers):
    stage = stage_with_a_listener()

    async with visiting(stage) as client:
        answer = await client.post(PATH, headers=headers, json={"state": "success"})

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    schema_of(DESCRIBED, "post", 401, "application/problem+json").validate(answer.json)
    assert CANARY not in answer.text
    assert stage.heartbeats.box("ha-noi/lgsp/backup").newest() is None
    assert stage.rechecked == []


async def test_two_tokens_are_none():
    async with visiting(stage_with_a_listener()) as client:
        answer = await client.post(PATH, headers=[*TOKEN.items(), *TOKEN.items()])

    assert answer.status in {400, 401}


async def test_unknown_check_is_answered_with_the_nearest_names():
    async with visiting(stage_with_a_listener()) as client:
        answer = await client.post("/api/v1/heartbeats/ha-noi/lgsp/backups", headers=TOKEN)

    assert answer.status == 404
    assert answer.json["nearest"][0] == "ha-noi/lgsp/backup"
    schema_of(DESCRIBED, "post", 404, "application/problem+json").validate(answer.json)


async def test_check_of_another_kind_takes_no_heartbeats():
    async with visiting(stage_with_a_listener()) as client:
        answer = await client.post("/api/v1/heartbeats/ha-noi/lgsp/cert", headers=TOKEN)

    assert answer.status == 404
    assert "is of the kind tls and takes no heartbeats" in answer.json["detail"]


async def test_get_is_no_heartbeat():
    async with visiting(stage_with_a_listener()) as client:
        answer = await client.get(PATH, headers=TOKEN)

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(("headers", "status"), [({"Host": "evil.example"}, 421), ({"Origin": "null"}, 403)])
async def test_page_of_another_site_cannot_report(headers, status):
    stage = stage_with_a_listener()

    async with visiting(stage) as client:
        answer = await client.post(PATH, headers={**TOKEN, **headers})

    assert answer.status == status
    assert stage.rechecked == []


async def test_body_over_its_limit_is_refused():
    stage = stage_with_a_listener()

    async with visiting(stage) as client:
        answer = await client.post(PATH, headers=TOKEN, data=b"x" * 70_000)

    assert answer.status == 413
    assert stage.rechecked == []


@pytest.mark.parametrize("body", [{"state": "maybe"}, {"readings": {"rows": 1}}, {"stat": "success"}])
async def test_body_that_does_not_fit_is_refused(body):
    stage = stage_with_a_listener()

    async with visiting(stage) as client:
        answer = await client.post(PATH, headers=TOKEN, json=body)

    assert answer.status == 400
    schema_of(DESCRIBED, "post", 400, "application/problem+json").validate(answer.json)
    assert stage.rechecked == []


async def test_replay_is_refused():
    stage = stage_with_a_listener()
    body = {"sent_at": "2026-05-04T07:00:00+07:00"}

    async with visiting(stage) as client:
        first = await client.post(PATH, headers=TOKEN, json=body)
        again = await client.post(PATH, headers=TOKEN, json=body)

    assert (first.status, again.status) == (202, 409)
    assert len(stage.rechecked) == 1


async def test_flood_is_refused_for_a_while():
    stage = stage_with_a_listener()

    async with visiting(stage) as client:
        answers = [await client.post(PATH, headers=TOKEN) for _ in range(12)]
        stage.clock.advance(1)
        later = await client.post(PATH, headers=TOKEN)

    assert [answer.status for answer in answers] == [202] * 10 + [429] * 2
    assert answers[-1].headers["Retry-After"] == "1"
    assert later.status == 202


async def test_wrong_tokens_do_not_use_up_what_the_sender_may_send():
    stage = stage_with_a_listener()

    async with visiting(stage) as client:
        for _ in range(20):
            await client.post(PATH, headers={"Authorization": "Bearer wrong"})
        answer = await client.post(PATH, headers=TOKEN)

    assert answer.status == 202


async def test_token_that_cannot_be_read_is_our_fault():
    stage = stage_with_a_listener()
    stage.secrets.clear()

    async with visiting(stage) as client:
        answer = await client.post(PATH, headers=TOKEN)

    assert answer.status == 503
    assert "/run/secrets" not in answer.text


async def test_changed_token_counts_at_once():
    stage = stage_with_a_listener()

    async with visiting(stage) as client:
        stage.secrets[Listening().secret] = "another"
        before = await client.post(PATH, headers=TOKEN)
        after = await client.post(PATH, headers={"Authorization": "bearer another"})

    assert (before.status, after.status) == (401, 202)


async def test_check_that_a_reload_removed_is_gone():
    stage = stage_with_a_listener()

    async with visiting(stage) as client:
        left = {name: one for name, one in stage.inventory.checks.items() if not name.endswith("backup")}
        stage.inventory = replace(stage.inventory, checks=left)
        answer = await client.post(PATH, headers=TOKEN)

    assert answer.status == 404
