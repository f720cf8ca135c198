"""The application: every route of the HTTP surface."""

import asyncio

from aiohttp import web

from monitor.config.webconfig import Role
from monitor.web import (
    asset,
    checks,
    configuration,
    connections,
    discovery,
    heartbeats,
    inventory_entries,
    lifecycle,
    programmes,
    scrape,
    shield,
)
from monitor.web.access import Access, guard, guarded
from monitor.web.order import ORDER, Newest
from monitor.web.pages.check import check
from monitor.web.pages.connection import connection
from monitor.web.pages.landing import landing
from monitor.web.pages.reference import reference
from monitor.web.probing import PROBING, probe
from monitor.web.running import RUNNING, Running

ONE_CHECK = "{agency}/{target}/{check}"

ROUTES = {
    Role.HEALTH: [web.get("/-/healthy", lifecycle.healthy), web.get("/-/ready", lifecycle.ready)],
    Role.METRICS: [web.get("/metrics", scrape.metrics), web.get("/sd", discovery.discovery)],
    Role.PROBE: [web.get("/probe", probe)],
    Role.HEARTBEAT: [web.post(f"/api/v1/heartbeats/{ONE_CHECK}", heartbeats.heartbeat)],
    Role.RELOAD: [web.post("/-/reload", lifecycle.reload)],
    Role.READ: [
        web.get("/", landing),
        web.get(f"/checks/{ONE_CHECK}", check),
        web.get("/connections/{agency}/{connection}", connection),
        web.get("/docs", reference),
        web.get("/static/{name}", asset.asset),
        web.get("/api/v1/checks", checks.checks),
        web.get(f"/api/v1/checks/{ONE_CHECK}", checks.check),
        web.get("/api/v1/connections", connections.connections),
        web.get("/api/v1/connections/{agency}/{connection}", connections.connection),
        web.get("/api/v1/programmes", programmes.programmes),
        web.get("/api/v1/programmes/{programme}", programmes.programme),
        web.get("/api/v1/inventory", inventory_entries.inventory),
        web.get("/api/v1/configuration", configuration.configuration),
        web.get("/api/v1/openapi.json", asset.openapi),
    ],
}
"""Every route, by the role that it needs."""


def application(running: Running, access: Access | None = None) -> web.Application:
    """Return the application that shows a running monitor. ``listen`` serves it within limits.

    Args:
        running: What is shown.
        access: Who may see it; everybody, over plain HTTP, when None.
    """
    app = web.Application(
        middlewares=[guard, shield.answer_errors, shield.read_body],
        client_max_size=shield.BODY_BYTES,
    )
    app[RUNNING] = running
    app[PROBING] = running.probing
    app[ORDER] = Newest()
    app[lifecycle.RELOADING] = asyncio.Lock()
    app.on_response_prepare.append(shield.add_headers)
    guarded(app, access or Access(), ROUTES)
    return app
