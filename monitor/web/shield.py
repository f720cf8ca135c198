"""What every answer carries and every request meets: security headers, limits on bodies, errors as answers."""

import asyncio

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from monitor.web.access.access import ACCESS
from monitor.web.negotiation import wants_html
from monitor.web.refusal import RefusedError, problem

log = structlog.get_logger()

BODY_BYTES = 64 * 1024
BODY_SECONDS = 10.0
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "datashare-monitor",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on an answer.

    What it already carries stays, save the name of the server and what the web-config file says.
    """
    for name, value in HEADERS.items():
        if name == "Server":
            response.headers[name] = value
        else:
            response.headers.setdefault(name, value)
    response.headers.update(request.app[ACCESS].config.headers)


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever is raised into an answer: a page for a browser, problem details for everybody else."""
    try:
        return await handler(request)
    except RefusedError as error:
        refusal = error
    except web.HTTPException as error:
        refusal = _explained(request, error)
    except (ConnectionError, asyncio.CancelledError):
        raise
    except Exception:
        log.exception("web.request_failed", method=request.method, path=request.path[:200])
        refusal = RefusedError(500, "the monitor failed to answer; its log says why")
    if wants_html(request.headers.get("Accept", "")):
        from monitor.web.pages.refused import refused

        return refused(request, refusal)
    return problem(refusal)


@web.middleware
async def read_body(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read a body, if there is one, within its limits of size and time."""
    if request.can_read_body:
        if (request.content_length or 0) > BODY_BYTES:
            raise _too_large()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                await request.read()
        except TimeoutError:
            raise RefusedError(408, f"the body did not come within {BODY_SECONDS:g} s", closes=True) from None
        except web.HTTPRequestEntityTooLarge:
            raise _too_large() from None
        except web.RequestPayloadError:
            raise RefusedError(400, "the body is not what its headers say", closes=True) from None
    return await handler(request)


def _too_large() -> RefusedError:
    return RefusedError(413, f"a body may have {BODY_BYTES // 1024} KiB at most", closes=True)


def _explained(request: web.Request, error: web.HTTPException) -> RefusedError:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return RefusedError(405, f"{request.path[:200]} does not take {request.method}; use {allowed}", allow=allowed)
    if error.status == 404:
        return RefusedError(404, f"there is nothing at {request.path[:200]}; / lists what there is, /docs the API")
    return RefusedError(error.status, error.reason)
