"""Promise: with the real judge and sinks behind it, the surface shows one truth: scrape, API and page agree."""

import gzip

import pytest
from fakeclock import FakeClock
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from web.pretend import NOW, Scene, check, inventory, outcome, visiting

from monitor.judge import Judge
from monitor.observation import Reason, down, up
from monitor.outcome import InventoryReplaced
from monitor.settings import Newest
from monitor.sinks.fanout import FanOut
from monitor.sinks.metrics import Metrics
from monitor.sinks.newest import NewestOutcomes

HOSTILE = 'answered 503 "\n\\ </td>\x00'
COUNT = 400
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def stage() -> Scene:
    stage = Scene(inventory=inventory(*(check(f"hue/portal-{number}/login") for number in range(COUNT))))
    metrics = Metrics(stage.vitals, clock=FakeClock(NOW))
    newest = NewestOutcomes(Newest())
    judge = Judge(FakeClock(NOW), FanOut({"metrics": metrics, "newest": newest}, stage.vitals), lambda *_: None)
    everything = frozenset(stage.inventory.checks)
    judge.replace(
        InventoryReplaced(inventory=stage.inventory, added=everything, changed=frozenset(), removed=frozenset())
    )
    for number in range(COUNT):
        seen = up() if number % 10 else down(Reason.STATUS, HOSTILE)
        judge.take(outcome(f"hue/portal-{number}/login", seen))
    stage.metrics, stage.newest = metrics, newest
    running = stage.running()
    stage.running = lambda: type(running)(**{**vars(running), "state": judge.state})
    return stage


async def test_every_slice_is_valid_and_together_they_are_all(stage):
    async with visiting(stage, auto_decompress=False) as client:
        whole = await client.get("/metrics", headers={"Accept-Encoding": "gzip"})
        parts = [await client.get(f"/metrics?slice={index}/3", headers=PLAIN) for index in range(3)]

    text = gzip.decompress(whole.body).decode()
    names = {"datashare_probe_success"}
    seen = samples(text, names)
    assert len(seen) == COUNT
    assert sorted(seen) == sorted(one for part in parts for one in samples(part.text, names))


async def test_openmetrics_is_valid_too(stage):
    async with visiting(stage) as client:
        answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text"})

    families = {family.name for family in parse_openmetrics(answer.text)}
    assert "datashare_probe_success" in families


async def test_scrape_api_and_page_agree(stage):
    async with visiting(stage) as client:
        scraped = samples((await client.get("/metrics")).text, {"datashare_check_status"})
        listed = (await client.get("/api/v1/checks?status=down&limit=500")).json["checks"]
        page = await client.get("/?lang=en")

    failing = COUNT // 10
    assert len([value for _, value in scraped if value == 0]) == failing
    assert len(listed) == failing
    assert f">{failing} checks are down</p>" in page.text
    assert "</td>\x00" not in page.text
    assert listed[0]["newest"]["detail"].startswith("answered 503")


def samples(text: str, families: set[str]) -> list[tuple[str, float]]:
    return [
        (str(sorted(sample.labels.items())), sample.value)
        for family in parse_text(text)
        if family.name in families
        for sample in family.samples
    ]
