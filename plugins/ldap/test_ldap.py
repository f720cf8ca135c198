"""A directory is bound to and searched, each result has its reason, and no answer can break or exhaust the probe."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import datashare_monitor_ldap
import pytest
from datashare_monitor_ldap import LdapProbe, ber, directory
from datashare_monitor_ldap.filters import encoded
from datashare_monitor_ldap.results import result
from ports import free_port
from remains import nothing, remains

from monitor.plugin import Observation, Reason, Status
from monitor.testing import assert_conforms, configured, look, refused, run, serve_stream, serve_tls, stalled

WITHIN = timedelta(milliseconds=400)
SUFFIX = "dc=agency,dc=example"
ADMIN = f"cn=admin,{SUFFIX}"
SETTINGS = f"""
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {{folder}}/pid
TLSCertificateFile {{folder}}/chain.pem
TLSCertificateKeyFile {{folder}}/key.pem
database mdb
suffix "{SUFFIX}"
rootdn "{ADMIN}"
rootpw s3cret
directory {{folder}}/data
maxsize 10485760
access to dn.subtree="ou=closed,{SUFFIX}" by * disclose
access to attrs=userPassword by * auth
access to * by * read
"""
ENTRIES = f"""dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
dc: agency
o: Sở Thông tin

dn: ou=people,{SUFFIX}
objectClass: organizationalUnit
ou: people

dn: ou=closed,{SUFFIX}
objectClass: organizationalUnit
ou: closed

""" + "\n".join(
    f"dn: cn=one{number},ou=people,{SUFFIX}\nobjectClass: person\ncn: one{number}\nsn: (x*) {number}\n"
    for number in range(5)
)


def readings(seen: Observation) -> dict[str, float]:
    return {".".join((reading.measure.name, *reading.labels)): reading.value for reading in seen.readings}


async def seen_at(address: str, *, within: timedelta = timedelta(seconds=5), **settings) -> Observation:
    return await look(configured(LdapProbe, {"target": address, **settings}), within=within)


@dataclass(frozen=True, kw_only=True)
class Slapd:
    plain: str
    secure: str
    ca_file: str
    password: dict[str, str]
    wrong: dict[str, str]


@contextmanager
def slapd(folder: Path, server: str, loader: str):
    """Run OpenLDAP's server, without rights, on free ports."""
    (folder / "data").mkdir()
    (folder / "slapd.conf").write_text(SETTINGS.format(folder=folder))
    (folder / "entries.ldif").write_text(ENTRIES)
    (folder / "password").write_text("s3cret\n")
    (folder / "wrong").write_text("wr0ng\n")
    for each in (folder, folder / "data"):
        each.chmod(0o777)
    for each in folder.glob("*.*"):
        each.chmod(0o644)
    rights = ["--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    rights = ["setpriv", "--pdeathsig=KILL", *rights]
    conf = ["-f", str(folder / "slapd.conf")]
    subprocess.run([*rights, loader, *conf, "-l", str(folder / "entries.ldif")], check=True, timeout=30)
    plain, secure = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [*rights, server, *conf, "-d", "0", "-h", f"ldap://{plain} ldaps://{secure}"], stdout=log, stderr=log
        ) as running,
    ):
        try:
            wait_for(plain, running)
            yield Slapd(
                plain=plain,
                secure=secure,
                ca_file=str(folder / "ca.pem"),
                password={"file": str(folder / "password")},
                wrong={"file": str(folder / "wrong")},
            )
        finally:
            running.terminate()


def wait_for(address: str, running: subprocess.Popen) -> None:
    host, _, port = address.partition(":")
    until = time.monotonic() + 20
    while time.monotonic() < until and running.poll() is None:
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("slapd did not start")


@pytest.fixture(scope="module")
def server(need):
    async def certificates(folder: Path) -> None:
        async with serve_tls() as files:
            for each in Path(files.ca_file).parent.iterdir():
                shutil.copy(each, folder)

    with tempfile.TemporaryDirectory(prefix="ldap") as name:
        asyncio.run(certificates(Path(name)))
        with slapd(Path(name), need("slapd", "slapd"), need("slapadd", "slapd")) as running:
            yield running


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_ldap, lambda address: configured(LdapProbe, {"target": address}))


