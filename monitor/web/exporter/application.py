"""The application of the exporter: its routes, all below one prefix."""

from aiohttp import web

from monitor.web import shield
from monitor.web.exporter import pages
from monitor.web.exporter.own import metrics
from monitor.web.exporter.state import EXPORTER, Exporter
from monitor.web.probing import PROBING, Probing, probe


def exporter(running: Exporter) -> web.Application:
    """Return the application. ``listen`` serves it within limits."""
    app = web.Application(middlewares=[pages.plain_errors, shield.read_body], client_max_size=shield.BODY_BYTES)
    app[EXPORTER] = running
    app[PROBING] = Probing(prober=running.prober, remedy=running.remedy, history=running.history, level=running.level)
    app.on_response_prepare.append(shield.add_headers)
    prefix = running.prefix
    app.add_routes(
        [
            web.get(f"{prefix}/", pages.landing),
            web.get(f"{prefix}/probe", probe),
            web.get(f"{prefix}/logs", pages.logs),
            web.get(f"{prefix}/config", pages.config),
            web.get(f"{prefix}/metrics", metrics),
            web.get(f"{prefix}/-/healthy", pages.healthy),
            web.post(f"{prefix}/-/reload", pages.reload),
        ]
    )
    if prefix:
        app.add_routes([web.get("/", pages.elsewhere)])
    return app
