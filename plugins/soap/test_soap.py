"""A SOAP service is judged by its answer: a fault says who has to act, and credentials go as WS-Security has it."""

import hashlib
import re
from base64 import b64decode, b64encode
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import datashare_monitor_soap
import pytest
from aiohttp import web
from datashare_monitor_soap import SoapProbe, SoapRows
from datashare_monitor_soap.readings import FAULT
from lxml import etree
from remains import nothing, remains

from monitor.plugin import FaultDomain, Reason, Status, up
from monitor.testing import assert_conforms, configured, dripping, look, refused, run, serve, serve_tls, stalled
from monitor.testing.looks import looking

SPACES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
ACTION = "urn:population:Count"
PASSWORD = "canary <pass> & word"
COUNT = "urn:population"
TIMEOUT = timedelta(milliseconds=400)
MARGIN_SECONDS = 0.25


@dataclass
class Service:
    """A service that counts people; what its specifications do not allow gets a fault.

    Attributes:
        users: Passwords by name; nobody has to give one when it is empty.
        asked: The bodies of calls that were accepted.
    """

    version: str = "1.1"
    users: dict[str, str] = field(default_factory=dict)
    kind: str = "PasswordDigest"
    answer: bytes | None = None
    status: int = 200
    content_type: str = ""
    nonces: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        if self.answer is not None:
            kind = self.content_type or "text/xml"
            return web.Response(status=self.status, body=self.answer, headers={"Content-Type": kind})
        if request.method != "POST" or not self.is_typed(request):
            return web.Response(status=415)
        root = etree.fromstring(await request.read(), etree.XMLParser(resolve_entities=False))
        space = f"{{{SPACES[self.version]}}}"
        if root.tag != f"{space}Envelope":
            return self.fault("VersionMismatch")
        if [child.tag for child in root] not in ([f"{space}Body"], [f"{space}Header", f"{space}Body"]):
            return self.fault("Client")
        if self.users and (problem := self.problem(root.find(f"{space}Header"), space)):
            return self.fault(f"wsse:{problem}")
        body = root.find(f"{space}Body")
        if [child.tag for child in body] != [f"{{{COUNT}}}Count"]:
            return self.fault("Client.UnknownOperation")
        self.asked.append(etree.tostring(body[0], method="text", encoding="unicode"))
        return self.reply(f'<n:CountResponse xmlns:n="{COUNT}"><n:people>17</n:people></n:CountResponse>')

    def is_typed(self, request: web.Request) -> bool:
        kind = request.headers.get("Content-Type", "")
        if self.version == "1.1":
            return kind == "text/xml; charset=utf-8" and request.headers.get("SOAPAction") == f'"{ACTION}"'
        is_bare = "SOAPAction" not in request.headers
        return kind == f'application/soap+xml; charset=utf-8; action="{ACTION}"' and is_bare

    def problem(self, header, space) -> str:
        """Return what is wrong with the UsernameToken by its profile, nonces that are replayed included."""
        blocks = [] if header is None else header.findall(f"{{{WSSE}}}Security")
        if len(blocks) != 1 or blocks[0].get(f"{space}mustUnderstand") != "1":
            return "InvalidSecurity"
        tokens = blocks[0].findall(f"{{{WSSE}}}UsernameToken")
        found = {child.tag.rpartition("}")[2]: child for child in tokens[0]} if len(tokens) == 1 else {}
        if list(found) != ["Username", "Password", "Nonce", "Created"] or found["Created"].tag != f"{{{WSU}}}Created":
            return "InvalidSecurityToken"
        nonce, created = found["Nonce"].text, found["Created"].text
        if found["Nonce"].get("EncodingType") != BASE64 or len(b64decode(nonce, validate=True)) != 16:
            return "InvalidSecurityToken"
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created):
            return "InvalidSecurityToken"
        age = abs(datetime.now(UTC) - datetime.fromisoformat(created))
        if nonce in self.nonces or age > timedelta(minutes=5):
            return "FailedAuthentication"
        self.nonces.add(nonce)
        if found["Password"].get("Type") != f"{PROFILE}#{self.kind}":
            return "UnsupportedSecurityToken"
        password = self.users.get(found["Username"].text, "")
        digested = hashlib.sha1(b64decode(nonce) + created.encode() + password.encode()).digest()
        expected = b64encode(digested).decode() if self.kind == "PasswordDigest" else password
        return "" if password and found["Password"].text == expected else "FailedAuthentication"

    def reply(self, body: str, status: int = 200) -> web.Response:
        text = f'<s:Envelope xmlns:s="{SPACES[self.version]}"><s:Body>{body}</s:Body></s:Envelope>'
        kind = "text/xml" if self.version == "1.1" else "application/soap+xml"
        return web.Response(status=status, text=text, content_type=kind)

    def fault(self, code: str) -> web.Response:
        return self.reply(fault_of(self.version, code), 500)


