"""``/probe``: the request, its parameters and its answers, as blackbox_exporter has them."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiohttp import web

from monitor.config.modules.module import HostnameError
from monitor.web.negotiation import TEXT
from monitor.web.probing.debug import debug_text, shown_target
from monitor.web.probing.history import History
from monitor.web.probing.parameters import DEFAULT_MODULE, TIMEOUT_HEADER, TimeoutHeaderError, timeout_seconds
from monitor.web.probing.prober import BusyError, Prober
from monitor.web.probing.result import Result
from monitor.web.probing.samples import exposition

log = structlog.get_logger("monitor.probing")

LONGEST = 4096
"""Letters of a parameter."""


@dataclass(frozen=True, kw_only=True)
class Probing:
    """What the endpoint needs.

    Attributes:
        prober: None while there is nothing to probe with.
        remedy: What to do about it while nothing may be probed.
        history: Takes up each result; None when nobody can look at it.
        level: At which results are logged.
    """

    prober: Prober | None
    remedy: str
    history: History | None = None
    level: str = "debug"


OFF = Probing(prober=None, remedy="write probe: {allow: [NETWORK, HOST], modules: FILE} in monitor.yaml")
PROBING = web.AppKey("probing", Probing)


async def probe(request: web.Request) -> web.Response:
    """Answer with the samples of one look."""
    probing = request.app[PROBING]
    prober = probing.prober
    if prober is None or not prober.settings.allow:
        return said(403, f"Nothing may be probed: {probing.remedy}")
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return said(403, "A page of another site may not ask for a probe")
    name = request.query.get("module") or DEFAULT_MODULE
    module = prober.modules.get(name)
    if module is None:
        prober.unknown_modules += 1
        return said(400, f"Unknown module {json.dumps(name[:200])}")
    offset = prober.settings.timeout_offset.total_seconds()
    target, hostname = request.query.get("target", ""), request.query.get("hostname", "")
    try:
        seconds = timeout_seconds(request.headers.get(TIMEOUT_HEADER, ""), module.timeout_seconds, offset)
        if not target:
            return said(400, "Target parameter is missing")
        if max(len(target), len(hostname)) > LONGEST:
            return said(400, f"Target parameter is longer than {LONGEST} letters")
        result = await prober.look(module, target, hostname, seconds)
    except TimeoutHeaderError as error:
        return said(500, f"Failed to parse timeout from Prometheus header: {error}")
    except HostnameError as error:
        return said(400, str(error))
    except BusyError as error:
        response = said(503, f"No more probes are taken at once: {error}")
        response.headers["Retry-After"] = "1"
        return response
    return _answer(request, probing, result)


def _answer(request: web.Request, probing: Probing, result: Result) -> web.Response:
    if probing.history is not None:
        probing.history.add(result)
    write: Callable[..., object] = getattr(log, probing.level)
    write(
        "probe.ended",
        module=result.module.name,
        target=shown_target(result.target),
        success=result.is_success,
        reason=result.reason or None,
        detail=result.detail or None,
        duration_seconds=round(result.duration_seconds, 6),
    )
    if request.query.get("debug") == "true":
        return web.Response(text=debug_text(result))
    return web.Response(body=exposition(result).encode(), headers={"Content-Type": TEXT})


def said(status: int, text: str) -> web.Response:
    """Return a refusal in plain words."""
    return web.Response(status=status, text=f"{text}\n")
