"""A call through X-Road says on which side it broke, and believes no answer but its own message's."""

import re
from datetime import timedelta

import datashare_monitor_xroad
import pytest
from datashare_monitor_xroad import XRoadProbe
from datashare_monitor_xroad.readings import ERROR
from remains import nothing, remains

from monitor.plugin import FaultDomain, Reason, Status
from monitor.testing import assert_conforms, configured, dripping, look, refused, run, serve_tls, stalled
from monitor.testing.looks import looking

SERVICE = "VN/GOV/BCA/dancu/Count"
BODY = '<Count xmlns="urn:a"/>'
TIMEOUT = timedelta(milliseconds=400)
MARGIN_SECONDS = 0.25
BY_SOAP = {"protocol": "soap", "body": BODY}


def values(seen):
    return {reading.measure.name: reading.value for reading in seen.readings}


async def test_plugin_conforms():
    settings = {"client": "VN/GOV/HN/monitor", "service": SERVICE}
    await assert_conforms(
        datashare_monitor_xroad, lambda address: configured(XRoadProbe, {"target": f"http://{address}", **settings})
    )


async def test_a_call_by_rest_is_up_and_its_numbers_are_readings(road):
    options = {"path": "/v1/people?year=2026", "readings": {"waiting_records": "waiting"}, "service": SERVICE}
    async with road(**options) as (server, settings):
        seen = await look(configured(XRoadProbe, settings))

    assert (seen.status, seen.detail) == (Status.UP, "answered 200")
    assert values(seen)["probe_waiting_records"] == 3
    assert {"probe_xroad_call_seconds", "probe_http_status_code"} <= values(seen).keys()
    assert server.calls == ["Count"]


async def test_a_call_by_soap_is_up_and_its_numbers_are_readings(road):
    readings = {"people": {"xml": "//a:n", "namespaces": {"a": "urn:a"}}}
    async with road(service=SERVICE, service_version="v1", readings=readings, **BY_SOAP) as (_, settings):
        seen = await look(configured(XRoadProbe, settings))

    assert (seen.status, seen.detail) == (Status.UP, "answered 200")
    assert values(seen)["probe_people"] == 17


@pytest.mark.parametrize("options", [{}, BY_SOAP])
async def test_runs_leave_nothing(options, road):
    async with road(service=SERVICE, **options) as (server, settings):
        right = await remains(configured(XRoadProbe, settings))
        server.error = "Server.ClientProxy.SslAuthenticationFailed"
        wrong = await remains(configured(XRoadProbe, settings))

    assert right == nothing("up")
    assert wrong == nothing("down unauthorized")


@pytest.mark.parametrize("options", [{}, BY_SOAP])
async def test_every_message_has_an_id_of_its_own(options, road):
    async with road(service=SERVICE, **options) as (server, settings), looking() as run_once:
        probe = configured(XRoadProbe, settings)
        seen = [(await run_once(probe)).observation.status for _ in range(3)]

    assert seen == [Status.UP] * 3
    assert len(server.messages) == 3


async def test_over_tls_with_a_certificate_of_the_road(road):
    async with road(service=SERVICE) as (server, settings), serve_tls(server.respond) as tls:
        there = {"target": tls.url, "tls_config": {"ca_file": tls.ca_file}}
        seen = await look(configured(XRoadProbe, {**settings, **there}))

    assert seen.status is Status.UP
    assert values(seen)["probe_ssl_earliest_cert_expiry"] == tls.not_after.timestamp()


@pytest.mark.parametrize("options", [{}, BY_SOAP])
@pytest.mark.parametrize(
    ("code", "reason", "fault"),
    [
        ("Server.ClientProxy.NetworkError", Reason.SERVICE_FAULT, FaultDomain.CONSUMER),
        ("server.clientproxy.network_error", Reason.SERVICE_FAULT, FaultDomain.CONSUMER),
        ("SERVER.SERVERPROXY.SERVICEFAILED.HTTPERROR", Reason.SERVICE_FAULT, FaultDomain.PROVIDER),
        ("server.serverproxy.service_failed", Reason.SERVICE_FAULT, FaultDomain.PROVIDER),
        ("Server.ServerProxy.AccessDenied", Reason.FORBIDDEN, FaultDomain.PROVIDER),
        ("server.serverproxy.access_denied", Reason.FORBIDDEN, FaultDomain.PROVIDER),
        ("Server.ClientProxy.SslAuthenticationFailed", Reason.UNAUTHORIZED, FaultDomain.CONSUMER),
        ("Client.BadRequest", Reason.SERVICE_FAULT, FaultDomain.CONSUMER),
        ("Server", Reason.SERVICE_FAULT, FaultDomain.PROVIDER),
        ("Serverless", Reason.SERVICE_FAULT, None),
        ("Signer.TokenNotActive", Reason.SERVICE_FAULT, None),
    ],
)
async def test_an_error_says_on_which_side_it_broke(code, reason, fault, options, road):
    async with road(service=SERVICE, **options) as (server, settings):
        server.error = code
        seen = await look(configured(XRoadProbe, settings))

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, reason, fault)
    assert seen.detail == f"answered 500 with the error {code}"
    assert {ERROR(1)} <= set(seen.readings)
    assert "canary" not in repr(seen)


