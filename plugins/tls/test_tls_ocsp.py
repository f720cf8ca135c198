"""OCSP is believed only from whom it may come, about this certificate and for today; else it means what was chosen."""

import asyncio
import datetime as dt

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp as x509_ocsp
from datashare_monitor_tls import ocsp
from datashare_monitor_tls.settings import Ocsp

from monitor.plugin import Reason, Status
from monitor.testing import refused, serve, serve_stream, stalled

HOST = "127.0.0.1"
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
GOOD, REVOKED = x509_ocsp.OCSPCertStatus.GOOD, x509_ocsp.OCSPCertStatus.REVOKED
UNKNOWN = x509_ocsp.OCSPCertStatus.UNKNOWN
HOUR = dt.timedelta(hours=1)


def response(
    authority, leaf, *, status=GOOD, signer=None, with_signer=True, issuer=None, begins=-HOUR, ends=HOUR, digest=None
):
    signer = signer or authority.middle
    builder = x509_ocsp.OCSPResponseBuilder().add_response(
        cert=leaf.certificate,
        issuer=(issuer or authority.middle).certificate,
        algorithm=digest or hashes.SHA256(),
        cert_status=status,
        this_update=NOW + begins,
        next_update=NOW + ends if ends else None,
        revocation_time=NOW - dt.timedelta(days=2) if status is REVOKED else None,
        revocation_reason=x509.ReasonFlags.key_compromise if status is REVOKED else None,
    )
    builder = builder.responder_id(x509_ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if signer is not authority.middle and with_signer:
        builder = builder.certificates([signer.certificate])
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def judged(authority, leaf, data):
    return ocsp.statement(data, leaf.certificate, authority.middle.certificate, NOW)


def unusable(authority, leaf, data):
    with pytest.raises(ocsp.UnusableError) as caught:
        judged(authority, leaf, data)
    return str(caught.value)


@pytest.mark.parametrize(("status", "said"), [(GOOD, "good"), (REVOKED, "revoked"), (UNKNOWN, "unknown")])
@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA256()])
def test_what_the_issuer_says_is_believed(authority, status, said, digest):
    leaf = authority.leaf()

    found = judged(authority, leaf, response(authority, leaf, status=status, digest=digest))

    assert (found.status, found.this_update, found.next_update) == (said, NOW - HOUR, NOW + HOUR)
    assert (found.revoked is not None, found.why) == (status is REVOKED, "keyCompromise" if status is REVOKED else "")


def test_a_signer_whom_the_issuer_allows_is_believed(authority):
    leaf = authority.leaf()

    assert judged(authority, leaf, response(authority, leaf, signer=authority.signer())).status == "good"


def test_any_other_signer_is_not(authority):
    leaf = authority.leaf()
    strangers = [
        authority.leaf("no-ocsp-signer"),
        authority.issue("signer", by=authority.root),
        authority.issue("signer", usage=x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING),
    ]
    told = [unusable(authority, leaf, response(authority, leaf, signer=one)) for one in strangers]
    told.append(unusable(authority, leaf, response(authority, leaf, signer=authority.signer(), with_signer=False)))

    assert set(told) == {"its signature is not that of the certificate's issuer"}


def test_a_signer_that_ran_out_is_not_believed(authority):
    leaf = authority.leaf()
    signer = authority.signer(begins=-9, ends=-1)

    assert "ran out" in unusable(authority, leaf, response(authority, leaf, signer=signer))


def test_another_certificate_s_response_is_not_believed(authority):
    leaf, other = authority.leaf(), authority.leaf()
    elsewhere = response(authority, leaf, issuer=authority.root)

    told = [unusable(authority, leaf, one) for one in (response(authority, other), elsewhere)]

    assert told == ["it is about another certificate"] * 2


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"begins": -3 * HOUR, "ends": -HOUR}, "it ran out on"),
        ({"begins": HOUR, "ends": 2 * HOUR}, "still to come"),
        ({"begins": dt.timedelta(days=-8), "ends": None}, "it is from"),
    ],
)
def test_a_response_of_another_time_is_not_believed(authority, times, words):
    leaf = authority.leaf()

    assert words in unusable(authority, leaf, response(authority, leaf, **times))


def test_a_changed_response_is_not_believed(authority):
    leaf = authority.leaf()
    whole = bytearray(response(authority, leaf))
    faults = 0
    for at in range(0, len(whole), 7):
        changed = bytes(whole[:at]) + bytes([whole[at] ^ 1]) + bytes(whole[at + 1 :])
        try:
            judged(authority, leaf, changed)
        except ocsp.UnusableError:
            faults += 1

    assert faults == len(range(0, len(whole), 7))


@pytest.mark.parametrize("data", [b"", b"garbage", b"0" * 100, b"0" * 70_000])
def test_nonsense_is_not_believed(authority, data):
    assert unusable(authority, authority.leaf(), data)


