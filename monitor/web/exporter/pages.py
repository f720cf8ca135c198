"""The pages of the exporter: what was probed, why it failed, which modules there are."""

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from monitor.web.exporter.state import EXPORTER
from monitor.web.gate import check_post
from monitor.web.pages.markup import Markup, document, element
from monitor.web.probing.debug import debug_text, shown_target
from monitor.web.probing.endpoint import said
from monitor.web.probing.history import Kept
from monitor.web.refusal import RefusedError

log = structlog.get_logger("monitor.blackbox")


@web.middleware
async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what is raised into plain text."""
    try:
        return await handler(request)
    except RefusedError as error:
        return error.complete(said(error.status, error.detail))
    except web.HTTPMethodNotAllowed as error:
        response = said(405, f"This endpoint requires a {', '.join(sorted(error.allowed_methods))} request.")
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return said(error.status, f"{error.status} {error.reason}")
    except Exception:
        log.exception("web.request_failed", path=request.path[:200])
        return said(500, "failed to answer; the log says why")


async def landing(request: web.Request) -> web.Response:
    """Answer with the newest results."""
    running = request.app[EXPORTER]
    rows = [_row(kept) for kept in running.history.newest_first()]
    names = [element("li", element("code", name)) for name in running.prober.modules]
    heads = [element("th", text) for text in ("Module", "Target", "Result", "Debug")]
    links = [element("li", element("a", path, href=path)) for path in ("metrics", "config")]
    body = element(
        "body",
        element("h1", "Probes on request"),
        None if running.prober.settings.allow else element("p", f"Nothing may be probed: {running.remedy}"),
        element("p", element("code", "probe?target=TARGET&module=MODULE&debug=true")),
        element("ul", links),
        element("h2", "Modules"),
        element("ul", names),
        element("h2", "Newest probes"),
        element("table", element("tr", heads), rows),
    )
    title = element("head", element("meta", charset="utf-8"), element("title", "datashare-monitor blackbox"))
    return web.Response(text=document(element("html", title, body, lang="en")), content_type="text/html")


async def logs(request: web.Request) -> web.Response:
    """Answer with what happened in one probe, by its number or its target."""
    history = request.app[EXPORTER].history
    number, target = request.query.get("id", ""), request.query.get("target", "")
    has_number = number.isascii() and number.isdecimal() and len(number) < 16
    if has_number == bool(target):
        return said(400, "write id=NUMBER or target=TARGET, one of them")
    found = history.newest_of(target) if target else history.numbered(int(number))
    if found is None:
        return said(404, "Probe target not found" if target else "Probe id not found")
    return web.Response(text=debug_text(found))


async def config(request: web.Request) -> web.Response:
    """Answer with the modules in force, secrets left out."""
    modules = request.app[EXPORTER].prober.modules
    lines = ["modules:"] if modules else ["modules: {}"]
    for name, module in modules.items():
        lines.append(f"  {name}:" if name.replace("_", "").isalnum() else f"  {quoted(name)}:")
        lines += [f"    {line}" for line in module.shown.splitlines()]
    return web.Response(text="\n".join([*lines, ""]))


async def healthy(request: web.Request) -> web.Response:  # noqa: ARG001
    """Answer: the loop turns."""
    return web.Response(text="Healthy")


async def reload(request: web.Request) -> web.Response:
    """Read the module file anew: 200 when it is in force, 500 with every problem when the old one stays."""
    running = request.app[EXPORTER]
    check_post(request, running.web)
    problems = await running.load()
    if problems:
        return said(500, "\n".join(["failed to reload config:", *problems]))
    return web.Response(text="")


async def elsewhere(request: web.Request) -> web.Response:
    """Lead to where the pages are."""
    running = request.app[EXPORTER]
    raise web.HTTPFound(running.external_url or f"{running.prefix}/")


def quoted(name: str) -> str:
    """Return the name of a module as a YAML key, whatever it holds."""
    return '"' + name.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") + '"'


def _row(kept: Kept) -> Markup:
    result = kept.result
    verdict = "Success" if result.is_success else element("strong", "Failure")
    cells = (result.module.name, shown_target(result.target), verdict, element("a", "Logs", href=f"logs?id={kept.id}"))
    return element("tr", [element("td", cell) for cell in cells])
