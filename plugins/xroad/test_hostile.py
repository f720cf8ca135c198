"""Whatever a security server does, a look at it ends in time, costs little and repeats nothing."""

import json
import time

import pytest
from datashare_monitor_xroad import XRoadHealthProbe, XRoadMonitoringProbe, XRoadProbe, XRoadServicesProbe
from ordeal import MIB, answer, endured, saying, survives_what_does_not_end

from monitor.plugin import Reason
from monitor.testing import configured

SOAP = b"http://schemas.xmlsoap.org/soap/envelope/"
ROAD = b"http://x-road.eu/xsd/xroad.xsd"
OPERATIONS = b"http://x-road.eu/xsd/op-monitoring.xsd"
METRICS = b"http://x-road.eu/xsd/monitoring"
PROVIDER = "VN/GOV/BCA/dancu"
CANARY = "canary-\u202e\x1b[31m001079012345678"
WE = {"client": "VN/GOV/HN/monitor"}


def by_rest(url):
    judged = {"assertions": [{"json": "a", "equals": 5}]}
    return configured(XRoadProbe, {"target": url, **WE, "service": f"{PROVIDER}/Count", **judged})


def by_soap(url):
    judged = {"protocol": "soap", "body": "<a/>", "assertions": [{"xml": "count(//x)", "equals": 5}]}
    return configured(XRoadProbe, {"target": url, **WE, "service": f"{PROVIDER}/Count", **judged})


def clients(url):
    return configured(XRoadServicesProbe, {"target": url, **WE, "provider": PROVIDER, "listed": [PROVIDER]})


def services(url):
    return configured(XRoadServicesProbe, {"target": url, **WE, "provider": PROVIDER, "services": ["Count"]})


def services_by_soap(url):
    return configured(XRoadServicesProbe, {"target": url, **WE, "provider": PROVIDER, "protocol": "soap"})


def monitored(url, **more):
    return configured(XRoadMonitoringProbe, {"target": url, **WE, "security_server": "VN/GOV/BCA/ss1", **more})


def traffic(url):
    return monitored(url, certificates=False, max_age="1h")


def certificates(url):
    return monitored(url, health=False)


def healthy(url):
    return configured(XRoadHealthProbe, {"target": f"{url}/"})


@pytest.mark.parametrize("probe", [by_rest, by_soap, clients, services, traffic, certificates])
async def test_answer_without_an_end_is_survived(probe):
    await survives_what_does_not_end(probe)


async def test_health_port_without_an_end_is_survived():
    await survives_what_does_not_end(healthy)


def enveloped(inner):
    block = b'<x:id xmlns:x="%b">@ID@</x:id>' % ROAD
    return b'<s:Envelope xmlns:s="%b"><s:Header>%b</s:Header><s:Body>%b</s:Body></s:Envelope>' % (SOAP, block, inner)


def of(space, name, inner):
    return enveloped(b'<%b xmlns="%b">%b</%b>' % (name, space, inner, name))


