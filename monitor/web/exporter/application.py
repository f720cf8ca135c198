"""The application of the exporter: its routes, all below one prefix."""

from aiohttp import web

from monitor.config.webconfig import Role
from monitor.web import shield
from monitor.web.access import Access, guard, guarded
from monitor.web.exporter import pages
from monitor.web.exporter.own import metrics
from monitor.web.exporter.state import EXPORTER, Exporter
from monitor.web.probing import PROBING, Probing, probe


def exporter(running: Exporter, access: Access | None = None) -> web.Application:
    """Return the application. ``listen`` serves it within limits.

    Args:
        running: What is shown.
        access: Who may see it; everybody, over plain HTTP, when None.
    """
    app = web.Application(middlewares=[guard, pages.plain_errors, shield.read_body], client_max_size=shield.BODY_BYTES)
    app[EXPORTER] = running
    app[PROBING] = Probing(prober=running.prober, remedy=running.remedy, history=running.history, level=running.level)
    app.on_response_prepare.append(shield.add_headers)
    prefix = running.prefix
    shown = [
        web.get(f"{prefix}/", pages.landing),
        web.get(f"{prefix}/logs", pages.logs),
        web.get(f"{prefix}/config", pages.config),
    ]
    routes = {
        Role.HEALTH: [web.get(f"{prefix}/-/healthy", pages.healthy)],
        Role.METRICS: [web.get(f"{prefix}/metrics", metrics)],
        Role.PROBE: [web.get(f"{prefix}/probe", probe)],
        Role.RELOAD: [web.post(f"{prefix}/-/reload", pages.reload)],
        Role.READ: [*shown, web.get("/", pages.elsewhere)] if prefix else shown,
    }
    guarded(app, access or Access(), routes)
    return app
