"""An answer is taken from a daemon of ours alone; anything else is said in words, with what to write instead."""

import asyncio

import pytest
from aiohttp import web

from monitor.cli.arguments import UnusableError, WrongUseError
from monitor.cli.asking import NotThereError, ask
from monitor.testing import serve

PROBLEM = "application/problem+json"


async def asked(answer: web.Response):
    async def respond(_: web.Request) -> web.Response:
        return answer

    async with serve(respond) as url:
        return await asyncio.to_thread(ask, url, "/api/v1/connections/x")


async def test_json_is_returned():
    assert await asked(web.json_response({"a": [1]})) == {"a": [1]}


async def test_name_that_it_does_not_know_has_near_ones():
    detail = {"detail": 'there is no connection "x"', "nearest": ["y", 5]}

    with pytest.raises(NotThereError) as caught:
        await asked(web.json_response(detail, status=404, content_type=PROBLEM))

    assert caught.value.nearest == ["y", "5"]


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=404),
        web.json_response({"detail": "no such page", "nearest": ["y"]}, status=404, content_type=PROBLEM),
        web.json_response(["there is no"], status=404, content_type=PROBLEM),
        web.Response(body=b"{", status=404, content_type=PROBLEM),
        web.json_response({"nearest": ["y"]}, status=404),
        web.Response(status=500),
    ],
    ids=["bare", "other words", "list", "cut short", "plain JSON", "broken"],
)
async def test_refusal_of_something_else_is_none_of_a_daemon(answer):
    with pytest.raises(UnusableError, match="it is no monitor, or one too old to be asked this"):
        await asked(answer)


@pytest.mark.parametrize("status", [401, 403])
async def test_daemon_that_lets_nobody_in_says_which_options_there_are(status):
    with pytest.raises(UnusableError, match="--"):
        await asked(web.Response(status=status))


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff"])
async def test_what_is_no_json_is_not_the_daemons(body):
    with pytest.raises(UnusableError, match="is not this monitor, or is cut short"):
        await asked(web.Response(body=body))


def test_url_that_is_none_is_wrong_use():
    with pytest.raises(WrongUseError, match="write http://127"):
        ask("monitor.example", "/api/v1/connections")
