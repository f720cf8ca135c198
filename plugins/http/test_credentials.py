"""Secrets reach the target and nothing else: they are read anew when they change, and nothing repeats them."""

import asyncio

import pytest
from aiohttp import web
from datashare_monitor_http import HttpProbe

from monitor.plugin import Reason, Status
from monitor.testing import configured, look, serve


def secret_file(folder, text="s3cret-canary", name="secret"):
    (folder / name).write_text(f"{text}\n")
    return str(folder / name)


async def asked_with(folder, name, **settings):
    """Return what the target got of one header, and what was seen."""
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.extend(request.headers.getall(name, []))
        return web.Response()

    async with serve(answer) as url:
        seen = await look(configured(HttpProbe, {"target": url, **settings}))
    assert "canary" not in repr(seen)
    return asked, seen


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({"bearer_token": {"file": "FILE"}}, "Bearer s3cret-canary"),
        ({"bearer_token_file": "FILE"}, "Bearer s3cret-canary"),
        ({"authorization": {"credentials_file": "FILE"}}, "Bearer s3cret-canary"),
        ({"basic_auth": {"username": "lgsp", "password_file": "FILE"}}, "Basic bGdzcDpzM2NyZXQtY2FuYXJ5"),
        ({"basic_auth": {"username_file": "FILE"}}, "Basic czNjcmV0LWNhbmFyeTo="),
        ({"http_headers": {"Authorization": {"files": ["FILE"]}}}, "s3cret-canary"),
    ],
)
async def test_every_way_to_name_a_secret_is_sent(option, expected, tmp_path):
    path = secret_file(tmp_path)
    [(name, value)] = option.items()
    filled = path if value == "FILE" else _filled(value, path)

    asked, seen = await asked_with(tmp_path, "Authorization", **{name: filled})

    assert (asked, seen.status) == ([expected], Status.UP)


def _filled(value, path):
    if isinstance(value, dict):
        return {key: _filled(each, path) for key, each in value.items()}
    return [_filled(each, path) for each in value] if isinstance(value, list) else value.replace("FILE", path)


async def test_a_header_has_all_its_values(tmp_path):
    values = {"values": ["a"], "secrets": [{"file": secret_file(tmp_path)}], "files": [secret_file(tmp_path, "c", "c")]}

    asked, _ = await asked_with(tmp_path, "X-Key", http_headers={"X-Key": values})

    assert asked == ["a", "s3cret-canary", "c"]


async def test_a_secret_is_read_again_when_its_file_changes(tmp_path):
    asked = []
    path = secret_file(tmp_path, "first")

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers["Authorization"])
        return web.Response()

    async with serve(answer) as url:
        probe = configured(HttpProbe, {"target": url, "bearer_token_file": path})
        await look(probe)
        secret_file(tmp_path, "second!")
        await look(probe)

    assert asked == ["Bearer first", "Bearer second!"]


async def test_a_secret_that_would_break_the_head_is_ours_to_mend(tmp_path):
    _, seen = await asked_with(tmp_path, "X", bearer_token_file=secret_file(tmp_path, "canary\r\nX: y"))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.SECRET)
    assert seen.detail == "the secret for the header Authorization holds a line break or control character"


async def test_a_target_that_repeats_a_secret_is_not_quoted(tmp_path):
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"you": request.headers["Authorization"], "key": request.headers["X-Key"]})

    async with serve(answer) as url:
        settings = {
            "target": url,
            "basic_auth": {"username": "lgsp", "password_file": secret_file(tmp_path, "canary-pass-word")},
            "http_headers": {"X-Key": {"files": [secret_file(tmp_path, "canary-key", "key")]}},
            "assertions": [{"json": "you", "equals": "me"}, {"json": "key", "equals": "none"}],
        }
        seen = await look(configured(HttpProbe, settings))

    assert seen.detail == 'you == me (was a text); key == none (was "***")'


async def test_the_body_of_a_file_is_sent_as_it_is_now(tmp_path):
    asked = []
    body = tmp_path / "login.json"
    body.write_bytes(b'{"user": "a"}\n')

    async def answer(request: web.Request) -> web.Response:
        asked.append(await request.read())
        return web.Response()

    async with serve(answer) as url:
        probe = configured(HttpProbe, {"target": url, "method": "POST", "body_file": str(body)})
        await look(probe)
        body.write_bytes(b"\xff\x00")
        await look(probe)

    assert asked == [b'{"user": "a"}\n', b"\xff\x00"]


@pytest.mark.parametrize("name", ["missing", "."])
async def test_a_body_that_cannot_be_read_leaves_the_target_unknown(name, tmp_path):
    _, seen = await asked_with(tmp_path, "X", method="POST", body_file=str(tmp_path / name))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.SECRET)
    assert "body_file" in seen.detail


async def test_a_slow_secret_does_not_hold_up_others(tmp_path):
    async with asyncio.timeout(5):
        _, seen = await asked_with(tmp_path, "X", bearer_token_file="/dev/zero")

    assert seen.reason is Reason.SECRET
