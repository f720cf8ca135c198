"""Promise: whatever a running monitor is asked, its answer is one that the description of the API has."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from web.pretend import Answer, check, scene, visiting
from web.test_asset import DOCUMENT, response_of, schema_of
from web.test_heartbeats import DESCRIBED as HEARTBEAT
from web.test_heartbeats import PATH as HEARTBEAT_PATH
from web.test_heartbeats import TOKEN, stage_with_a_listener
from yarl import URL

from monitor.inventory import AgencyId, ByReport, ProgrammeId, Report
from monitor.observation import Reason, down

HOSTILE = (
    "", "0", "-1", "00", "+1", "1e3", "1.5", "0x10", "9" * 1000, "%D9%A3", "%00", "a%00b", "%FF%FE", "%ED%A0%80",
    "%0d%0aX:1", "%E2%80%AE", "%F0%9F%92%A9", "..%2F..%2Fetc%2Fpasswd", "%25s%25n", "{}", "[]", "null", "true", "*",
    "%27%20OR%201=1--", "%3Cscript%3E", "x" * 1000, "checkx", "check:", ":", "::::", "check:%00", "agency:%F0%9F%92%A9",
    "a/b/c", "UP", "up%20",
)  # fmt: skip
"""Values as they stand in a URL."""
FREE = {"after"}
"""Parameters that take any text: a cursor need not be there any more."""
ENTRIES = {
    "checks": "checks", "connections": "connections", "inventory": "entries", "configuration": "entries",
    "programmes": "programmes",
}  # fmt: skip
"""What the entries of a page are called, by its list."""
LISTS = [
    path
    for path, methods in DOCUMENT["paths"].items()
    if "get" in methods and any(one["name"] == "after" for one in methods["get"].get("parameters", []))
]
DETAILS = [path for path in DOCUMENT["paths"] if path.startswith("/api/v1/") and "{" in path]


def fits(answer: Answer, path: str, method: str = "get") -> None:
    """Check an answer against the description: its status, its type and its body."""
    assert answer.status < 500, answer.text
    responses = DOCUMENT["paths"][path][method]["responses"]
    status = str(answer.status) if str(answer.status) in responses else "default"
    body = answer.json if answer.content_type.endswith("json") else answer.text
    schema_of(path, method, status, answer.content_type).validate(body)
    if answer.content_type == "application/problem+json":
        assert answer.json["status"] == answer.status
        assert 10 < len(answer.json["detail"]) < 4000


def encoded(text: str) -> URL:
    return URL(text, encoded=True)


def test_every_list_of_the_description_is_tried():
    assert [path.removeprefix("/api/v1/") for path in LISTS] == [*ENTRIES]


@pytest.mark.parametrize("path", LISTS)
async def test_hostile_values_of_parameters_are_refused_in_words_or_find_nothing(path):
    members = {one["name"]: one["schema"].get("enum", []) for one in DOCUMENT["paths"][path]["get"]["parameters"]}

    async with visiting() as client:
        for name, value in product(members, HOSTILE):
            if value not in members[name]:
                answer = await client.get(encoded(f"{path}?{name}={value}"))

                fits(answer, path)
                assert answer.status == 400 or name in FREE, (name, value)
                if answer.status == 400:
                    assert name in answer.json["detail"]


@pytest.mark.parametrize("path", LISTS)
async def test_parameters_that_are_none_or_come_twice_are_refused(path):
    names = [one["name"] for one in DOCUMENT["paths"][path]["get"]["parameters"]]
    asked = [*(f"{name}=1&{name}=1" for name in names), "nonesuch=1", "%00=1", "=1", "LIMIT=1", "x" * 4000 + "=1"]

    async with visiting() as client:
        answers = [await client.get(encoded(f"{path}?{query}")) for query in asked]

    assert [answer.status for answer in answers] == [400] * len(asked)
    for answer in answers:
        fits(answer, path)
        assert len(answer.json["detail"]) < 300


@pytest.mark.parametrize("path", DETAILS)
async def test_parameters_of_what_takes_none_are_refused(path):
    [method] = DOCUMENT["paths"][path]
    there = HEARTBEAT_PATH if method == "post" else path.replace("{agency}/{target}/{check}", "ha-noi/lgsp/cert")
    there = there.replace("{agency}/{connection}", "ha-noi/population").replace("{programme}", "emc")

    async with visiting(stage_with_a_listener()) as client:
        answers = [await client.request(method, f"{there}?{one}=fail", headers=TOKEN) for one in ("state", "limit")]

    for answer in answers:
        fits(answer, path, method)
        assert (answer.status, "takes none" in answer.json["detail"]) == (400, True)


@pytest.mark.parametrize("path", [path for path, methods in DOCUMENT["paths"].items() if "get" in methods])
async def test_browser_is_refused_with_a_page_as_described(path):
    there = f"{path.replace('{', '').replace('}', '')}?limit=0&page=0&slice=x"

    async with visiting() as client:
        answer = await client.get(there, headers={"Accept": "text/html,*/*;q=0.8"})

    fits(answer, path)
    if str(answer.status) in DOCUMENT["paths"][path]["get"]["responses"]:
        assert answer.content_type in response_of(path, "get", answer.status)["content"]


@pytest.mark.parametrize("path", LISTS)
async def test_pages_of_one_join_into_the_page_of_all(path):
    kind = ENTRIES[path.removeprefix("/api/v1/")]
    seen, cursor = [], ""

    async with visiting() as client:
        whole = (await client.get(f"{path}?limit=500")).json[kind]
        while cursor is not None:
            answer = await client.get(path, params={"limit": "1", "after": cursor})
            fits(answer, path)
            seen, cursor = [*seen, *answer.json[kind]], answer.json["next"]

    assert seen == whole
    assert whole


@pytest.mark.parametrize("path", DETAILS)
async def test_hostile_names_in_paths_are_not_found_in_words(path):
    method = "post" if "post" in DOCUMENT["paths"][path] else "get"
    start, *holes = path.split("/{")

    async with visiting() as client:
        for value in HOSTILE:
            name = value.replace("/", "%2F") or "%20"
            answer = await client.request(method, encoded(start + f"/{name}" * len(holes)))

            fits(answer, path, method)
            assert answer.status == 404


@pytest.mark.parametrize("path", DOCUMENT["paths"])
async def test_method_that_is_none_and_a_body_that_is_too_long_are_refused_as_described(path):
    [method] = DOCUMENT["paths"][path]
    there = path.replace("{", "").replace("}", "")

    async with visiting() as client:
        deleted = await client.request("DELETE", there)
        long = await client.request(method, there, data=b"x" * 100_000)

    fits(deleted, path, method)
    fits(long, path, method)
    assert (deleted.status, long.status) == (405, 413)


async def test_refusal_of_a_method_does_not_repeat_a_path_without_end():
    async with visiting() as client:
        answer = await client.request("DELETE", "/api/v1/checks" + f"/{'x' * 1000}" * 3)

    assert (answer.status, len(answer.json["detail"]) < 300) == (405, True)


@pytest.mark.parametrize("path", [path for path, methods in DOCUMENT["paths"].items() if "get" in methods])
async def test_head_answers_as_get_does_without_a_body(path):
    there = path.replace("{name}", "style.css").replace("{", "").replace("}", "")

    async with visiting() as client:
        got, head = await client.get(there), await client.request("HEAD", there)

    assert (head.status, head.content_type, head.body) == (got.status, got.content_type, b"")


async def test_file_that_has_not_changed_is_answered_as_described():
    async with visiting() as client:
        answer = await client.get("/api/v1/openapi.json", headers={"If-None-Match": "*"})

    assert str(answer.status) in DOCUMENT["paths"]["/api/v1/openapi.json"]["get"]["responses"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", TOKEN, 202), (b'{"readings": {"a": 1}}', TOKEN, 400), (b"[" * 60_000, TOKEN, 400),
        (b"\xff\x00", TOKEN, 400),
        (b'{"state": "\\ud800"}', TOKEN, 400), (b'{"sent_at": "9999-12-31T23:59:59-14:00"}', TOKEN, 400),
        (b'{"readings": {"a": 1' + b"0" * 5000 + b"}}", TOKEN, 400), (b'{"message": "\\u0000\\u202e"}', TOKEN, 202),
        (b"", {}, 401), (b"", {"Authorization": "Bearer \xe9"}, 401), (b"", {**TOKEN, "Origin": "null"}, 403),
        (b"", {**TOKEN, "Host": "evil.example"}, 421), (b"", {**TOKEN, "Content-Encoding": "br"}, 415),
        (b"x", {**TOKEN, "Content-Encoding": "gzip"}, 415),
    ],
)  # fmt: skip
async def test_heartbeats_are_answered_as_described(body, headers, status):
    async with visiting(stage_with_a_listener()) as client:
        answer = await client.post(HEARTBEAT_PATH, data=body, headers=headers)

    fits(answer, HEARTBEAT, "post")
    assert answer.status == status


@pytest.mark.parametrize("path", [path for path in DOCUMENT["paths"] if path.startswith("/api/v1/")])
async def test_names_in_any_script_are_answered_as_described(path):
    stage = scene()
    name = "\u202eשלום \U0001f4a9 " + "ữ" * 150
    for table in (stage.inventory.agencies, stage.inventory.systems, stage.inventory.connections):
        for key, thing in table.items():
            table[key] = replace(thing, name=name, name_en=name)
    longest = "/".join(["a" * 63] * 3)
    stage.inventory = replace(
        stage.inventory,
        checks={**stage.inventory.checks, longest: check(longest)},
        programmes={
            ProgrammeId("emc"): replace(
                stage.inventory.programmes["emc"],
                name=name,
                measured=ByReport(),
                reports=(Report(member=AgencyId("hue"), value=1.5, on=date(2026, 3, 1), source=name),),
            )
        },
    )
    detail = down(Reason.CONTENT, "\x1b[31m\u202e\udc80" + name).detail
    stage.states["ha-noi/population"] = replace(stage.states["ha-noi/population"], detail=detail)
    there = path.replace("{agency}/{target}/{check}", longest).replace("{agency}/{connection}", "ha-noi/population")
    there = there.replace("{programme}", "emc")
    method = next(iter(DOCUMENT["paths"][path]))

    async with visiting(stage) as client:
        answer = await client.request(method, there)

    fits(answer, path, method)
    assert answer.status == (404 if method == "post" else 200)


def test_description_says_what_any_refusal_looks_like():
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            content = operation["responses"]["default"]["content"]
            assert content["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_every_tag_is_described():
    used = {tag for methods in DOCUMENT["paths"].values() for one in methods.values() for tag in one["tags"]}

    assert used == {tag["name"] for tag in DOCUMENT["tags"]}
