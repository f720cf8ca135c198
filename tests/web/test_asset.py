"""Promise: files come whole, are cached by a strong ETag, and the description of the API is true."""

import json
import re
from enum import StrEnum

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from web.pretend import check, inventory, scene, visiting

from monitor.inventory import AgencyClass, Stage, SystemKind
from monitor.judge.coverage import Membership
from monitor.judge.locate import HopVerdict
from monitor.observation import FaultDomain, Reason, Status
from monitor.outcome import Ground
from monitor.plugin.probe import Where
from monitor.web.asset import file
from monitor.web.routes import application

DOCUMENT = json.loads(file("openapi.json").body)
EXAMPLE = {"{agency}": "ha-noi", "{target}": "lgsp", "{check}": "cert", "{name}": "style.css"}


def response_of(path: str, method: str, status: int | str):
    """What the description says of one answer, whether it stands there or is referred to."""
    found = DOCUMENT["paths"][path][method]["responses"][str(status)]
    return DOCUMENT["components"]["responses"][found["$ref"].rpartition("/")[2]] if "$ref" in found else found


def schema_of(path: str, method: str, status: int, content_type: str) -> Draft202012Validator:
    """The validator of one answer; references lead into the document."""
    content = response_of(path, method, status)["content"]
    schema = {**content[content_type]["schema"], "components": DOCUMENT["components"]}
    return Draft202012Validator(schema, format_checker=FormatChecker())


def test_description_is_valid_openapi():
    validate(DOCUMENT)


def test_every_route_is_described_and_every_description_has_a_route():
    routes = {
        (route.resource.canonical, route.method.lower())
        for route in application(scene().running()).router.routes()
        if route.method != "HEAD"
    }

    described = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}

    assert described == routes


@pytest.mark.parametrize(("name", "members"), [("Status", Status), ("Reason", Reason), ("FaultDomain", FaultDomain)])
def test_closed_sets_are_those_of_the_code(name: str, members: type[StrEnum]):
    assert DOCUMENT["components"]["schemas"][name]["enum"] == [str(member) for member in members]


@pytest.mark.parametrize(
    ("schema", "key", "members"),
    [("Agency", "class", AgencyClass), ("System", "kind", SystemKind), ("Connection", "stage", Stage),
     ("ConnectionSummary", "stage", Stage), ("ConnectionDetail", "stage", Stage), ("Configuration", "where", Where),
     ("Hop", "verdict", HopVerdict), ("ProgrammeMember", "membership", Membership), ("Fault", "ground", Ground)],
)  # fmt: skip
def test_closed_sets_of_facts_are_those_of_the_code(schema, key, members):
    assert DOCUMENT["components"]["schemas"][schema]["properties"][key]["enum"] == [str(one) for one in members]


PATHS = [
    (
        path.replace("{agency}", "ha-noi")
        .replace("{target}", "lgsp")
        .replace("{check}", "cert")
        .replace("{connection}", "population")
        .replace("{programme}", "emc"),
        path,
    )
    for path, methods in DOCUMENT["paths"].items()
    if "get" in methods and path not in {"/static/{name}", "/probe"}
]


@pytest.mark.parametrize(("path", "described"), PATHS)
async def test_every_answer_fits_its_schema(path, described):
    async with visiting() as client:
        answer = await client.get(path)

    assert answer.status == 200
    body = answer.json if answer.content_type == "application/json" else answer.text
    schema_of(described, "get", 200, answer.content_type).validate(body)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/checks?limit=1", "/api/v1/checks?status=unknown&reason=pending", "/api/v1/checks?kind=tls&status=up",
        "/api/v1/checks/bo-cong-an/population-db/port", "/api/v1/checks/ha-noi/population/lookup",
        "/api/v1/checks/bo-cong-an/population-db/ping", "/api/v1/inventory?limit=1", "/api/v1/inventory?status=down",
        "/api/v1/inventory?type=connection", "/api/v1/inventory?agency=ha-noi", "/api/v1/connections?limit=1",
        "/api/v1/connections?status=up", "/api/v1/connections?domain=provider&hub=ha-noi/lgsp",
        "/api/v1/connections?at=ha-noi/lgsp", "/api/v1/connections?impaired=true&concerns=ha-noi",
    ],
)  # fmt: skip
async def test_answers_to_other_questions_fit_too(path):
    described = re.sub(r"\?.*", "", path)
    if described not in DOCUMENT["paths"]:
        described = "/api/v1/checks/{agency}/{target}/{check}"

    async with visiting() as client:
        answer = await client.get(path)

    schema_of(described, "get", 200, "application/json").validate(answer.json)