def fault_of(version: str, *codes: str) -> str:
    """Return a fault; its text names a person."""
    first = codes[0] if ":" in codes[0] else f"s:{codes[0]}"
    if version == "1.1":
        code = f'<faultcode xmlns:wsse="{WSSE}">{first}</faultcode>'
        return f"<s:Fault>{code}<faultstring>canary 079012345678</faultstring></s:Fault>"
    subcodes = "".join(f"<s:Subcode><s:Value>{code}</s:Value>" for code in codes[1:]) + "</s:Subcode>" * len(codes[1:])
    code = f'<s:Code xmlns:wsse="{WSSE}"><s:Value>{first}</s:Value>{subcodes}</s:Code>'
    reason = '<s:Reason><s:Text xml:lang="vi">canary 079012345678</s:Text></s:Reason>'
    return f"<s:Fault>{code}{reason}</s:Fault>"


def settings_for(url, **options):
    body = f'<Count xmlns="{COUNT}"><year>2026</year></Count>'
    return {"target": f"{url}/population", "action": ACTION, "body": body, **options}


@asynccontextmanager
async def service(version="1.1", **options):
    served = Service(version=version)
    async with serve(served.respond) as url:
        yield served, configured(SoapProbe, settings_for(url, version=version, **options))


async def seen_of(answer, status=200, content_type="", **options):
    async with service(**options) as (served, probe):
        served.answer, served.status, served.content_type = answer, status, content_type
        return await look(probe)


def enveloped(body, version="1.1"):
    return f'<s:Envelope xmlns:s="{SPACES[version]}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


def values(seen):
    return {reading.measure.name: reading.value for reading in seen.readings}


def token(folder, **options):
    (folder / "password").write_text(PASSWORD)
    return {"username": "monitor", "password": {"file": str(folder / "password")}, **options}


async def test_plugin_conforms():
    await assert_conforms(
        datashare_monitor_soap, lambda address: configured(SoapProbe, settings_for(f"http://{address}"))
    )


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_a_call_that_is_answered_is_up_and_its_numbers_are_readings(version):
    readings = {"people": {"xml": "//n:people", "namespaces": {"n": COUNT}}}
    async with service(version, readings=readings) as (served, probe):
        outcome = await run(probe)

    seen = values(outcome.observation)
    assert (outcome.observation.status, outcome.observation.detail) == (Status.UP, "answered")
    assert (seen["probe_people"], seen["probe_soap_fault"], seen["probe_http_status_code"]) == (17, 0, 200)
    assert seen["probe_soap_call_seconds"] > 0
    assert served.asked == ["2026"]


@pytest.mark.parametrize(
    ("limit", "level", "status"),
    [(20, "degraded", Status.UP), (17, "degraded", Status.DEGRADED), (17, "down", Status.DOWN)],
)
async def test_expectations_by_xpath_have_levels(limit, level, status):
    rule = {"xml": "//n:people", "namespaces": {"n": COUNT}, "less_than": limit, "level": level, "reason": "backlog"}
    async with service(assertions=[rule]) as (_, probe):
        seen = await look(probe)

    assert seen.status is status
    assert seen.reason is (None if status is Status.UP else Reason.BACKLOG)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("kind", ["digest", "text"])