@pytest.mark.services
async def test_anonymous_bind_is_up_and_measured(server):
    outcome = await run(configured(LdapProbe, {"target": server.plain}))

    seen = outcome.observation
    assert (seen.status, seen.detail) == (Status.UP, "bound")
    assert set(outcome.phases) == {"resolve", "connect", "bind"}
    assert readings(seen) == {"probe_ldap_ssl": 0, "probe_ldap_result_code": 0}


@pytest.mark.services
@pytest.mark.parametrize("way", ["tls", "starttls"])
async def test_simple_bind_over_tls_is_up(server, way):
    target = server.secure if way == "tls" else server.plain
    settings = {way: True, "tls_config": {"ca_file": server.ca_file}, "bind_dn": ADMIN}

    seen = await seen_at(target, **settings, password=server.password)
    wrong = await seen_at(target, **settings, password=server.wrong)
    stranger = await seen_at(target, **{way: True})

    assert seen.status is Status.UP, seen.detail
    assert readings(seen)["probe_ldap_ssl"] == 1
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] > time.time()
    assert (wrong.status, wrong.reason) == (Status.DOWN, Reason.UNAUTHORIZED)
    assert wrong.detail == "answered the bind with invalidCredentials (49)"
    assert readings(wrong)["probe_ldap_result_code"] == 49
    assert (stranger.status, stranger.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)
    expiry = "probe_ssl_earliest_cert_expiry"
    assert readings(stranger)[expiry] == readings(seen)[expiry]
    assert "wr0ng" not in repr(wrong)


@pytest.mark.services
@pytest.mark.parametrize(
    ("search", "entries"),
    [
        ({}, 1),
        ({"base": SUFFIX, "scope": "sub", "filter": "(objectClass=person)", "min_entries": 5}, 5),
        ({"base": SUFFIX, "scope": "sub", "filter": "(objectClass=person)", "min_entries": 3}, 3),
        ({"base": SUFFIX, "scope": "one", "max_entries": 3}, 1),
        ({"base": SUFFIX, "scope": "sub", "filter": "(&(cn=one*)(!(cn=one1)))", "max_entries": 4}, 4),
        ({"base": SUFFIX, "scope": "sub", "filter": r"(sn=\28x\2a\29 3)", "max_entries": 1}, 1),
        ({"base": SUFFIX, "scope": "sub", "filter": "(cn:caseExactMatch:=one2)", "max_entries": 1}, 1),
        ({"base": SUFFIX, "filter": "(|(o=Sở Thông tin)(o>=z)(o~=so))", "max_entries": 1}, 1),
        ({"base": SUFFIX, "scope": "sub", "filter": "(cn=nobody)", "min_entries": 0, "max_entries": 0}, 0),
        ({"base": SUFFIX, "attributes": ["o"], "expect": "^o: Sở"}, 1),
        ({"attributes": ["*", "+"], "expect": "^supportedLDAPVersion: 3$"}, 1),
        ({"attributes": ["namingContexts"], "expect": f"^namingContexts: {SUFFIX}$"}, 1),
        (
            {
                "base": SUFFIX,
                "scope": "sub",
                "filter": "(cn=*)",
                "attributes": ["1.1", "cn"],
                "max_entries": 5,
                "expect": "^cn: one4$",
            },
            5,
        ),
    ],
)
async def test_search_that_finds_what_is_expected_is_up(server, search, entries):
    seen = await seen_at(server.plain, search=search)

    assert seen.status is Status.UP, seen.detail
    assert readings(seen)["probe_ldap_entries"] == entries


@pytest.mark.services
@pytest.mark.parametrize(
    ("search", "reason", "detail"),
    [
        ({"base": "dc=other,dc=example"}, Reason.CONTENT, "answered the search with noSuchObject (32)"),
        ({"base": "dc=agency,,dc=example"}, Reason.CONTENT, "answered the search with invalidDNSyntax (34)"),
        (
            {"base": SUFFIX, "scope": "sub", "filter": "(objectClass=person)", "min_entries": 6},
            Reason.CONTENT,
            "5 entries, expected 6 or more",
        ),
        (
            {"base": f"ou=closed,{SUFFIX}"},
            Reason.FORBIDDEN,
            "answered the search with insufficientAccessRights (50)",
        ),
        ({"base": SUFFIX, "filter": "(cn=nobody)"}, Reason.CONTENT, "0 entries, expected 1 or more"),
        (
            {"base": SUFFIX, "scope": "sub", "max_entries": 2},
            Reason.CONTENT,
            "more than 2 entries, the most expected",
        ),
        (
            {"base": SUFFIX, "attributes": ["*"], "expect": "^o: Bộ"},
            Reason.CONTENT,
            "no attribute of 1 entry matches '^o: Bộ'",
        ),
    ],
)
async def test_search_that_does_not_is_down(server, search, reason, detail):
    seen = await seen_at(server.plain, search=search)

    assert (seen.status, seen.reason, seen.detail) == (Status.DOWN, reason, detail)


