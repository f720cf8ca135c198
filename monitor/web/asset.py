"""Files of the package, each with a strong ETag."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from aiohttp import web

from monitor.web.refusal import RefusedError

TYPES = {"style.css": "text/css", "icon.svg": "image/svg+xml", "openapi.json": "application/json"}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is served."""

    body: bytes
    etag: str
    content_type: str


@cache
def file(name: str) -> File:
    """Return a file of the package, read once."""
    body = files("monitor.web").joinpath("assets", name).read_bytes()
    return File(body, sha256(body).hexdigest()[:32], TYPES[name])


async def asset(request: web.Request) -> web.Response:
    """Answer with a stylesheet or an icon."""
    name = request.match_info["name"]
    if name not in TYPES:
        raise RefusedError(404, f"there is no file {name[:80]}")
    return answer(request, file(name))


async def openapi(request: web.Request) -> web.Response:
    """Answer with the description of the API."""
    return answer(request, file("openapi.json"))


def answer(request: web.Request, found: File) -> web.Response:
    """Return the file, or 304 when the client has it."""
    response = web.Response(body=found.body, content_type=found.content_type, charset="utf-8")
    if any(tag.value in {found.etag, "*"} for tag in request.if_none_match or ()):
        response = web.Response(status=304)
    response.etag = found.etag
    response.headers["Cache-Control"] = "no-cache"
    return response
