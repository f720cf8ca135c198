"""What a provider offers is held against what we may call, and who is listed against who should be."""

import json
import re
from datetime import timedelta

import pytest
from datashare_monitor_xroad import XRoadServicesProbe
from datashare_monitor_xroad.readings import ALLOWED, CLIENTS, METHODS

from monitor.plugin import FaultDomain, Reason, Status
from monitor.testing import configured, look, run

PROVIDER = "VN/GOV/BCA/dancu"
TIMEOUT = timedelta(milliseconds=400)
MARGIN_SECONDS = 0.25


async def seen_of(road, change=lambda _: None, **options):
    async with road(provider=PROVIDER, **options) as (server, settings):
        change(server)
        return await look(configured(XRoadServicesProbe, settings))


@pytest.mark.parametrize("protocol", ["rest", "soap"])
async def test_services_that_are_allowed_are_up(protocol, road):
    seen = await seen_of(road, protocol=protocol, services=["Count"], listed=[PROVIDER, "VN/GOV/HN 01/monitor"])

    assert (seen.status, seen.detail) == (Status.UP, "2 services offered, 1 allowed")
    assert set(seen.readings) == {METHODS(2), ALLOWED(1), CLIENTS(3)}


@pytest.mark.parametrize("protocol", ["rest", "soap"])
@pytest.mark.parametrize("code", ["List", "List.v1"])
async def test_a_service_offered_and_not_allowed_is_for_the_provider_to_grant(protocol, code, road):
    seen = await seen_of(road, protocol=protocol, services=["Count", code])

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, Reason.FORBIDDEN, FaultDomain.PROVIDER)
    assert seen.detail == f"{code} is offered, but not allowed to VN/GOV/HN 01/monitor"


@pytest.mark.parametrize("protocol", ["rest", "soap"])
async def test_a_service_that_is_gone_is_a_mismatch(protocol, road):
    seen = await seen_of(road, protocol=protocol, services=["List.v2", "Delete"])

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, Reason.MISMATCH, FaultDomain.PROVIDER)
    assert seen.detail == "List.v2, Delete are not offered"


@pytest.mark.parametrize("is_old", [False, True])
async def test_a_member_that_is_not_listed_is_a_mismatch(is_old, road):
    seen = await seen_of(road, lambda server: setattr(server, "is_old", is_old), listed=["VN/GOV/BTP/hotich"])

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, Reason.MISMATCH, FaultDomain.HUB)
    assert seen.detail == "VN/GOV/BTP/hotich is not in the list of clients"
    assert CLIENTS(3) in seen.readings


async def test_older_servers_list_clients_as_xml(road):
    seen = await seen_of(road, lambda server: setattr(server, "is_old", True), listed=[PROVIDER])

    assert seen.status is Status.UP


@pytest.mark.parametrize("protocol", ["rest", "soap"])
async def test_a_refusal_says_its_side(protocol, road):
    seen = await seen_of(road, lambda server: setattr(server, "error", "server.serverproxy.x"), protocol=protocol)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, Reason.SERVICE_FAULT, FaultDomain.PROVIDER)


@pytest.mark.parametrize(
    ("name", "answer", "reason"),
    [
        ("listClients", b"", Reason.CONTENT),
        ("listClients", b"[]", Reason.CONTENT),
        ("listClients", b"<html/>", Reason.CONTENT),
        ("listClients", b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", Reason.CONTENT),
        ("listClients", b"[" * 100_000, Reason.CONTENT),
        (
            "listClients",
            b'{"member": [null, {"id": 5}, {"id": {"member_code": 5}}]}',
            Reason.MISMATCH,
        ),
        ("listClients", b" " * 5 * 1024 * 1024, Reason.TOO_LARGE),
        (
            "listClients",
            json.dumps({"member": [{"id": {"memberCode": str(n)}} for n in range(21_000)]}).encode(),
            Reason.TOO_LARGE,
        ),
        ("allowedMethods", {"service": 5}, Reason.CONTENT),
        ("allowedMethods", {"service": [5]}, Reason.CONTENT),
        ("allowedMethods", {"service": [{"service_code": str(n)} for n in range(21_000)]}, Reason.TOO_LARGE),
        ("listMethods", b"canary", Reason.CONTENT),
    ],
)
async def test_a_hostile_list_is_refused_by_name(name, answer, reason, road):
    seen = await seen_of(road, lambda server: server.answers.update({name: answer}), listed=[PROVIDER])

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert "canary" not in repr(seen)


@pytest.mark.parametrize("answer", ["<a/>", '<allowedMethodsResponse xmlns="urn:other"/>'])
async def test_a_list_by_soap_that_is_none_is_refused(answer, road):
    seen = await seen_of(road, lambda server: server.answers.update({"allowedMethods": answer}), protocol="soap")

    assert (seen.reason, seen.detail) == (Reason.CONTENT, "the answer has no allowedMethodsResponse")


@pytest.mark.parametrize("stage", ["listClients", "allowedMethods", "listMethods"])
async def test_each_stage_ends_by_the_deadline(stage, road):
    async with road(provider=PROVIDER, listed=[PROVIDER]) as (server, settings):
        server.delays[stage] = 5.0
        outcome = await run(configured(XRoadServicesProbe, settings), within=TIMEOUT)

    assert outcome.observation.reason is Reason.TIMEOUT
    assert outcome.duration_seconds < TIMEOUT.total_seconds() + MARGIN_SECONDS
    assert server.calls[-1] == stage


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"provider": "VN"}, "provider: "),
        ({"listed": ["VN"]}, "listed: "),
        ({"services": [" "]}, "a code is empty"),
        ({"protocol": "grpc"}, "'rest' or 'soap'"),
    ],
)
def test_configuration_that_makes_no_sense_is_refused(options, problem):
    settings = {"target": "https://ss.example", "client": "VN/GOV/HN/a", "provider": PROVIDER, **options}
    with pytest.raises(ValueError, match=re.escape(problem)):
        configured(XRoadServicesProbe, settings)