@pytest.mark.services
async def test_version_and_name_of_tls_are_those_that_are_asked_for(server):
    settings = {"tls": True, "tls_config": {"ca_file": server.ca_file, "max_version": "TLS12"}}
    old = await seen_at(server.secure, **settings)
    other = {"tls": True, "tls_config": {"ca_file": server.ca_file, "server_name": "db.example"}}
    named = await seen_at(server.secure, **other)
    anybody = await seen_at(server.plain, starttls=True, tls_config={"insecure_skip_verify": True})

    assert readings(old)["probe_tls_version_info.TLS 1.2"] == 1
    assert (named.status, named.reason) == (Status.DOWN, Reason.CERTIFICATE_NAME)
    assert anybody.status is Status.UP


@pytest.mark.services
@pytest.mark.parametrize(
    ("bind_dn", "reason", "code"),
    [("garbage", Reason.CONTENT, 34), (f"cn=nobody,{SUFFIX}", Reason.UNAUTHORIZED, 49)],
)
async def test_name_that_cannot_bind_is_down(server, bind_dn, reason, code):
    seen = await seen_at(server.plain, bind_dn=bind_dn, password=server.password, allow_cleartext_password=True)

    assert (seen.status, seen.reason, readings(seen)["probe_ldap_result_code"]) == (Status.DOWN, reason, code)


@pytest.mark.services
@pytest.mark.parametrize(("family", "expected"), [("ip4", (Status.UP, None)), ("ip6", (Status.DOWN, Reason.DNS))])
async def test_family_is_the_one_that_is_asked_for(server, family, expected):
    seen = await seen_at(server.plain, preferred_ip_protocol=family, ip_protocol_fallback=False)

    assert (seen.status, seen.reason) == expected


@pytest.mark.services
async def test_password_may_go_out_in_the_clear_when_told_so(server):
    seen = await seen_at(server.plain, bind_dn=ADMIN, password=server.password, allow_cleartext_password=True)

    assert seen.status is Status.UP, seen.detail


@pytest.mark.services
@pytest.mark.parametrize("way", ["tls", "starttls"])
async def test_runs_leave_nothing(server, way):
    target = server.secure if way == "tls" else server.plain
    door = {"target": target, "bind_dn": ADMIN, "tls_config": {"ca_file": server.ca_file}, way: True}

    left = await remains(
        configured(LdapProbe, {**door, "password": server.password, "search": {"base": SUFFIX}}),
        configured(LdapProbe, {**door, "password": server.wrong}),
    )

    assert left == nothing("up", "down unauthorized")


async def test_empty_password_is_never_sent(tmp_path):
    (tmp_path / "empty").write_text("\n")
    async with stalled() as address:
        seen = await seen_at(
            address, bind_dn=ADMIN, password={"file": str(tmp_path / "empty")}, allow_cleartext_password=True
        )

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.SECRET)


def ended(tag: int, code: int, message: bytes = b"", *, number: int = 1) -> bytes:
    operation = ber.written(tag, ber.integer(code, ber.ENUMERATED), ber.octets(b""), ber.octets(message))
    return ber.written(ber.SEQUENCE, ber.integer(number), operation)


def entry(*lines: tuple[bytes, bytes], number: int = 2) -> bytes:
    attributes = [
        ber.written(ber.SEQUENCE, ber.octets(name), ber.written(ber.SET, ber.octets(value))) for name, value in lines
    ]
    operation = ber.written(directory.ENTRY, ber.octets(b"cn=x"), ber.written(ber.SEQUENCE, *attributes))
    return ber.written(ber.SEQUENCE, ber.integer(number), operation)


BOUND = ended(directory.BOUND, 0)
DONE = ended(directory.DONE, 0, number=2)
HELLO = b"\x16\x03\x03\x00\x7a\x02"
"""The beginning of what a server answers to a TLS handshake."""


