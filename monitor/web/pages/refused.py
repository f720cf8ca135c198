"""The page a browser gets instead of problem details."""

from aiohttp import web

from monitor.web.pages.layout import Reader, page
from monitor.web.pages.markup import element
from monitor.web.refusal import RefusedError


def refused(request: web.Request, refusal: RefusedError) -> web.Response:
    """Return a refusal as a page."""
    reader = Reader.of(request)
    checks = [name for name in refusal.nearest if name.count("/") == 2]
    connections = [name for name in refusal.nearest if name in reader.running.inventory().connections]
    agencies = [name for name in refusal.nearest if name in reader.running.inventory().agencies]
    links = [element("a", name, href=reader.link(f"/checks/{name}")) for name in checks]
    links += [element("a", name, href=reader.link(f"/connections/{name}")) for name in connections]
    links += [element("a", name, href=reader.link("/", agency=name)) for name in agencies]
    response = page(
        reader,
        refusal.title,
        element("h1", f"{refusal.status} {refusal.title}"),
        element("p", element("bdi", refusal.detail), class_="lead"),
        [
            element("p", reader.say("Có phải là:", "Did you mean:")),
            element("ul", [element("li", link) for link in links], class_="nearest"),
        ]
        if links
        else None,
        element("p", element("a", reader.say("← Trang đầu", "← Start page"), href=reader.link("/"))),
    )
    return refusal.complete(response)
