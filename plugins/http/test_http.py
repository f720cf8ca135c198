"""The http kind judges answers as blackbox_exporter does, says what it saw, and no answer can break it."""

import asyncio
import gzip
from datetime import UTC, datetime, timedelta

import brotli
import datashare_monitor_http
import pytest
from aiohttp import web
from datashare_monitor_http import HttpProbe, HttpRows

from monitor.plugin import FaultDomain, Observation, Reason, Status
from monitor.testing import assert_conforms, configured, dripping, look, refused, serve, serve_stream, serve_tls


def answering(status: int = 200, text: str = "", headers: dict[str, str] | None = None):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers=headers)

    return answer


def saying(data: bytes):
    """Return a handler that answers any request with these bytes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)

    return answer


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


async def seen_at(url: str, **settings) -> Observation:
    return await look(configured(HttpProbe, {"target": url, **settings}))


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_http, lambda address: HttpProbe(target=f"http://{address}/"))


async def test_good_answer_is_up_and_measured_under_blackbox_names():
    headers = {"Last-Modified": "Mon, 04 May 2026 01:02:03 GMT"}
    async with serve(answering(text="xin chào", headers=headers)) as url:
        seen = await seen_at(url)

    assert seen.status is Status.UP
    assert readings(seen) == {
        "probe_http_status_code": 200,
        "probe_http_content_length": 9,
        "probe_http_uncompressed_body_length": 9,
        "probe_http_redirects": 0,
        "probe_http_ssl": 0,
        "probe_http_version": 1.1,
        "probe_failed_due_to_regex": 0,
        "probe_http_last_modified_timestamp_seconds": datetime(2026, 5, 4, 1, 2, 3, tzinfo=UTC).timestamp(),
    }


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, Reason.UNAUTHORIZED),
        (403, Reason.FORBIDDEN),
        (404, Reason.STATUS),
        (429, Reason.THROTTLED),
        (500, Reason.STATUS),
        (503, Reason.STATUS),
        (304, Reason.REDIRECT),
    ],
)
async def test_unexpected_status_is_down_with_its_own_reason(status, reason):
    async with serve(answering(status)) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert seen.detail == f"answered {status}, expected 2xx"
    assert readings(seen)["probe_http_status_code"] == status


async def test_expected_status_is_up_whatever_it_is():
    async with serve(answering(503)) as url:
        seen = await seen_at(url, valid_status_codes=[200, 503])

    assert seen.status is Status.UP


@pytest.mark.parametrize("codes", [["2xx"], ["200-299"], [500, "200-204"], ["204"], []])
async def test_status_codes_may_be_classes_and_ranges(codes):
    async with serve(answering(204)) as url:
        good = await seen_at(url, valid_status_codes=codes)
    async with serve(answering(404)) as url:
        bad = await seen_at(url, valid_status_codes=codes)

    assert (good.status, readings(good)["probe_http_content_length"]) == (Status.UP, 0)
    assert bad.detail == f"answered 404, expected {', '.join(map(str, codes)) or '2xx'}"


async def test_brotli_is_asked_for_and_undone():
    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "br"
        return web.Response(body=brotli.compress(b"plain " * 100), headers={"Content-Encoding": "br"})

    async with serve(answer) as url:
        seen = await seen_at(url, compression="br", fail_if_body_not_matches_regexp=["^plain plain"])

    assert (seen.status, readings(seen)["probe_http_uncompressed_body_length"]) == (Status.UP, 600)


async def test_http2_is_spoken_when_its_version_is_asked_for():
    async with serve_tls(answering()) as server:
        trusted = {"tls_config": {"ca_file": server.ca_file}}
        seen = await seen_at(server.url, valid_http_versions=["HTTP/2.0"], **trusted)
        plain = await seen_at(server.url, enable_http2=True, **trusted)

    assert (seen.reason, seen.detail) == (Reason.PROTOCOL, "answered in HTTP/1.1, expected HTTP/2.0")
    assert plain.status is Status.UP


async def test_host_header_is_the_name_to_verify():
    async with serve_tls(answering(), names=("lgsp.example",)) as server:
        trusted = {"tls_config": {"ca_file": server.ca_file}}
        named = await seen_at(server.url, headers={"Host": "lgsp.example:443"}, **trusted)
        other = await seen_at(server.url, **trusted)

    assert (named.status, other.reason) == (Status.UP, Reason.CERTIFICATE_NAME)


async def test_proxy_credentials_reach_the_proxy_alone(tmp_path):
    heads = []
    (tmp_path / "proxy").write_text("Basic canary")

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    async with serve_stream(proxy) as address:
        settings = {
            "target": "https://lgsp.example/",
            "proxy_url": f"http://{address}/",
            "proxy_connect_header": {"Proxy-Authorization": [{"file": str(tmp_path / "proxy")}], "X-Way": ["a"]},
        }
        seen = await look(configured(HttpProbe, settings))

    assert b"Proxy-Authorization: Basic canary\r\nX-Way: a\r\n" in heads[0]
    assert (seen.reason, seen.detail) == (Reason.PROTOCOL, "the proxy answered 407 to CONNECT")


async def test_no_proxy_is_kept():
    async with serve(answering()) as url, refused() as proxy:
        direct = await seen_at(url, proxy_url=f"http://{proxy}/", no_proxy="lgsp.example, 127.0.0.0/8")
        through = await seen_at(url, proxy_url=f"http://{proxy}/", no_proxy="lgsp.example")

    assert (direct.status, through.reason) == (Status.UP, Reason.REFUSED)


async def test_detail_names_the_expected_codes():
    async with serve(answering(503)) as url:
        seen = await seen_at(url, valid_status_codes=[200])

    assert seen.detail == "answered 503, expected 200"


@pytest.mark.parametrize(
    ("settings", "reason", "detail"),
    [
        ({"fail_if_body_matches_regexp": ["mã lỗi"]}, Reason.CONTENT, "body matches 'mã lỗi'"),
        ({"fail_if_body_not_matches_regexp": ['"ok"']}, Reason.CONTENT, "body does not match '\"ok\"'"),
        ({"fail_if_body_not_matches_regexp": [r"ok:\s*0"]}, Reason.CONTENT, r"body does not match 'ok:\s*0'"),
        (
            {"fail_if_header_matches": [{"header": "X-State", "regexp": "bad"}]},
            Reason.HEADER,
            "header X-State matches 'bad'",
        ),
        (
            {"fail_if_header_not_matches": [{"header": "X-State", "regexp": "^good$"}]},
            Reason.HEADER,
            "header X-State does not match '^good$'",
        ),
        (
            {"fail_if_header_not_matches": [{"header": "X-None", "regexp": "x"}]},
            Reason.HEADER,
            "header X-None is missing",
        ),
        ({"fail_if_header_matches": [{"header": "X-None", "regexp": "x"}]}, Reason.HEADER, "header X-None is missing"),
    ],
)
async def test_pattern_that_fails_is_named(settings, reason, detail):
    async with serve(answering(text="có mã lỗi 17", headers={"X-State": "bad"})) as url:
        seen = await seen_at(url, **settings)

    assert (seen.status, seen.reason, seen.detail) == (Status.DOWN, reason, detail)
    assert readings(seen)["probe_failed_due_to_regex"] == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"fail_if_body_matches_regexp": ["fail"]},
        {"fail_if_body_not_matches_regexp": ['"error_code":\\s*0', "không"]},
        {"fail_if_header_matches": [{"header": "X-None", "regexp": "x", "allow_missing": True}]},
        {"fail_if_header_not_matches": [{"header": "x-state", "regexp": "bad|good"}]},
        {"valid_http_versions": ["HTTP/1.1", "HTTP/2.0"]},
        {"fail_if_ssl": True},
    ],
)
async def test_expectation_that_is_met_is_up(settings):
    async with serve(answering(text='{"error_code": 0, "text": "không"}', headers={"X-State": "bad"})) as url:
        seen = await seen_at(url, **settings)

    assert seen.status is Status.UP
    assert readings(seen)["probe_failed_due_to_regex"] == 0


async def test_one_of_several_values_of_a_header_is_enough():
    async with serve_stream(saying(b"HTTP/1.1 200 OK\r\nX-A: one\r\nX-A: two\r\nContent-Length: 0\r\n\r\n")) as address:
        matched = await seen_at(f"http://{address}/", fail_if_header_not_matches=[{"header": "X-A", "regexp": "two"}])
        refused_one = await seen_at(f"http://{address}/", fail_if_header_matches=[{"header": "X-A", "regexp": "two"}])

    assert matched.status is Status.UP
    assert refused_one.reason is Reason.HEADER


async def test_other_http_version_is_a_protocol_fault():
    async with serve_stream(saying(b"HTTP/1.0 200 OK\r\n\r\nok")) as address:
        seen = await seen_at(f"http://{address}/", valid_http_versions=["HTTP/1.1"])

    assert (seen.reason, seen.detail) == (Reason.PROTOCOL, "answered in HTTP/1.0, expected HTTP/1.1")


async def test_missing_tls_is_down_when_asked_for():
    async with serve(answering()) as url:
        seen = await seen_at(url, fail_if_not_ssl=True)

    assert (seen.reason, seen.detail) == (Reason.TLS, "answered without TLS, expected TLS")


async def test_request_is_sent_as_configured():
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.method, request.headers["X-Client"], await request.text()))
        return web.Response()

    async with serve(answer) as url:
        seen = await seen_at(url, method="POST", headers={"X-Client": "lgsp"}, body='{"mã": 1}')

    assert seen.status is Status.UP
    assert asked == [("POST", "lgsp", '{"mã": 1}')]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"authorization": {"credentials": {"file": "SECRET"}}}, "Bearer s3cret"),
        ({"authorization": {"type": "Key", "credentials": {"file": "SECRET"}}}, "Key s3cret"),
        ({"basic_auth": {"username": "lgsp", "password": {"file": "SECRET"}}}, "Basic bGdzcDpzM2NyZXQ="),
    ],
)
async def test_credentials_are_revealed_for_the_request_only(settings, expected, tmp_path):
    asked = []
    (tmp_path / "secret").write_text("s3cret\n")
    [(name, option)] = settings.items()
    secret = {"file": str(tmp_path / "secret")}
    option = {key: secret if isinstance(value, dict) else value for key, value in option.items()}

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers["Authorization"])
        return web.Response(status=401)

    async with serve(answer) as url:
        seen = await seen_at(url, **{name: option})

    assert asked == [expected]
    assert seen.reason is Reason.UNAUTHORIZED
    assert "s3cret" not in repr(seen)


async def test_secret_that_cannot_be_read_leaves_the_target_unknown(tmp_path):
    async with serve(answering()) as url:
        seen = await seen_at(url, authorization={"credentials": {"file": str(tmp_path / "missing")}})

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.SECRET)


async def test_redirects_are_followed_and_counted():
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/end":
            return web.Response(text="here")
        raise web.HTTPFound("/end")

    async with serve(answer) as url:
        followed = await seen_at(url)
        stayed = await seen_at(url, follow_redirects=False)

    assert followed.status is Status.UP
    assert readings(followed)["probe_http_redirects"] == 1
    assert (stayed.reason, stayed.detail) == (Reason.REDIRECT, "answered 302, expected 2xx")
    assert readings(stayed)["probe_http_redirects"] == 1


async def test_endless_redirects_are_down():
    async def answer(_: web.Request) -> web.Response:
        raise web.HTTPFound("/again")

    async with serve(answer) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REDIRECT)


async def test_slow_answer_is_degraded():
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.05)
        return web.Response()

    async with serve(answer) as url:
        slow = await seen_at(url, degraded_over="10ms")
        slower = await seen_at(url, degraded_over="10ms", down_over="20ms")
        fast = await seen_at(url, degraded_over="5s")

    assert (slow.status, slow.reason) == (Status.DEGRADED, Reason.SLOW)
    assert slow.detail.endswith(" s, limit 0.01 s")
    assert fast.status is Status.UP
    assert (slower.status, slower.reason) == (Status.DOWN, Reason.SLOW)


async def test_certificate_facts_are_measured():
    async with serve_tls(answering()) as server:
        seen = await seen_at(server.url, fail_if_not_ssl=True, tls_config={"ca_file": server.ca_file})

    assert seen.status is Status.UP
    assert readings(seen)["probe_http_ssl"] == 1
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()
    assert readings(seen)["probe_tls_version_info"] == 1


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        ({"ends": timedelta(days=-1)}, Reason.CERTIFICATE_EXPIRED),
        ({"names": ("other.example",)}, Reason.CERTIFICATE_NAME),
    ],
    ids=["expired", "other name"],
)
async def test_certificate_that_is_not_valid_is_down(server, reason):
    async with serve_tls(answering(), **server) as served:
        seen = await seen_at(served.url, tls_config={"ca_file": served.ca_file})

    assert (seen.status, seen.reason) == (Status.DOWN, reason)


async def test_compression_is_asked_for_and_undone():
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Accept-Encoding"))
        return web.Response(body=gzip.compress(b"plain " * 100), headers={"Content-Encoding": "gzip"})

    async with serve(answer) as url:
        seen = await seen_at(url, compression="gzip", fail_if_body_not_matches_regexp=["^plain plain"])

    assert seen.status is Status.UP
    assert asked == ["gzip"]
    assert readings(seen)["probe_http_uncompressed_body_length"] == 600


async def test_body_over_its_limit_is_down():
    async with serve(answering(text="x" * 2000)) as url:
        seen = await seen_at(url, body_size_limit="1KiB")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)


async def test_bomb_is_down_and_costs_little():
    bomb = gzip.compress(b"\0" * 100_000_000)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with serve(answer) as url:
        seen = await seen_at(url, compression="gzip", body_size_limit="64KiB")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)


async def test_body_that_drips_is_down_at_its_deadline():
    async with dripping(head=b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n") as address:
        seen = await look(HttpProbe(target=f"http://{address}/"), within=timedelta(milliseconds=300))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)


async def test_refused_connection_is_down():
    async with refused() as address:
        seen = await look(HttpProbe(target=f"http://{address}/"))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 100,
        b"220 smtp.example ESMTP\r\n",
        b"HTTP/1.1 999999999999999999999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n0123456789",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
    ],
)
async def test_broken_answer_is_the_targets_fault(data):
    async with serve_stream(saying(data)) as address:
        seen = await seen_at(f"http://{address}/")

    assert seen.status is Status.DOWN
    assert seen.reason in {Reason.PROTOCOL, Reason.DISCONNECTED, Reason.CONTENT}


@pytest.mark.parametrize("modified", ["", "yesterday", "Mon, 99 May 9999 99:99:99 +9999", "0" * 5000, "\x7f\x80"])
async def test_unreadable_date_is_left_out(modified):
    head = f"HTTP/1.1 200 OK\r\nLast-Modified: {modified}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")
    async with serve_stream(saying(head)) as address:
        seen = await seen_at(f"http://{address}/")

    assert seen.reason is not Reason.PLUGIN
    assert "probe_http_last_modified_timestamp_seconds" not in readings(seen)


@pytest.mark.parametrize(
    ("charset", "body", "found"),
    [
        ("utf-8", "quá tải".encode(), True),
        ("utf-16", "quá tải".encode("utf-16"), True),
        ("windows-1258", b"qu\xe1 t\xe0i", False),
        ("no-such-charset", "quá tải".encode(), True),
        ("cp999", "quá tải".encode(), True),
        ("utf-7", b"+2AA- qu\xc3\xa1 t\xe1\xba\xa3i", True),
        ("undefined", "quá tải".encode(), True),
        ("unicode_escape", b"\\ud800", False),
        ("utf-8", b"\xff\xfe qu\xc3\xa1 t\xe1\xba\xa3i \0\xf0", True),
    ],
)
async def test_patterns_see_text_in_the_charset_of_the_answer(charset, body, found):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": f"text/plain; charset={charset}"})

    async with serve(answer) as url:
        seen = await seen_at(url, fail_if_body_matches_regexp=["quá tải"])

    assert (seen.reason is Reason.CONTENT) is found


async def test_charset_that_is_expensive_to_read_is_not_believed():
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"-" + b"b" * 500_000, headers={"Content-Type": "text/plain; charset=punycode"})

    async with serve(answer) as url:
        began = asyncio.get_running_loop().time()
        seen = await seen_at(url, fail_if_body_not_matches_regexp=["^-b"])

    assert seen.status is Status.UP
    assert asyncio.get_running_loop().time() - began < 2


async def test_expensive_pattern_on_a_large_body_takes_no_time():
    async with serve(answering(text="a" * 500_000)) as url:
        began = asyncio.get_running_loop().time()
        seen = await seen_at(url, fail_if_body_matches_regexp=["(a*)*(a*)*(a|aa)+b"])

    assert seen.status is Status.UP
    assert asyncio.get_running_loop().time() - began < 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "ftp://lgsp.example/"}, "is not a URL"),
        ({"fail_if_ssl": True, "fail_if_not_ssl": True}, "refuse every answer"),
        (
            {"basic_auth": {"username": "u", "password": {"env": "A"}}, "authorization": {"credentials": {"env": "B"}}},
            "basic_auth or authorization",
        ),
        ({"fail_if_body_matches_regexp": ["(?=x)"]}, "is not a regular expression of RE2"),
        ({"compression": "zstd"}, "gzip"),
        ({"valid_status_code": [200]}, "valid_status_code"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(HttpProbe, {"target": "https://lgsp.example/", **settings})


async def rows_at(document: str, **settings) -> Observation | list[dict[str, object]]:
    """Return the rows a source finds in a JSON document, or what a probe that uses it would say."""
    found: list[dict[str, object]] = []

    class Rows:
        async def observe(self, vantage):
            found.extend([dict(row) async for row in source.rows(vantage)])
            return Observation(Status.UP)

    async with serve(answering(text=document, headers={"Content-Type": "application/json"})) as url:
        source = configured(HttpRows, {"url": url, **settings})
        seen = await look(Rows())
    return found if seen.status is Status.UP else seen


async def test_source_yields_the_rows_at_its_path():
    document = '{"result": {"items": [{"id": "a", "n": 1, "nested": {"x": 1}, "ok": true}, {"id": null}]}}'

    rows = await rows_at(document, path="result.items")

    assert rows == [{"id": "a", "n": 1, "ok": True}, {"id": None}]


async def test_source_yields_the_lines_of_separated_values():
    document = '\ufeffid;name ;n\r\n1;"a;""b""\nc";5\r\n\r\n2;;\r\n'

    rows = await rows_at(document, format="csv", delimiter=";")

    assert rows == [{"id": "1", "name": 'a;"b"\nc', "n": "5"}, {"id": "2", "name": "", "n": ""}]


@pytest.mark.parametrize(
    ("document", "settings", "reason"),
    [
        ("", {}, Reason.CONTENT),
        ("a,a\n1,2\n", {}, Reason.CONTENT),
        ("a,\n1,2\n", {}, Reason.CONTENT),
        ("a,b\n1\n", {}, Reason.CONTENT),
        ('a,b\n1,"2\n', {}, Reason.CONTENT),
        ("a\n" + "x" * 200_000, {}, Reason.CONTENT),
        ("a\n1\n2\n", {"max_rows": 1}, Reason.TOO_LARGE),
    ],
)
async def test_separated_values_that_cannot_be_read_are_the_targets_fault(document, settings, reason):
    assert (await rows_at(document, format="csv", **settings)).reason is reason


@pytest.mark.parametrize("settings", [{"delimiter": "ab"}, {"delimiter": ""}, {"format": "csv", "path": "a"}])
def test_settings_of_a_source_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError, match=r"delimiter|path"):
        configured(HttpRows, {"url": "http://127.0.0.1/", **settings})


@pytest.mark.parametrize(
    ("document", "settings", "reason"),
    [
        ('{"result": 5}', {"path": "result"}, Reason.CONTENT),
        ("[1, 2]", {}, Reason.CONTENT),
        ("[" * 100_000, {}, Reason.CONTENT),
        ("not json", {}, Reason.CONTENT),
        ('[{"a": 1}, {"a": 2}]', {"max_rows": 1}, Reason.TOO_LARGE),
    ],
)
async def test_source_without_rows_is_the_targets_fault(document, settings, reason):
    seen = await rows_at(document, **settings)

    assert isinstance(seen, Observation)
    assert (seen.status, seen.reason) == (Status.DOWN, reason)


@pytest.mark.parametrize(
    ("code", "fault", "shown"),
    [
        (
            "Server.ClientProxy.SslAuthenticationFailed",
            FaultDomain.CONSUMER,
            "Server.ClientProxy.SslAuthenticationFailed",
        ),
        ("server.SERVERPROXY.service_failed", FaultDomain.PROVIDER, "server.SERVERPROXY.service_failed"),
        ("Client.Malformed", FaultDomain.CONSUMER, "Client.Malformed"),
        ("Server.Other", FaultDomain.PROVIDER, "Server.Other"),
        ("Nguyen Van A is not a member", None, "without a code"),
        ("Server.ClientProxy" + "x" * 200, FaultDomain.PROVIDER, "without a code"),
    ],
)
async def test_error_of_x_road_says_on_which_side_it_broke(code, fault, shown):
    async with serve(answering(500, headers={"X-Road-Error": code})) as url:
        seen = await seen_at(url)

    assert (seen.reason, seen.fault) == (Reason.STATUS, fault)
    assert seen.detail == f"answered 500 (X-Road-Error {shown}), expected 2xx"


@pytest.mark.parametrize(
    ("headers", "reason", "detail"),
    [
        ({"Retry-After": "120"}, Reason.MAINTENANCE, "answered 503 (retry after 120 s), expected 2xx"),
        (
            {"Retry-After": "Mon, 04 May 2026 01:02:03 GMT"},
            Reason.MAINTENANCE,
            "answered 503 (retry after 2026-05-04 01:02:03 UTC), expected 2xx",
        ),
        ({"Retry-After": "call Nguyen Van A"}, Reason.MAINTENANCE, "answered 503, expected 2xx"),
        ({}, Reason.STATUS, "answered 503, expected 2xx"),
    ],
)
async def test_503_that_says_when_it_ends_is_maintenance(headers, reason, detail):
    async with serve(answering(503, headers=headers)) as url:
        seen = await seen_at(url)

    assert (seen.status, seen.reason, seen.detail) == (Status.DOWN, reason, detail)


async def test_header_of_an_expected_answer_blames_nobody():
    async with serve(answering(500, headers={"X-Road-Error": "Server.ClientProxy.X", "Retry-After": "1"})) as url:
        seen = await seen_at(url, valid_status_codes=[500])

    assert (seen.status, seen.fault) == (Status.UP, None)