async def test_a_username_token_is_accepted_by_its_profile(version, kind, tmp_path):
    served = Service(version=version, users={"monitor": PASSWORD}, kind=f"Password{kind.capitalize()}")
    async with serve_tls(served.respond) as server, looking() as run_once:
        settings = settings_for(
            server.url,
            version=version,
            username_token=token(tmp_path, type=kind),
            tls_config={"ca_file": server.ca_file},
        )
        probe = configured(SoapProbe, settings)
        seen = [(await run_once(probe)).observation for _ in range(2)]

    assert [one.status for one in seen] == [Status.UP, Status.UP]
    assert len(served.nonces) == 2
    assert values(seen[0])["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_a_wrong_password_is_the_consumers_fault(version, tmp_path):
    async with service(version, username_token=token(tmp_path)) as (served, probe):
        served.users = {"monitor": "another"}
        seen = await look(probe)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, Reason.UNAUTHORIZED, FaultDomain.CONSUMER)
    assert seen.detail == "answered 500 with the fault FailedAuthentication"
    assert "canary" not in repr(seen)


async def test_runs_leave_nothing(tmp_path):
    readings = {"people": {"xml": "//n:people", "namespaces": {"n": COUNT}}}
    async with service(readings=readings, username_token=token(tmp_path)) as (served, probe):
        served.users = {"monitor": PASSWORD}
        right = await remains(probe)
        served.users = {"monitor": "another"}
        wrong = await remains(probe)

    assert right == nothing("up")
    assert wrong == nothing("down unauthorized")


async def test_a_token_may_say_how_long_the_message_is_good(tmp_path):
    bodies = []

    async def answer(request: web.Request) -> web.Response:
        bodies.append(etree.fromstring(await request.read()))
        return Service().reply("<ok/>")

    async with serve(answer) as url:
        settings = settings_for(url, username_token=token(tmp_path, expires="5m", must_understand=False))
        await look(configured(SoapProbe, settings))

    [created, expires] = [
        datetime.fromisoformat(node.text) for node in bodies[0].iter(f"{{{WSU}}}Timestamp").__next__()
    ]
    assert expires - created == timedelta(minutes=5)
    assert not bodies[0].xpath("//@*[local-name()='mustUnderstand']")


async def test_a_secret_in_the_body_is_escaped_and_never_repeated(tmp_path):
    (tmp_path / "password").write_text(PASSWORD)
    body = f'<Count xmlns="{COUNT}"><pass a="{{secret:password}}">{{secret:password}}</pass></Count>'
    options = {"body": body, "secrets": {"password": {"file": str(tmp_path / "password")}}}
    rule = {"xml": "string(//said)", "equals": "well"}
    async with service(**options, allow_cleartext_password=True, assertions=[rule]) as (served, probe):
        await look(probe)
        served.answer = enveloped("<said>canary &lt;pass&gt; &amp; word</said>")
        seen = await look(probe)

    assert served.asked == [PASSWORD]
    assert seen.detail == "string(//said) == well (was a text)"


