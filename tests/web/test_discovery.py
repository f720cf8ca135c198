"""Promise: Prometheus finds every slice, at an address that nobody else can choose."""

from dataclasses import replace
from ipaddress import ip_address

import pytest
from web.pretend import scene, settings, visiting

from monitor.web.discovery import slices


@pytest.mark.parametrize(("samples", "expected"), [(0, 1), (1, 1), (75_000, 1), (75_001, 2), (1_500_000, 20)])
def test_slices_hold_about_so_many_samples(samples, expected):
    assert slices(samples, 75_000) == expected


async def test_each_slice_is_a_target_group():
    stage = scene()
    stage.metrics.samples = 250
    stage.settings = replace(settings(samples_per_slice=100), vantage="ha-noi-dc1")

    async with visiting(stage) as client:
        groups = (await client.get("/sd")).json

    assert [group["labels"]["__param_slice"] for group in groups] == ["0/3", "1/3", "2/3"]
    assert {group["labels"]["vantage"] for group in groups} == {"ha-noi-dc1"}
    assert {group["labels"]["__metrics_path__"] for group in groups} == {"/metrics"}


async def test_parameters_that_would_have_no_effect_are_refused():
    async with visiting() as client:
        answer = await client.get("/sd?vantage=ha-noi-dc1")

    assert (answer.status, answer.json["detail"]) == (400, "there is no parameter 'vantage': this takes none")


async def targets(host, **web):
    stage = scene()
    stage.settings = settings(**web)
    async with visiting(stage) as client:
        groups = (await client.get("/sd", headers={"Host": host})).json
        return groups[0]["targets"][0], client.port


async def test_address_is_the_one_asked_for_when_it_is_ours():
    target, _ = await targets("monitor.gov.example:9664", hosts=frozenset({"monitor.gov.example"}))

    assert target == "monitor.gov.example:9664"


async def test_foreign_host_does_not_become_a_target():
    target, port = await targets("evil.example")

    assert target == f"127.0.0.1:{port}"


async def test_unspecified_address_gives_way_to_where_the_request_arrived():
    target, port = await targets("evil.example", address=ip_address("0.0.0.0"))

    assert target == f"127.0.0.1:{port}"
