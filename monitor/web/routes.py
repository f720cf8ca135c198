"""The application: every route of the HTTP surface."""

import asyncio

from aiohttp import web

from monitor.web import (
    asset,
    checks,
    configuration,
    discovery,
    heartbeats,
    inventory_entries,
    lifecycle,
    scrape,
    shield,
)
from monitor.web.order import ORDER, Newest
from monitor.web.pages.check import check
from monitor.web.pages.landing import landing
from monitor.web.pages.reference import reference
from monitor.web.probing import PROBING, probe
from monitor.web.running import RUNNING, Running


def application(running: Running) -> web.Application:
    """Return the application that shows a running monitor. ``listen`` serves it within limits."""
    app = web.Application(
        middlewares=[shield.answer_errors, shield.read_body],
        client_max_size=shield.BODY_BYTES,
    )
    app[RUNNING] = running
    app[PROBING] = running.probing
    app[ORDER] = Newest()
    app[lifecycle.RELOADING] = asyncio.Lock()
    app.on_response_prepare.append(shield.add_headers)
    one_check = "{agency}/{target}/{check}"
    app.add_routes(
        [
            web.get("/", landing),
            web.get(f"/checks/{one_check}", check),
            web.get("/docs", reference),
            web.get("/static/{name}", asset.asset),
            web.get("/metrics", scrape.metrics),
            web.get("/probe", probe),
            web.get("/sd", discovery.discovery),
            web.get("/-/healthy", lifecycle.healthy),
            web.get("/-/ready", lifecycle.ready),
            web.post("/-/reload", lifecycle.reload),
            web.get("/api/v1/checks", checks.checks),
            web.get(f"/api/v1/checks/{one_check}", checks.check),
            web.post(f"/api/v1/heartbeats/{one_check}", heartbeats.heartbeat),
            web.get("/api/v1/inventory", inventory_entries.inventory),
            web.get("/api/v1/configuration", configuration.configuration),
            web.get("/api/v1/openapi.json", asset.openapi),
        ]
    )
    return app