@pytest.mark.parametrize(
    ("version", "codes", "reason", "fault", "written"),
    [
        ("1.1", ("Client",), Reason.SERVICE_FAULT, FaultDomain.CONSUMER, "Client"),
        ("1.1", ("Server",), Reason.SERVICE_FAULT, FaultDomain.PROVIDER, "Server"),
        ("1.1", ("Server.Database",), Reason.SERVICE_FAULT, FaultDomain.PROVIDER, "Server.Database"),
        ("1.1", ("MustUnderstand",), Reason.SERVICE_FAULT, FaultDomain.CONSUMER, "MustUnderstand"),
        ("1.1", ("Client.Authentication",), Reason.UNAUTHORIZED, FaultDomain.CONSUMER, "Client.Authentication"),
        ("1.1", ("x:Own",), Reason.SERVICE_FAULT, None, "Own"),
        ("1.1", ("x:a person: canary",), Reason.SERVICE_FAULT, None, "without a code"),
        ("1.2", ("Sender",), Reason.SERVICE_FAULT, FaultDomain.CONSUMER, "Sender"),
        (
            "1.2",
            ("Receiver", "x:Database", "x:Full"),
            Reason.SERVICE_FAULT,
            FaultDomain.PROVIDER,
            "Receiver.Database.Full",
        ),
        ("1.2", ("Sender", "wsse:FailedAuthentication"), Reason.UNAUTHORIZED, FaultDomain.CONSUMER, "Sender.Failed"),
        ("1.2", ("DataEncodingUnknown",), Reason.SERVICE_FAULT, FaultDomain.CONSUMER, "DataEncodingUnknown"),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_fault_is_an_answer_and_says_who_has_to_act(version, codes, reason, fault, written, status):
    seen = await seen_of(enveloped(fault_of(version, *codes), version), status, version=version)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, reason, fault)
    assert seen.detail.startswith(f"answered {status} with the fault {written}")
    assert FAULT(1) in seen.readings
    assert "canary" not in repr(seen)
    assert "079012345678" not in repr(seen)


async def test_a_fault_may_be_degraded_or_a_good_answer():
    answer = enveloped(fault_of("1.1", "Client.NotFound"))

    milder = await seen_of(answer, 500, fault_level="degraded")
    accepted = await seen_of(answer, 500, accepted_faults=["client.notfound"])

    assert (milder.status, milder.fault) == (Status.DEGRADED, FaultDomain.CONSUMER)
    assert accepted.status is Status.UP
    assert accepted.detail == "answered with the fault Client.NotFound, which is accepted"


@pytest.mark.parametrize(
    ("status", "reason", "fault"),
    [
        (401, Reason.UNAUTHORIZED, FaultDomain.CONSUMER),
        (403, Reason.FORBIDDEN, FaultDomain.PROVIDER),
        (500, Reason.STATUS, None),
        (302, Reason.REDIRECT, None),
    ],
)
async def test_a_status_without_an_envelope_is_judged_by_itself(status, reason, fault):
    seen = await seen_of(b"<html>canary</html>", status, "text/html")

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, reason, fault)
    assert "canary" not in repr(seen)


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (b"", "not well-formed"),
        (b"<html>canary</html>", "no envelope of SOAP"),
        (b"{}", "not well-formed"),
        (b"<a>" * 10_000, "not well-formed"),
        (enveloped("<ok/>").replace(b"<s:Body><ok/></s:Body>", b""), "the envelope has no body"),
        (b'<!DOCTYPE x [<!ENTITY e "canary">]>' + enveloped("&e;"), "DOCTYPE, which is not read"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + enveloped("&e;"), "DOCTYPE, which is not read"),
        (b'<?xml version="1.0" encoding="x-none"?>' + enveloped("<ok/>"), "of its encoding"),
        (b'<?xml version="1.0" encoding="utf-7"?>' + enveloped("<ok/>"), "of its encoding"),
    ],
)
async def test_an_answer_that_is_no_envelope_is_down(answer, detail):
    seen = await seen_of(answer)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert detail in seen.detail
    assert "canary" not in repr(seen)


async def test_an_answer_in_the_other_version_is_down():
    seen = await seen_of(enveloped("<ok/>", "1.2"))

    assert (seen.reason, seen.detail) == (Reason.PROTOCOL, "answered in SOAP 1.2, asked in SOAP 1.1")


async def test_an_answer_over_its_limit_is_too_large():
    seen = await seen_of(enveloped("<a/>" * 100_000), body_size_limit="64KiB")

    assert seen.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
async def test_the_first_part_of_several_is_the_message(newline):
    lines = [
        b"--x y",
        b"Content-Type: application/xop+xml; charset=UTF-8",
        b"",
        enveloped("<ok/>"),
        b"--x y",
        b"",
        b"\x00",
    ]
    seen = await seen_of(newline.join([*lines, b"--x y--", b""]), content_type='multipart/related; boundary="x y"')

    assert seen.status is Status.UP


