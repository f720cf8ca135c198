"""A security server's own figures are judged with a minimum of requests, and its certificates by their end."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from datashare_monitor_xroad import XRoadMonitoringProbe
from datashare_monitor_xroad.readings import LAST_SUCCESS, PERIOD, SUCCESSFUL, UNSUCCESSFUL

from monitor.plugin import FaultDomain, Reason, Status
from monitor.testing import configured, look, run

OPERATIONS = "http://x-road.eu/xsd/op-monitoring.xsd"
IDS = "http://x-road.eu/xsd/identifiers"
METRICS = "http://x-road.eu/xsd/monitoring"
HEALTH, CERTIFICATES = "getSecurityServerHealthData", "getSecurityServerMetrics"
SERVER = "VN/GOV/BCA/ss1"
TIMEOUT = timedelta(milliseconds=400)
MARGIN_SECONDS = 0.25
RATIOS = {"degraded_failure_ratio": 0.1, "max_failure_ratio": 0.5}


def service(code, good, bad, last=None):
    parts = zip(("xRoadInstance", "memberClass", "memberCode", "subsystemCode"), ("VN", "GOV", "BCA", "a"), strict=True)
    named = "".join(f"<id:{name}>{text}</id:{name}>" for name, text in (*parts, ("serviceCode", code)))
    stamp = "" if last is None else f"<lastSuccessfulRequestTimestamp> {last}\n </lastSuccessfulRequestTimestamp>"
    counts = (
        f"<successfulRequestCount>{good}</successfulRequestCount>"
        f"<unsuccessfulRequestCount>{bad}</unsuccessfulRequestCount>"
    )
    statistics = f"<lastPeriodStatistics>{counts}</lastPeriodStatistics>"
    return f"<serviceEvents><service>{named}</service>{stamp}{statistics}</serviceEvents>"


def health(*services, period="600"):
    head = f"<statisticsPeriodSeconds>{period}</statisticsPeriodSeconds>"
    events = f"<servicesEvents>{''.join(services)}</servicesEvents>"
    return f'<{HEALTH}Response xmlns="{OPERATIONS}" xmlns:id="{IDS}">{head}{events}</{HEALTH}Response>'


def certificate(kind, ends, active="true"):
    text = f"{ends:%Y-%m-%dT%H:%M:%SZ}" if isinstance(ends, datetime) else ends
    pairs = {"sha1Hash": "aa", "notAfter": text, "certificateType": kind, "active": active}
    metrics = "".join(f"<stringMetric><name>{k}</name><value>{v}</value></stringMetric>" for k, v in pairs.items())
    return f"<metricSet><name>certificate-aa</name>{metrics}</metricSet>"


def certificates(*each):
    inner = f"<metricSet><name>Certificates</name>{''.join(each)}</metricSet>"
    return (
        f'<{CERTIFICATES}Response xmlns="{METRICS}"><metricSet><name>SERVER:{SERVER}</name>'
        f"<stringMetric><name>proxyVersion</name><value>canary</value></stringMetric>{inner}</metricSet>"
        f"</{CERTIFICATES}Response>"
    )


def in_days(days):
    return datetime.now(UTC) + timedelta(days=days, hours=1)


def values(seen):
    return {(reading.measure.name, *reading.labels): reading.value for reading in seen.readings}


async def seen_of(road, answers, **options):
    async with road(security_server=SERVER, **options) as (server, settings):
        server.answers |= answers
        return await look(configured(XRoadMonitoringProbe, settings))


async def test_figures_and_certificates_are_measured(road):
    answers = {
        HEALTH: health(service("Count", 90, 10, 1_700_000_000_500), service("List", 5, 0, 1_600_000_000_000)),
        CERTIFICATES: certificates(
            certificate("AUTH_OR_SIGN", in_days(90)),
            certificate("AUTH_OR_SIGN", in_days(40)),
            certificate("AUTH_OR_SIGN", in_days(-5), active="false"),
            certificate("SECURITY_SERVER_TLS", in_days(300)),
            certificate("canary", in_days(1)),
        ),
    }
    seen = await seen_of(road, answers)

    assert seen.status is Status.UP
    assert seen.detail.startswith("10 of 105 requests failed; a certificate AUTH_OR_SIGN runs out on ")
    assert {SUCCESSFUL(95), UNSUCCESSFUL(10), PERIOD(600), LAST_SUCCESS(1_700_000_000.5)} <= set(seen.readings)
    expiries = {labels[-1]: value for labels, value in values(seen).items() if "certificate" in labels[0]}
    assert expiries["AUTH_OR_SIGN"] == pytest.approx(in_days(40).timestamp(), abs=5)
    assert expiries.keys() == {"AUTH_OR_SIGN", "SECURITY_SERVER_TLS"}
    assert "canary" not in repr(seen)


@pytest.mark.parametrize(
    ("services", "options", "status", "reason"),
    [
        ([service("a", 80, 20)], RATIOS, Status.DEGRADED, Reason.SERVICE_FAULT),
        ([service("a", 40, 60)], RATIOS, Status.DOWN, Reason.SERVICE_FAULT),
        ([service("a", 0, 19)], {"max_failure_ratio": 0.5}, Status.UP, None),
        ([service("a", 0, 19)], {"max_failure_ratio": 0.5, "min_requests": 19}, Status.DOWN, Reason.SERVICE_FAULT),
        ([], {"max_failure_ratio": 0.0}, Status.UP, None),
        ([service("a", 50, 0), service("b", 0, 50)], {"max_failure_ratio": 0.6}, Status.UP, None),
        (
            [service("a", 50, 0), service("b", 0, 50)],
            {"max_failure_ratio": 0.6, "service": "VN/GOV/BCA/a/b"},
            Status.DOWN,
            Reason.SERVICE_FAULT,
        ),
        ([service("a", 50, 0)], {"service": "VN/GOV/BCA/a/b"}, Status.DOWN, Reason.CONTENT),
        ([service("a", 5, 0, 1_600_000_000_000)], {"max_age": "1h"}, Status.DOWN, Reason.STALE),
        ([service("a", 5, 0)], {"max_age": "1h"}, Status.DOWN, Reason.STALE),
        ([service("a", 5, 0, int(datetime.now(UTC).timestamp() * 1000))], {"max_age": "1h"}, Status.UP, None),
    ],
)  # fmt: skip
async def test_requests_have_limits_and_a_minimum(services, options, status, reason, road):
    seen = await seen_of(road, {HEALTH: health(*services)}, certificates=False, **options)

    assert (seen.status, seen.reason) == (status, reason)


@pytest.mark.parametrize(
    ("days", "options", "status", "reason"),
    [
        (30, {}, Status.UP, None),
        (13, {}, Status.DEGRADED, Reason.CERTIFICATE_EXPIRES),
        (6, {"min_days": 7}, Status.DOWN, Reason.CERTIFICATE_EXPIRES),
        (-1, {}, Status.DOWN, Reason.CERTIFICATE_EXPIRED),
    ],
)
async def test_a_certificate_is_judged_by_its_end(days, options, status, reason, road):
    answers = {CERTIFICATES: certificates(certificate("SECURITY_SERVER_TLS", in_days(days)))}
    seen = await seen_of(road, answers, health=False, **options)

    assert (seen.status, seen.reason) == (status, reason)


async def test_the_worse_of_both_decides_and_all_is_measured(road):
    answers = {
        HEALTH: health(service("a", 0, 50)),
        CERTIFICATES: certificates(certificate("AUTH_OR_SIGN", in_days(3))),
    }
    seen = await seen_of(road, answers, max_failure_ratio=0.1)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SERVICE_FAULT)
    assert {name for name, *_ in values(seen)} >= {
        "probe_xroad_unsuccessful_requests",
        "probe_xroad_certificate_expiry_timestamp_seconds",
    }


async def test_a_client_that_may_not_ask_is_told_so(road):
    async with road(security_server=SERVER) as (server, settings):
        server.error = "Server.ServerProxy.AccessDenied"
        seen = await look(configured(XRoadMonitoringProbe, settings))

    assert (seen.reason, seen.fault) == (Reason.FORBIDDEN, FaultDomain.PROVIDER)


@pytest.mark.parametrize(
    ("name", "answer", "detail"),
    [
        (HEALTH, "<a/>", "the answer has no getSecurityServerHealthDataResponse"),
        (HEALTH, health(service("a", -5, 0)), "successfulRequestCount of the health data is no count"),
        (HEALTH, health(service("a", "1e9", 0)), "successfulRequestCount of the health data is no count"),
        (HEALTH, health(service("a", "9" * 400, 0)), "successfulRequestCount of the health data is no count"),
        (HEALTH, health(service("a", "canary", 0)), "successfulRequestCount of the health data is no count"),
        (HEALTH, health(service("a", 1, 1, "9" * 15)), "lastSuccessfulRequestTimestamp of the health data is no count"),
        (HEALTH, health(period=""), "statisticsPeriodSeconds of the health data is no count"),
        (CERTIFICATES, "<a/>", "the answer has no getSecurityServerMetricsResponse"),
        (CERTIFICATES, certificates(), "the metrics have no certificate in use"),
        (CERTIFICATES, certificates(certificate("AUTH_OR_SIGN", "canary")), "the end of a certificate is no time"),
        (CERTIFICATES, certificates(certificate("AUTH_OR_SIGN", "")), "the end of a certificate is no time"),
        (CERTIFICATES, certificates(certificate("AUTH_OR_SIGN", "0001-01-01T00:00:00+23:59")), "is no time"),
    ],
)
async def test_figures_that_are_none_are_never_made_up(name, answer, detail, road):
    answers = {HEALTH: health(), CERTIFICATES: certificates(certificate("AUTH_OR_SIGN", in_days(90)))}
    seen = await seen_of(road, {**answers, name: answer})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert detail in seen.detail
    assert "canary" not in repr(seen)


async def test_too_many_services_are_refused(road):
    services = [service(f"s{n}", 1, 0) for n in range(5001)]
    seen = await seen_of(road, {HEALTH: health(*services)}, certificates=False)

    assert seen.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("stage", [HEALTH, CERTIFICATES])
async def test_each_stage_ends_by_the_deadline(stage, road):
    async with road(security_server=SERVER) as (server, settings):
        server.answers[HEALTH] = health(service("a", 5, 0))
        server.delays[stage] = 5.0
        outcome = await run(configured(XRoadMonitoringProbe, settings), within=TIMEOUT)

    assert outcome.observation.reason is Reason.TIMEOUT
    assert outcome.duration_seconds < TIMEOUT.total_seconds() + MARGIN_SECONDS
    assert (SUCCESSFUL(5) in outcome.observation.readings) is (stage == CERTIFICATES)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"security_server": "VN/GOV/BCA"}, "write INSTANCE/CLASS/MEMBER/SERVER"),
        ({"health": False, "certificates": False}, "write health: true or certificates: true"),
        ({"health": False, "max_age": "1h"}, "limits for requests need health: true"),
        ({"max_failure_ratio": 1.5}, "ratios are from 0"),
        ({"degraded_failure_ratio": 0.5, "max_failure_ratio": 0.1}, "ratios are from 0"),
        ({"min_days": 30}, "min_days is at least 0 and at most degraded_days"),
        ({"service": "VN"}, "service: "),
    ],
)
def test_configuration_that_makes_no_sense_is_refused(options, problem):
    settings = {"target": "https://ss.example", "client": "VN/GOV/HN/a", "security_server": SERVER, **options}
    with pytest.raises(ValueError, match=re.escape(problem)):
        configured(XRoadMonitoringProbe, settings)
