"""Promise: whoever is refused by what the web-config file says gets an answer that the description of the API has.

Every route is asked by everybody: nobody, users with one role each, somebody with a wrong password.
"""

import bcrypt
import pytest
from aiohttp import encode_basic_auth
from web.pretend import scene, visiting
from web.test_asset import DOCUMENT, response_of
from web.test_document import fits
from web.test_heartbeats import DESCRIBED as HEARTBEAT
from web.test_heartbeats import PATH as HEARTBEAT_PATH
from web.test_heartbeats import stage_with_a_listener

from monitor.config.webconfig import Role, read_web_config
from monitor.web import Access
from monitor.web.access.passwords import FAILURES
from monitor.web.routes import ROUTES

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
USERS = "basic_auth_users: {" + ", ".join(f"{name}: {HASH}" for name in [*Role, "nothing"]) + "}\n"
ROLES = "roles: {users: {" + ", ".join(f"{role}: [{role}]" for role in Role) + ", nothing: []}}\n"
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods]
NEEDED = {
    (route.method.lower(), path): role for role, routes in ROUTES.items() for route in routes for path in [route.path]
}
HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def access(tmp_path):
    def access(text):
        path = tmp_path / "web.yaml"
        path.write_text(text)
        found = read_web_config(path)
        assert found.config is not None, found.problems
        return Access(found.config)

    return access


def login(user, password="secret"):
    return {"Authorization": encode_basic_auth(user, password)}


def there(path):
    """A path with something in each of its holes, and what has no answer without a parameter with one."""
    if path == HEARTBEAT:
        return HEARTBEAT_PATH
    found = path.replace("{agency}/{target}/{check}", "ha-noi/lgsp/cert").replace("{connection}", "population")
    found = found.replace("{agency}", "ha-noi").replace("{programme}", "emc").replace("{name}", "style.css")
    return f"{found}?target=a" if path == "/probe" else found


def is_described(answer, path, method):
    fits(answer, path, method)
    assert str(answer.status) in DOCUMENT["paths"][path][method]["responses"]
    for name in response_of(path, method, answer.status).get("headers", {}):
        assert answer.headers[name]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_description_says_which_role_each_needs(method, path):
    role = NEEDED[method, path]
    security = DOCUMENT["paths"][path][method]["security"]

    assert [one[scheme] for one in security for scheme in ("user", "certificate") if scheme in one] == [[role], [role]]
    assert ({"heartbeatToken": []} in security) is (role is Role.HEARTBEAT)
    assert ({} in security) is (role is not Role.HEARTBEAT)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_each_route_opens_to_its_role_alone_and_refuses_as_described(access, method, path):
    stage = stage_with_a_listener()
    async with visiting(stage, access=access(USERS + ROLES)) as client:
        seen = {}
        for name in [*Role, "nothing"]:
            answer = await client.request(method, there(path), headers=login(name))
            is_described(answer, path, method)
            seen[name] = answer

    refused = 401 if path == HEARTBEAT else 403  # whoever has no role for it may still have the token of the check
    others = [one for one in seen if one != NEEDED[method, path]]
    assert {seen[one].status for one in others} == {refused}
    assert {seen[one].content_type for one in others} == {"application/problem+json"}
    mine = seen[NEEDED[method, path]]
    assert mine.status in {200, 202} or (path, mine.status, mine.content_type) == ("/probe", 403, "text/plain")
    assert stage.reloads == (path == "/-/reload")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("headers", [{}, HTML, login("read", "wrong"), {"Authorization": "Bearer x"}])
async def test_stranger_is_refused_as_described(access, method, path, headers):
    async with visiting(stage_with_a_listener(), access=access(USERS + ROLES)) as client:
        answer = await client.request(method, there(path), headers=headers)

    is_described(answer, path, method)
    assert answer.status == 401


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_who_guesses_too_often_is_refused_as_described(access, method, path):
    async with visiting(stage_with_a_listener(), access=access(USERS + ROLES)) as client:
        for guess in range(FAILURES):
            await client.get("/metrics", headers=login("metrics", f"guess {guess}"))
        answer = await client.request(method, there(path), headers=login("metrics", "one more"))

    is_described(answer, path, method)
    assert answer.status == 429


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("headers", [{}, HTML])
async def test_request_beyond_the_rate_is_refused_as_described(access, method, path, headers):
    async with visiting(stage_with_a_listener(), access=access("rate_limit: {interval: 1h, burst: 1}\n")) as client:
        await client.get("/-/healthy")
        answer = await client.request(method, there(path), headers=headers)

    is_described(answer, path, method)
    assert answer.status == 429


@pytest.mark.parametrize("path", [path for method, path in OPERATIONS if method == "get"])
async def test_refused_head_has_the_headers_of_the_refused_get(access, path):
    async with visiting(scene(), access=access(USERS + ROLES)) as client:
        got, head = [await client.request(one, there(path)) for one in ("GET", "HEAD")]

    assert (head.status, head.body) == (got.status, b"")
    assert head.headers["WWW-Authenticate"] == got.headers["WWW-Authenticate"]
