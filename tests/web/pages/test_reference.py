"""Promise: the documentation names every path that there is."""

import json
from html import unescape

from web.pretend import visiting

from monitor.web.asset import file


async def test_every_path_is_documented():
    paths = json.loads(file("openapi.json").body)["paths"]

    async with visiting() as client:
        html = unescape((await client.get("/docs?lang=en")).text)

    assert all(f"<code>{path}</code>" in html for path in paths)
    assert "http://127.0.0.1:" in html


async def test_prometheus_example_keeps_its_lines():
    async with visiting() as client:
        html = (await client.get("/docs")).text

    assert "scrape_configs:\n  - job_name: datashare-monitor\n    http_sd_configs:\n" in html