def saying(*answers: bytes, forever: bytes = b"", drop: bytes = b"", stall: bool = False):
    """Answer each message that comes with the next text; then ``forever`` at once, or ``drop`` every 20 ms."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.read(4096)
            writer.write(answer)
            await writer.drain()
        while forever or drop:
            writer.write(forever or drop)
            await writer.drain()
            await asyncio.sleep(0.02 if drop else 0)
        if stall:
            await asyncio.Event().wait()
        await reader.read(4096)

    return talk


@pytest.mark.parametrize(
    ("code", "reason", "name"),
    [
        (1, Reason.SERVICE_FAULT, "operationsError"),
        (2, Reason.PROTOCOL, "protocolError"),
        (8, Reason.FORBIDDEN, "strongerAuthRequired"),
        (13, Reason.FORBIDDEN, "confidentialityRequired"),
        (49, Reason.UNAUTHORIZED, "invalidCredentials"),
        (50, Reason.FORBIDDEN, "insufficientAccessRights"),
        (51, Reason.THROTTLED, "busy"),
        (52, Reason.SERVICE_FAULT, "unavailable"),
        (53, Reason.SERVICE_FAULT, "unwillingToPerform"),
        (4242, Reason.STATUS, "a code without a name"),
    ],
)
async def test_every_result_has_its_reason(code, reason, name):
    async with serve_stream(saying(ended(directory.BOUND, code, b"cn=somebody is to blame"))) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert seen.detail == f"answered the bind with {name} ({code})"


async def test_words_of_active_directory_are_explained():
    message = b"80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 775, v4563\0"
    async with serve_stream(saying(ended(directory.BOUND, 49, message))) as address:
        seen = await seen_at(address)

    assert seen.detail == "answered the bind with invalidCredentials (49, the account is locked)"


async def test_notice_of_disconnection_is_told():
    async with serve_stream(saying(ended(directory.EXTENSION, 52, number=0))) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SERVICE_FAULT)
    assert seen.detail == "the directory ends the connection: unavailable (52)"


async def test_refused_starttls_is_told_and_nothing_is_sent_before_it():
    heard = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(4096))
        writer.write(ended(directory.EXTENSION, 2))
        heard.append(await reader.read(4096))

    async with serve_stream(talk) as address:
        seen = await seen_at(address, starttls=True)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert seen.detail == "answered StartTLS with protocolError (2)"
    assert heard[0][5:7] == bytes([directory.EXTENDED, 24])
    assert heard[1:] in ([], [b""])


async def test_what_is_said_before_tls_is_not_believed():
    async with serve_stream(saying(ended(directory.EXTENSION, 0) + ended(directory.BOUND, 0, number=2))) as address:
        seen = await seen_at(address, starttls=True)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)


async def test_references_are_passed_over():
    reference = ber.written(ber.SEQUENCE, ber.integer(2), ber.written(directory.REFERENCE, ber.octets(b"ldap://x")))
    async with serve_stream(saying(BOUND, reference + entry() + DONE)) as address:
        seen = await seen_at(address, search={})

    assert (seen.status, seen.detail) == (Status.UP, "bound, 1 entry")


BROKEN = {
    "noise": ((b"\xff" * 100,), Reason.PROTOCOL),
    "http": ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), Reason.PROTOCOL),
    "another number": ((ended(directory.BOUND, 0, number=7),), Reason.PROTOCOL),
    "another operation": ((ended(directory.DONE, 0),), Reason.PROTOCOL),
    "indefinite length": ((b"\x30\x80\x02\x01\x01\0\0",), Reason.PROTOCOL),
    "length of lengths": ((b"\x30\xff",), Reason.PROTOCOL),
    "length of 4 GiB": ((b"\x30\x84\xff\xff\xff\xff",), Reason.TOO_LARGE),
    "empty message": ((b"\x30\0",), Reason.PROTOCOL),
    "number alone": ((ber.written(ber.SEQUENCE, ber.integer(1)),), Reason.PROTOCOL),
    "empty result": ((ber.written(ber.SEQUENCE, ber.integer(1), ber.written(directory.BOUND)),), Reason.PROTOCOL),
    "inner too long": ((b"\x30\x05\x02\x01\x01\x61\x7f",), Reason.PROTOCOL),
    "long number": ((b"\x30\x0a\x02\x08" + bytes(8),), Reason.PROTOCOL),
    "end": ((b"",), Reason.DISCONNECTED),
    "end in a message": ((b"\x30\x20\x02",), Reason.DISCONNECTED),
    "result without an entry's end": ((BOUND, entry()), Reason.DISCONNECTED),
    "entry that is none": (
        (BOUND, ber.written(ber.SEQUENCE, ber.integer(2), ber.written(directory.ENTRY, b"\x04\x01")) + DONE),
        Reason.PROTOCOL,
    ),
}


@pytest.mark.parametrize(("said", "reason"), BROKEN.values(), ids=BROKEN)
async def test_broken_answer_is_down(said, reason):
    async with serve_stream(closing(*said)) as address:
        seen = await seen_at(address, search={"attributes": ["*"], "expect": "x"})

    assert (seen.status, seen.reason) == (Status.DOWN, reason), seen.detail


def closing(*answers: bytes):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.read(4096)
            writer.write(answer)

    return talk


FLOODS = {
    "entries": entry((b"cn", b"x" * 1000)),
    "references": ber.written(ber.SEQUENCE, ber.integer(2), ber.written(directory.REFERENCE, ber.octets(b"x" * 500))),
    "small entries": entry() * 100,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_flood_is_bounded(flood):
    async with serve_stream(saying(BOUND, forever=flood)) as address:
        seen = await seen_at(address, search={"attributes": ["*"], "expect": "^never$"}, within=timedelta(seconds=20))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE), seen.detail


STALLS = {
    "before a byte": (),
    "in a length": (b"\x30\x84\0",),
    "in a message": (b"\x30\x20\x02\x01",),
    "after the bind": (BOUND,),
    "among the entries": (BOUND, entry()),
    "in an entry": (BOUND, entry((b"cn", b"x"))[:-1]),
}


@pytest.mark.parametrize("said", STALLS.values(), ids=STALLS)
async def test_stall_at_every_stage_ends_at_the_deadline(said):
    async with serve_stream(saying(*said, stall=True)) as address:
        outcome = await run(configured(LdapProbe, {"target": address, "search": {}}), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


REFERENCES = ber.written(ber.SEQUENCE, ber.integer(2), ber.written(directory.REFERENCE, ber.octets(b"ldap://x")))
DRIPS = {
    "entries": ((BOUND,), entry()),
    "references": ((BOUND,), REFERENCES),
    "a message": ((b"\x30\x83\x0e\xff\xff",), b"\0"),
}


@pytest.mark.parametrize(("said", "drop"), DRIPS.values(), ids=DRIPS)
async def test_drip_ends_at_the_deadline(said, drop):
    async with serve_stream(saying(*said, drop=drop)) as address:
        search = {"attributes": ["*"], "expect": "^never$"}
        outcome = await run(configured(LdapProbe, {"target": address, "search": search}), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


TLS_STALLS = {
    "handshake": ({"tls": True}, ()),
    "amid the handshake": ({"tls": True}, (HELLO,)),
    "answer to StartTLS": ({"starttls": True}, ()),
    "amid the answer to StartTLS": ({"starttls": True}, (ended(directory.EXTENSION, 0)[:-1],)),
    "handshake behind StartTLS": ({"starttls": True}, (ended(directory.EXTENSION, 0),)),
    "amid the handshake behind StartTLS": ({"starttls": True}, (ended(directory.EXTENSION, 0), HELLO)),
}


@pytest.mark.parametrize(("settings", "said"), TLS_STALLS.values(), ids=TLS_STALLS)
async def test_stall_of_tls_ends_at_the_deadline(settings, said):
    async with serve_stream(saying(*said, stall=True)) as address:
        outcome = await run(configured(LdapProbe, {"target": address, **settings}), within=WITHIN)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_refused_connection_is_down():
    async with refused() as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("(cn=*)", b"\x87\x02cn"),
        ("(cn=a)", b"\xa3\x07\x04\x02cn\x04\x01a"),
        ("(cn>=a)", b"\xa5\x07\x04\x02cn\x04\x01a"),
        ("(cn<=a)", b"\xa6\x07\x04\x02cn\x04\x01a"),
        ("(cn~=a)", b"\xa8\x07\x04\x02cn\x04\x01a"),
        (r"(cn=\2a\00)", b"\xa3\x08\x04\x02cn\x04\x02*\0"),
        ("(!(cn=*))", b"\xa2\x04\x87\x02cn"),
        ("(&(a=*)(b=*))", b"\xa0\x06\x87\x01a\x87\x01b"),
        ("(cn=a*b*c)", b"\xa4\x0f\x04\x02cn\x30\x09\x80\x01a\x81\x01b\x82\x01c"),
        ("(cn=*b*)", b"\xa4\x09\x04\x02cn\x30\x03\x81\x01b"),
        ("(cn:dn:2.4.6:=x)", b"\xa9\x11\x81\x052.4.6\x82\x02cn\x83\x01x\x84\x01\xff"),
        ("(:caseExact:=x)", b"\xa9\x0e\x81\x09caseExact\x83\x01x"),
        ("(cn;lang-vi=a)", b"\xa3\x0f\x04\x0acn;lang-vi\x04\x01a"),
    ],
)
def test_filter_is_sent_as_rfc_4511_has_it(text, sent):
    assert encoded(text) == sent


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "begins with a parenthesis"),
        ("cn=*", "begins with a parenthesis"),
        ("(cn=*", "not closed"),
        ("(cn=*))", "goes on after its end"),
        ("(&)", "one filter or more"),
        ("(!(a=*)(b=*))", "just one"),
        ("(&(a=*)", "not closed"),
        ("(& (a=*)(b=*))", "' ' between its parts, at character 3"),
        ("(&(a=*) (b=*))", "' ' between its parts, at character 8"),
        ("(cn=a(b))", r"\\28 for a parenthesis"),
        ("(cn)", "attribute=value"),
        ("(=a)", "attribute=value"),
        ("(:=a)", "attribute=value"),
        (r"(cn=\zz)", "two hexadecimal digits"),
        ("(cn=**)", "one \\* alone"),
        ("(!" * 30 + "(a=*)" + ")" * 30, "nested more than 20 deep"),
    ],
)
def test_filter_that_makes_no_sense_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        encoded(text)


@pytest.mark.parametrize("length", [0, 127, 128, 255, 256, 70_000])
def test_lengths_are_read_as_they_are_written(length):
    [found] = ber.elements(ber.octets(bytes(length)))

    assert len(found.content) == length


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 2**31 - 1])
def test_numbers_are_read_as_they_are_written(number):
    [found] = ber.elements(ber.integer(number))

    assert found.number() == number


def test_words_of_a_server_are_not_shown():
    [operation] = ber.elements(ber.written(directory.BOUND, ended(directory.BOUND, 49, b"secret")[7:]))

    assert str(result(operation)) == "invalidCredentials (49)"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "ldap.example"}, "host:port"),
        ({"tls": True, "starttls": True}, "not both"),
        ({"tls_config": {"ca_file": "/x"}}, "tls: true or starttls: true"),
        ({"bind_dn": "cn=a"}, "bind_dn and password both"),
        ({"password": {"env": "X"}, "tls": True}, "bind_dn and password both"),
        ({"bind_dn": "cn=a", "password": {"env": "X"}}, "in the clear"),
        ({"search": {"filter": "cn=*"}}, "begins with a parenthesis"),
        ({"search": {"scope": "all"}}, "'base', 'one' or 'sub'"),
        ({"search": {"base": "nonsense"}}, "base is not the name of an entry; write dc=agency"),
        ({"search": {"attributes": [""]}}, '"" is not an attribute; write names'),
        ({"search": {"attributes": ["common name"]}}, '"common name" is not an attribute'),
        ({"search": {"attributes": ["cn", "1.1."]}}, '"1.1." is not an attribute'),
        ({"search": {"attributes": ["1.1"], "expect": "x"}}, "name them"),
        ({"search": {"max_entries": 0}}, "max_entries is 0; write 1, which is min_entries, to 1000"),
        ({"search": {"max_entries": 1001}}, "to 1000"),
        ({"search": {"bse": "x"}}, "bse"),
        ({"search": {"min_entries": -1}}, "0 to 1000"),
        ({"search": {"min_entries": 5, "max_entries": 4}}, "write 5, which is min_entries, to 1000"),
        ({"search": {"expect": "x"}}, "name them"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(LdapProbe, {"target": "ldap.example:389", **settings})