MEMBERS = b",".join(b'{"id":{"member_code":"%x"},"name":"canary"}' % n for n in range(40_000))
COSTLY = {
    "a million clients": (clients, b'{"member":[%b]}' % (b"{}," * 1_000_000 + b"{}"), Reason.TOO_LARGE),
    "forty thousand clients": (clients, b'{"member":[%b]}' % MEMBERS, Reason.TOO_LARGE),
    "clients that are lists": (clients, b'{"member":[%b]}' % (b"[]," * MIB + b"1"), Reason.TOO_LARGE),
    "clients in elements": (
        clients,
        b'<clientList xmlns="%b">%b</clientList>' % (ROAD, b"<member/>" * (4 * MIB // 10)),
        Reason.TOO_LARGE,
    ),
    "clients in a deep list": (clients, b"[" * 4_000_000, Reason.TOO_LARGE),
    "clients of odd names": (clients, json.dumps({"member": [{"id": {CANARY: CANARY}}]}).encode(), Reason.MISMATCH),
    "no clients": (clients, b'{"member": null}', Reason.CONTENT),
    "nothing": (clients, b"", Reason.CONTENT),
    "services that are lists": (services, b'{"service":[%b]}' % (b"[]," * MIB + b"1"), Reason.TOO_LARGE),
    "services without a code": (services, b'{"service":[{}]}', Reason.CONTENT),
    "services whose code is a number": (services, b'{"service":[{"service_code": NaN}]}', Reason.CONTENT),
    "services in elements": (
        services_by_soap,
        of(ROAD, b"allowedMethodsResponse", b"<service/>" * 400_000),
        Reason.TOO_LARGE,
    ),
    "answer by rest": (by_rest, b'{"a":[%b]}' % (b"[]," * (MIB // 4) + b"1"), Reason.TOO_LARGE),
    "answer by soap": (by_soap, enveloped(b"<a/>x" * 200_000), Reason.TOO_LARGE),
    "attribute lists": (
        by_soap,
        b"<!DOCTYPE r [%b]><r/>" % b"".join(b'<!ATTLIST r a%x CDATA "v">' % n for n in range(30_000)),
        Reason.CONTENT,
    ),
    "events": (
        traffic,
        of(
            OPERATIONS,
            b"getSecurityServerHealthDataResponse",
            b"<statisticsPeriodSeconds>600</statisticsPeriodSeconds>"
            b"<servicesEvents>%b</servicesEvents>" % (b"<serviceEvents/>" * 6000),
        ),
        Reason.TOO_LARGE,
    ),
    "metric sets in metric sets": (
        certificates,
        of(
            METRICS,
            b"getSecurityServerMetricsResponse",
            b"<metricSet>" * 240 + b"<stringMetric/>" * 60_000 + b"</metricSet>" * 240,
        ),
        Reason.CONTENT,
    ),
}


@pytest.mark.parametrize(("probe", "body", "reason"), COSTLY.values(), ids=COSTLY)
async def test_costly_answer_costs_little(probe, body, reason):
    seen = (await endured(saying(answer(body)), probe)).observation

    assert seen.reason is reason, seen
    assert "canary" not in repr(seen)


def told(period=b"600", success=b"1", failed=b"0", newest=b"1"):
    return of(
        OPERATIONS,
        b"getSecurityServerHealthDataResponse",
        b"<statisticsPeriodSeconds>%b</statisticsPeriodSeconds><servicesEvents><serviceEvents>"
        b"<lastSuccessfulRequestTimestamp>%b</lastSuccessfulRequestTimestamp><lastPeriodStatistics>"
        b"<successfulRequestCount>%b</successfulRequestCount><unsuccessfulRequestCount>%b</unsuccessfulRequestCount>"
        b"</lastPeriodStatistics></serviceEvents></servicesEvents>" % (period, newest, success, failed),
    )


WRONG = [
    b"",
    b"-1",
    b"NaN",
    b"Infinity",
    b"1e9",
    b"1.5",
    b"9" * 18,
    b"9" * 5000,
    "٣".encode(),
    b"canary 001079012345678",
]


@pytest.mark.parametrize("number", WRONG)
@pytest.mark.parametrize("name", ["period", "success", "failed", "newest"])
async def test_number_that_is_none_is_measured_nowhere(name, number):
    seen = (await endured(saying(answer(told(**{name: number}))), traffic)).observation

    assert (seen.reason, seen.readings) == (Reason.CONTENT, ())
    assert "canary" not in repr(seen)


@pytest.mark.parametrize("ahead", [3600, 365 * 86_400, 3000 * 365 * 86_400])
async def test_request_of_the_future_is_measured_nowhere(ahead):
    newest = b"%d" % ((int(time.time()) + ahead) * 1000)

    seen = (await endured(saying(answer(told(newest=newest[:14]))), traffic)).observation

    assert (seen.reason, seen.readings) == (Reason.CONTENT, ())
    assert seen.detail.endswith("s in the future")


@pytest.mark.parametrize(
    "ends", ["", "canary 001079012345678", "9999-12-31T23:59:59-23:00", "0000-00-00", "99999-01-01T00:00:00Z"]
)
async def test_certificate_whose_end_is_none_is_measured_nowhere(ends):
    metric = b"<stringMetric><name>%b</name><value>%b</value></stringMetric>"
    one = metric % (b"certificateType", b"AUTH_OR_SIGN") + metric % (b"notAfter", ends.encode())
    body = of(METRICS, b"getSecurityServerMetricsResponse", b"<metricSet>%b</metricSet>" % one)

    seen = (await endured(saying(answer(body)), certificates)).observation

    assert (seen.reason, seen.readings) == (Reason.CONTENT, ())
    assert "canary" not in repr(seen)


@pytest.mark.parametrize("code", ["Server.canary 001079012345678", "canary\u202e", "a." * 2000])
async def test_error_that_is_no_code_is_not_repeated(code):
    by_header = saying(answer(b"{}", f"X-Road-Error: {code}", status="500 Internal Server Error"))
    fault = "<s:Fault xmlns:s='{}'><faultcode>{}</faultcode><faultstring>canary</faultstring></s:Fault>"
    by_fault = saying(answer(enveloped(fault.format(SOAP.decode(), code).encode())))

    for handler, probe in ((by_header, by_rest), (by_fault, by_soap)):
        seen = (await endured(handler, probe)).observation
        assert seen.reason is Reason.SERVICE_FAULT, seen
        assert "canary" not in repr(seen)
        assert len(seen.detail) < 200
