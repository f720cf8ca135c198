"""``/sd``: where Prometheus finds the slices of /metrics (http_sd_configs)."""

import math

from aiohttp import web

from monitor.web.gate import is_ours, local_address, local_port
from monitor.web.listing import no_parameters
from monitor.web.running import RUNNING, Running


async def discovery(request: web.Request) -> web.Response:
    """Answer with one target group per slice."""
    no_parameters(request.query)
    running = request.app[RUNNING]
    address = scrape_address(request, running)
    scheme = {"__scheme__": "https"} if request.secure else {}
    count = slices(running.metrics.samples, running.settings.web.samples_per_slice)
    return web.json_response(
        [
            {
                "targets": [address],
                "labels": {
                    **scheme,
                    "__metrics_path__": "/metrics",
                    "__param_slice": f"{index}/{count}",
                    "vantage": running.settings.vantage,
                },
            }
            for index in range(count)
        ]
    )


def slices(samples: int, samples_per_slice: int) -> int:
    """Return how many slices hold about so many samples each; one at the least."""
    return max(1, math.ceil(samples / max(1, samples_per_slice)))


def scrape_address(request: web.Request, running: Running) -> str:
    """Return the address to scrape: as it was asked for when that name is ours, else where the request arrived."""
    web_settings = running.settings.web
    host = request.headers.get("Host", "").strip()
    if is_ours(host, web_settings, local_address(request)):
        return host
    address = local_address(request) if web_settings.address.is_unspecified else str(web_settings.address)
    port = local_port(request) or web_settings.port
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