def test_a_responder_that_refuses_is_quoted(authority):
    refusal = x509_ocsp.OCSPResponseBuilder.build_unsuccessful(x509_ocsp.OCSPResponseStatus.TRY_LATER)

    told = unusable(authority, authority.leaf(), refusal.public_bytes(serialization.Encoding.DER))

    assert told == "the responder answers try_later"


def index_of(authority, *leaves):
    lines = [
        "\t".join(
            (
                "R" if is_revoked else "V",
                f"{leaf.certificate.not_valid_after_utc:%y%m%d%H%M%SZ}",
                f"{NOW - dt.timedelta(days=2):%y%m%d%H%M%SZ},keyCompromise" if is_revoked else "",
                f"{leaf.certificate.serial_number:040X}",
                "unknown",
                "/CN=leaf",
            )
        )
        for leaf, is_revoked in leaves
    ]
    return authority.write("index.txt", *(f"{line}\n".encode() for line in lines))


@pytest.mark.services
async def test_openssl_s_responder_is_asked(authority, need, seen, values):
    binary = need("openssl", "openssl")  # by itself it would listen on every interface
    signer = authority.signer()
    issued = {}

    async def answer(request: web.Request) -> web.Response:
        options = {
            "-index": index_of(authority, (issued["good"], False), (issued["revoked"], True)),
            "-CA": authority.write("middle.pem", authority.middle.pem),
            "-rsigner": authority.write("signer.pem", signer.key_pem, signer.pem),
            "-reqin": authority.write("request.der", await request.read()),
            "-respout": authority.write("response.der"),
            "-nmin": "60",
        }
        words = [word for pair in options.items() for word in pair]
        responder = await asyncio.create_subprocess_exec(binary, "ocsp", *words, stdout=asyncio.subprocess.DEVNULL)
        assert await responder.wait() == 0
        return web.Response(body=(authority.folder / "response.der").read_bytes())

    async with serve(answer) as url:
        issued.update({name: authority.leaf(ocsp_url=url) for name in ("good", "revoked", "unknown")})
        found = {name: await seen(one, ocsp={"ask": True}) for name, one in issued.items()}

    assert [one.status for one in found.values()] == [Status.UP, Status.DOWN, Status.DEGRADED], found
    assert found["revoked"].reason is Reason.CERTIFICATE_REVOKED
    assert "(keyCompromise), says the asked OCSP response" in found["revoked"].detail
    assert found["unknown"].reason is Reason.REVOCATION_UNKNOWN
    assert all(values(one)[f"probe_ssl_ocsp_response_info{{asked,{name}}}"] == 1 for name, one in found.items())
    assert values(found["good"])["probe_ssl_ocsp_next_update_timestamp_seconds{asked}"] > NOW.timestamp()


async def asked(authority, seen, url, **settings):
    return await seen(authority.leaf(ocsp_url=url), ocsp={"ask": True, **settings})


@pytest.mark.parametrize(
    ("unanswered", "status"), [("ignored", Status.UP), ("degraded", Status.DEGRADED), ("down", Status.DOWN)]
)
async def test_no_answer_means_what_was_chosen(authority, seen, unanswered, status):
    async with refused() as address:
        found = await asked(authority, seen, f"http://{address}/", unanswered=unanswered)

    assert found.status is status
    assert status is Status.UP or "gives no answer: Connection refused" in found.detail


async def test_a_responder_that_stalls_does_not_make_the_target_late(authority, seen, values):
    async with stalled() as address:
        found = await seen(authority.leaf(ocsp_url=f"http://{address}/"), ocsp={"ask": True}, within=0.6)

    assert (found.status, found.reason) == (Status.DEGRADED, Reason.REVOCATION_UNKNOWN)
    assert "not in time" in found.detail
    assert "probe_ssl_earliest_cert_expiry" in values(found)


async def test_a_responder_outside_the_allowed_networks_is_not_asked(authority, seen):
    found = await asked(authority, seen, "http://192.0.2.1/")

    assert (found.status, found.reason) == (Status.DEGRADED, Reason.REVOCATION_UNKNOWN)
    assert "egress" in found.detail


@pytest.mark.parametrize(
    "answer", [web.Response(status=503), web.Response(body=b"0" * 100_000), web.Response(text="?")]
)
async def test_answers_that_are_none_are_named(authority, seen, answer):
    async def handler(_):
        return web.Response(status=answer.status, body=answer.body)

    async with serve(handler) as url:
        found = await asked(authority, seen, url)

    assert (found.status, found.reason) == (Status.DEGRADED, Reason.REVOCATION_UNKNOWN)


async def test_a_stranger_s_certificate_has_us_ask_nobody(authority, seen):
    requests = []

    async def handler(request):
        requests.append(request)
        return web.Response()

    async with serve(handler) as url:
        found = await seen(authority.leaf(ocsp_url=url), ocsp={"ask": True}, trust=False)

    assert found.reason is Reason.CERTIFICATE_UNTRUSTED
    assert requests == []