@pytest.mark.parametrize("kind", ["multipart/related", "multipart/related; boundary=x"])
async def test_parts_that_are_none_are_down(kind):
    seen = await seen_of(enveloped("<ok/>"), content_type=kind)

    assert (seen.reason, seen.detail) == (Reason.CONTENT, "the answer has the type multipart, and no parts")


@pytest.mark.parametrize("broken", [stalled, dripping, refused])
async def test_a_call_ends_by_the_deadline(broken):
    async with broken() as address:
        outcome = await run(configured(SoapProbe, settings_for(f"http://{address}")), within=TIMEOUT)

    assert outcome.observation.status is Status.DOWN
    assert outcome.duration_seconds < TIMEOUT.total_seconds() + MARGIN_SECONDS


async def rows_of(answer, **options):
    found = []

    class Reading:
        async def observe(self, vantage):
            found.extend([row async for row in source.rows(vantage)])
            return up()

    served = Service(answer=answer, status=options.pop("status", 200))
    async with serve(served.respond) as url:
        settings = {"rows_at": "//item", "cells": {"id": "@id", "name": "name", "size": "count(*)"}, **options}
        source = configured(SoapRows, settings_for(url, **settings))
        return await look(Reading()), found


async def test_rows_are_what_xpath_finds():
    seen, rows = await rows_of(enveloped('<item id="1"><name>a</name></item><item><name/></item>'))

    assert seen.status is Status.UP
    assert rows == [{"id": "1", "name": "a", "size": 1.0}, {"id": None, "name": "", "size": 1.0}]


@pytest.mark.parametrize(
    ("answer", "options", "reason"),
    [
        (enveloped(fault_of("1.1", "Server")), {}, Reason.SERVICE_FAULT),
        (enveloped("<item/><item/>"), {"max_rows": 1}, Reason.TOO_LARGE),
        (enveloped("<item/>"), {"rows_at": "count(//item)"}, Reason.CONTENT),
        (enveloped("<item/>"), {"rows_at": "//item/@*|//text()|//item/namespace::*"}, Reason.CONTENT),
        (b"<html/>", {}, Reason.CONTENT),
    ],
)
async def test_rows_that_are_none_are_refused(answer, options, reason):
    seen, rows = await rows_of(answer, **options)

    assert (seen.status, seen.reason, rows) == (Status.DOWN, reason, [])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"body": ""}, "write target and body both"),
        ({"body": "<a>"}, "body is not XML that can stand in an envelope: write whole elements"),
        ({"body": "<n:a/>"}, "with a namespace for each prefix"),
        ({"body": "<a/>text"}, "there is text outside of its elements"),
        ({"body": "text"}, "there is text outside of its elements"),
        ({"body": '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'}, "body is not XML"),
        ({"body": "<a>{secret:b}</a>"}, "there is no secret b; write it under secrets"),
        ({"secrets": {"b": {"env": "B"}}}, "b is not used"),
        ({"body": "<a>{secret:b}</a>", "secrets": {"b": {"env": "B"}}}, "the password would go out in the clear"),
        ({"username_token": {"username": "a", "password": {"env": "B"}, "type": "text"}}, "would go out in the clear"),
        ({"username_token": {"username": " ", "password": {"env": "B"}}}, "username is empty"),
        ({"version": "1.0"}, "'1.1' or '1.2'"),
        ({"action": 'a"b'}, "action is a URI"),
        ({"headers": {"soapaction": "x"}}, "the header soapaction is written by the monitor"),
        ({"operation": "Count"}, "write wsdl, too"),
        ({"assertions": [{"xml": "//n:a", "equals": 1}]}, "uses the prefix n"),
        ({"readings": {"soap_fault": {"xml": "//a"}}}, "which the monitor itself reports"),
        ({"body_size_limit": "1GiB"}, "4MiB at most"),
    ],
)
def test_configuration_that_makes_no_sense_is_refused(options, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        configured(SoapProbe, settings_for("http://dancu.example", **options))


def test_nothing_to_look_at_is_refused():
    with pytest.raises(ValueError, match="write target and body for a call, or wsdl"):
        configured(SoapProbe, {})