@pytest.mark.parametrize(
    ("path", "described", "status"),
    [
        ("/api/v1/checks?limit=0", "/api/v1/checks", 400), ("/api/v1/inventory?type=x", "/api/v1/inventory", 400),
        ("/metrics?slice=x", "/metrics", 400), ("/metrics?slise=0/4", "/metrics", 400), ("/sd?slice=0/4", "/sd", 400),
        ("/api/v1/checks/a/b/c", "/api/v1/checks/{agency}/{target}/{check}", 404),
        ("/api/v1/connections?domain=x", "/api/v1/connections", 400),
        ("/api/v1/programmes?limit=x", "/api/v1/programmes", 400),
        ("/api/v1/programmes/x", "/api/v1/programmes/{programme}", 404),
        ("/api/v1/connections/a/b", "/api/v1/connections/{agency}/{connection}", 404),
        ("/checks/a/b/c", "/checks/{agency}/{target}/{check}", 404), ("/static/x", "/static/{name}", 404),
        ("/?agency=x", "/", 404), ("/?page=x", "/", 400),
    ],
)  # fmt: skip
async def test_refusals_fit_their_schema(path, described, status):
    async with visiting() as client:
        answer = await client.get(path)

    assert answer.status == status
    schema_of(described, "get", status, "application/problem+json").validate(answer.json)


@pytest.mark.parametrize(("headers", "status"), [({"Host": "evil.example"}, 421), ({"Origin": "null"}, 403)])
async def test_refused_posts_fit_their_schema(headers, status):
    async with visiting() as client:
        answer = await client.post("/-/reload", headers=headers)

    schema_of("/-/reload", "post", status, "application/problem+json").validate(answer.json)


def test_schemas_would_notice_a_change():
    wrong = {"checks": [{"id": "a/b/c"}], "next": None}

    assert not schema_of("/api/v1/checks", "get", 200, "application/json").is_valid(wrong)


async def test_check_without_an_outcome_fits_the_schema():
    stage = scene()
    stage.inventory = inventory(check("hue/none/alone"))

    async with visiting(stage) as client:
        answer = await client.get("/api/v1/checks/hue/none/alone")

    schema_of("/api/v1/checks/{agency}/{target}/{check}", "get", 200, "application/json").validate(answer.json)
    assert (answer.json["since"], answer.json["owner"], answer.json["newest"]) == (None, None, None)


@pytest.mark.parametrize("path", ["/static/style.css", "/static/icon.svg", "/api/v1/openapi.json"])
async def test_file_is_not_sent_twice(path):
    async with visiting() as client:
        first = await client.get(path)
        etag = first.headers["ETag"]
        second = await client.get(path, headers={"If-None-Match": etag})
        other = await client.get(path, headers={"If-None-Match": '"other"'})

    assert etag.startswith('"')
    assert (second.status, second.body, second.headers["ETag"]) == (304, b"", etag)
    assert (other.status, other.body) == (200, first.body)


@pytest.mark.parametrize("name", ["../routes.py", "%2e%2e%2froutes.py", "style.css%00", "openapi.py"])
async def test_nothing_else_is_served(name):
    async with visiting() as client:
        assert (await client.get(f"/static/{name}")).status == 404


async def test_a_probe_that_may_not_be_is_refused_in_plain_words():
    async with visiting() as client:
        answer = await client.get("/probe?target=127.0.0.1")

    schema_of("/probe", "get", 403, "text/plain").validate(answer.text)
    assert answer.status == 403