async def test_a_certificate_without_a_responder_is_told(authority, seen):
    found = await seen(authority.leaf(), ocsp={"ask": True})

    assert (found.status, found.detail) == (Status.DEGRADED, "the certificate names no OCSP responder")


async def stapled(authority, openssl, leaf, data=None, *more, **settings):
    pem = authority.write("leaf.pem", leaf.key_pem, leaf.pem)
    chain = authority.write("middle.pem", authority.middle.pem)
    file = ("-status_file", authority.write("response.der", data)) if data else ()
    with openssl("s_server", "-accept", HOST + ":{port}", "-cert", pem, "-cert_chain", chain, *file, *more) as target:
        return await authority.looked(target, **settings)


@pytest.mark.services
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_what_the_server_staples_is_judged(authority, openssl, values, version):
    leaf = authority.leaf()
    required = {"ocsp": {"stapled": "required"}}

    good = await stapled(authority, openssl, leaf, response(authority, leaf), version, **required)
    bad = await stapled(authority, openssl, leaf, response(authority, leaf, status=REVOKED), version, **required)

    assert (good.status, values(good)["probe_ssl_ocsp_stapled"]) == (Status.UP, 1)
    assert values(good)["probe_ssl_ocsp_response_info{stapled,good}"] == 1
    assert (bad.status, bad.reason) == (Status.DOWN, Reason.CERTIFICATE_REVOKED)


@pytest.mark.services
async def test_an_old_response_that_is_stapled_is_told(authority, openssl):
    leaf = authority.leaf()
    old = response(authority, leaf, begins=-3 * HOUR, ends=-HOUR)

    found = await stapled(authority, openssl, leaf, old, ocsp={"stapled": "checked", "unanswered": "down"})

    assert (found.status, found.reason) == (Status.DOWN, Reason.REVOCATION_UNKNOWN)
    assert "stapled OCSP response cannot be believed: it ran out on" in found.detail


@pytest.mark.parametrize(
    ("mode", "must", "status"),
    [("required", False, Status.DOWN), ("checked", False, Status.UP), ("checked", True, Status.DOWN)],
)
async def test_nothing_stapled_is_down_where_something_must_be(authority, seen, values, mode, must, status):
    found = await seen(authority.leaf(must_staple=must), ocsp={"stapled": mode})

    assert found.status is status
    assert values(found)["probe_ssl_ocsp_stapled"] == 0
    assert status is Status.UP or "staples no OCSP response" in found.detail


async def test_stapling_goes_through_starttls_as_well(authority):
    leaf = authority.leaf()
    context = authority.context(leaf, authority.middle)
    connections = []

    async def postgres(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(await reader.readexactly(8))
        writer.write(b"S")
        await writer.start_tls(context)
        await reader.read()

    async with serve_stream(postgres) as target:
        found = await authority.looked(target, starttls="postgres", ocsp={"stapled": "checked"})

    assert found.status is Status.UP
    assert len(connections) == 2


async def test_a_server_that_stalls_when_asked_to_staple_does_not_make_the_target_late(authority, values):
    leaf = authority.leaf()
    context = authority.context(leaf, authority.middle)
    connections = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        if len(connections) == 1:
            await writer.start_tls(context)
        await reader.read()

    async with serve_stream(talk) as target:
        found = await authority.looked(target, ocsp={"stapled": "required"}, within=0.8)

    assert (found.status, found.reason) == (Status.DEGRADED, Reason.REVOCATION_UNKNOWN)
    assert "cannot be asked for an OCSP response: not in time" in found.detail
    assert values(found)["probe_ssl_verified"] == 1


@pytest.mark.parametrize(("chain", "reason"), [(False, None), (True, Reason.CERTIFICATE_REVOKED)])
async def test_responders_of_the_authorities_are_asked_when_the_chain_is_looked_at(
    authority, seen, values, chain, reason
):
    known = {}

    async def answer(request: web.Request) -> web.Response:
        about, signer, status = known[request.path]
        said = response(authority, about, signer=signer, issuer=signer, with_signer=False, status=status)
        return web.Response(body=said, content_type="application/ocsp-response")

    async with serve(answer) as url:
        authority.middle = authority.issue("middle", by=authority.root, is_authority=True, ocsp_url=f"{url}/middle")
        leaf = authority.leaf(ocsp_url=f"{url}/leaf")
        known |= {"/leaf": (leaf, authority.middle, GOOD), "/middle": (authority.middle, authority.root, REVOKED)}
        found = await seen(leaf, ocsp={"ask": True, "chain": chain})

    assert found.reason is reason
    assert ("the certificate of CN=middle was revoked on" in found.detail) is chain
    assert values(found)["probe_ssl_ocsp_response_info{asked,good}"] == 1


def test_the_chain_is_asked_about_and_never_stapled():
    with pytest.raises(ValueError, match="chain does nothing without ask: true"):
        Ocsp(stapled="required", chain=True)