async def test_an_error_that_is_no_code_is_not_repeated(road):
    async with road(service=SERVICE) as (server, settings):
        server.error = "Server.ServerProxy: canary 079012345678"
        seen = await look(configured(XRoadProbe, settings))

    assert seen.detail == "answered 500 with the error without a code"
    assert "canary" not in repr(seen)


@pytest.mark.parametrize("options", [{}, BY_SOAP])
async def test_a_client_that_is_not_known_is_the_consumers_fault(options, road):
    async with road(service=SERVICE, **options) as (_, settings):
        seen = await look(configured(XRoadProbe, {**settings, "client": "VN/GOV/HN/other"}))

    assert (seen.reason, seen.fault) == (Reason.SERVICE_FAULT, FaultDomain.CONSUMER)
    assert seen.detail == "answered 500 with the error Server.ClientProxy.UnknownMember"


@pytest.mark.parametrize(
    ("status", "reason", "fault"),
    [
        (401, Reason.UNAUTHORIZED, FaultDomain.CONSUMER),
        (403, Reason.FORBIDDEN, FaultDomain.PROVIDER),
        (429, Reason.THROTTLED, FaultDomain.PROVIDER),
        (404, Reason.STATUS, None),
        (500, Reason.STATUS, FaultDomain.PROVIDER),
    ],
)
async def test_without_an_error_of_the_road_the_service_itself_answered(status, reason, fault, road):
    async with road(service=SERVICE) as (server, settings):
        server.status = status
        seen = await look(configured(XRoadProbe, settings))

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, reason, fault)
    assert seen.detail == f"the service answered {status}, expected 2xx"


@pytest.mark.parametrize(
    ("options", "id_", "detail"),
    [
        ({}, "", "answered 200 without an X-Road-Id"),
        ({}, "canary", "answered 200 with the X-Road-Id of another message"),
        (BY_SOAP, "", "answered 200 without a message id"),
        (BY_SOAP, "canary", "answered 200 with the id of another message"),
    ],
)
async def test_an_answer_to_another_message_is_not_believed(options, id_, detail, road):
    async with road(service=SERVICE, **options) as (server, settings):
        server.tampered = id_
        seen = await look(configured(XRoadProbe, settings))

    assert (seen.status, seen.reason, seen.detail) == (Status.DOWN, Reason.PROTOCOL, detail)


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (b"canary", 200, Reason.CONTENT),
        (b"<html>canary</html>", 200, Reason.CONTENT),
        (b"<html>canary</html>", 503, Reason.STATUS),
        (b"<html>canary</html>", 403, Reason.FORBIDDEN),
        (b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", 200, Reason.CONTENT),
        (b"<a>" * 10_000, 200, Reason.CONTENT),
        (b"<a>" * 100_000, 200, Reason.TOO_LARGE),
    ],
)
async def test_what_is_no_envelope_is_down(answer, status, reason, road):
    async with road(service=SERVICE, **BY_SOAP) as (server, settings):
        server.answers["Count"], server.status = answer, status
        seen = await look(configured(XRoadProbe, settings))

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert "canary" not in repr(seen)


async def test_expectations_have_levels(road):
    rules = [{"json": "waiting", "less_than": 3, "level": "degraded", "reason": "backlog"}]
    async with road(service=SERVICE, assertions=rules) as (_, settings):
        seen = await look(configured(XRoadProbe, settings))

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.BACKLOG)


@pytest.mark.parametrize("broken", [stalled, dripping, refused])
@pytest.mark.parametrize("options", [{}, BY_SOAP])
async def test_a_call_ends_by_the_deadline(options, broken):
    async with broken() as address:
        settings = {"target": f"http://{address}", "client": "VN/GOV/HN", "service": SERVICE, **options}
        outcome = await run(configured(XRoadProbe, settings), within=TIMEOUT)

    assert outcome.observation.status is Status.DOWN
    assert outcome.duration_seconds < TIMEOUT.total_seconds() + MARGIN_SECONDS


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"client": "VN/GOV"}, 'client: "VN/GOV" is no identifier; write INSTANCE/CLASS/MEMBER'),
        ({"client": "VN//HN"}, "is no identifier"),
        ({"client": "VN/GOV/HN\n"}, "is no identifier"),
        ({"service": "VN/GOV/BCA"}, "service: "),
        ({"security_server": "VN/GOV/BCA"}, "write INSTANCE/CLASS/MEMBER/SERVER"),
        ({"path": "v1"}, "path begins with /"),
        ({"path": "/a b"}, "path begins with /"),
        ({"service_version": "v1"}, "service_version is for protocol: soap"),
        ({"protocol": "soap"}, "body is empty; write the element that the service gets"),
        ({"protocol": "soap", "body": "<a>"}, "body is not XML"),
        ({"protocol": "soap", "body": BODY, "path": "/a"}, "are for protocol: rest"),
        ({"headers": {"x-road-userid": "VN1"}}, "x-road-userid is written by the monitor"),
        ({"readings": {"xroad_error": "a"}}, "which the monitor itself reports"),
        ({"method": "FETCH"}, "is no method of HTTP"),
    ],
)
def test_configuration_that_makes_no_sense_is_refused(options, problem):
    settings = {"target": "https://ss.hanoi.example", "client": "VN/GOV/HN/monitor", "service": SERVICE, **options}
    with pytest.raises(ValueError, match=re.escape(problem)):
        configured(XRoadProbe, settings)
