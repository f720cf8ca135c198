"""``/docs``: the description of the API as a page."""

import json
from collections.abc import Mapping
from typing import cast

from aiohttp import web

from monitor.web.asset import file
from monitor.web.discovery import scrape_address
from monitor.web.pages.layout import Reader, page
from monitor.web.pages.markup import Content, Markup, element
from monitor.web.record import Json

Facts = Mapping[str, "Json"]

TOPICS = {
    "state": ("Trạng thái", "State"),
    "heartbeats": ("Tín hiệu định kỳ từ hệ thống", "Heartbeats"),
    "prometheus": ("Cho Prometheus", "For Prometheus"),
    "lifecycle": ("Vận hành", "Operation"),
    "pages": ("Trang cho người đọc", "Pages for people"),
}
EXAMPLE = (
    "scrape_configs:",
    "  - job_name: datashare-monitor",
    "    http_sd_configs:",
    "      - url: http://{address}/sd",
    "    relabel_configs:",
    "      - source_labels: [__param_slice]",
    "        target_label: slice",
    "    metric_relabel_configs:",
    "      - action: labeldrop",
    "        regex: slice",
)
LINE_END = Markup("\n")


async def reference(request: web.Request) -> web.Response:
    """Answer with every path, its parameters and its answers."""
    reader = Reader.of(request)
    say = reader.say
    document = cast("Facts", json.loads(file("openapi.json").body))
    address = scrape_address(request, reader.running)
    described = element("a", "OpenAPI 3.1", href="/api/v1/openapi.json")
    return page(
        reader,
        say("Tài liệu", "Docs"),
        element("h1", say("Tài liệu", "Docs")),
        element("p", say("Mô tả cho máy: ", "For machines: "), described, class_="lead"),
        element("p", str(_mapping(document["info"])["description"]), lang="en"),
        element(
            "section",
            element("h2", say("Cấu hình Prometheus", "In Prometheus")),
            element("pre", [[line.format(address=address), LINE_END] for line in EXAMPLE], tabindex=0),
            class_="card",
        ),
        [_topic(reader, document, tag, say(*names)) for tag, names in TOPICS.items()],
    )


def _topic(reader: Reader, document: Facts, tag: str, title: str) -> Markup:
    operations: list[Content] = []
    for path, methods in _mapping(document["paths"]).items():
        for method, operation in _mapping(methods).items():
            facts = _mapping(operation)
            if tag in cast("list[str]", facts["tags"]):
                operations.append(_operation(reader, path, method, facts))
    return element("section", element("h2", title), operations, class_="card")


def _operation(reader: Reader, path: str, method: str, facts: Facts) -> Markup:
    parameters = [_mapping(parameter) for parameter in cast("list[Json]", facts.get("parameters", []))]
    answers = [
        element("li", element("b", status), " ", str(_mapping(answer)["description"]))
        for status, answer in _mapping(facts["responses"]).items()
        if "$ref" not in _mapping(answer)  # those of every operation
    ]
    open_path = method == "get" and "{" not in path
    name = element("code", path)
    return element(
        "article",
        element(
            "h3",
            element("span", method.upper(), class_="method"),
            element("a", name, href=reader.link(path) if path in {"/", "/docs"} else path) if open_path else name,
        ),
        element("p", str(facts["summary"]), lang="en"),
        element(
            "ul",
            [element("li", element("code", str(one["name"])), " ", str(one["description"])) for one in parameters],
            lang="en",
        )
        if parameters
        else None,
        element("ul", answers, class_="answers", lang="en"),
        class_="operation",
    )


def _mapping(value: Json) -> Facts:
    return cast("Facts", value)
