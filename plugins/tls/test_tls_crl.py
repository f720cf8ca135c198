"""A revocation list is believed only from the issuer, whole and of today; else it means what was chosen."""

import datetime as dt

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from datashare_monitor_tls import crl
from datashare_monitor_tls.ocsp import UnusableError

from monitor.plugin import Reason, Status
from monitor.testing import serve

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
HOUR = dt.timedelta(hours=1)
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM


def made(by, *revoked, begins=-HOUR, ends=HOUR, extension=None, key=None, digest=None, encoding=DER, **scheme):
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(by.certificate.subject)
        .last_update(NOW + begins)
        .next_update(NOW + ends)
    )
    for one in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(one.certificate.serial_number)
            .revocation_date(NOW - dt.timedelta(days=2))
            .add_extension(x509.CRLReason(x509.ReasonFlags.superseded), critical=False)
        )
        builder = builder.add_revoked_certificate(entry.build())
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key or by.key, digest or hashes.SHA256(), **scheme).public_bytes(encoding)


def scope(**only):
    given = dict.fromkeys(
        ("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl", "only_contains_attribute_certs"), False
    )
    return x509.IssuingDistributionPoint(
        full_name=None, relative_name=None, only_some_reasons=only.pop("only_some_reasons", None), **{**given, **only}
    )


def listed(authority, leaf, data):
    return crl.listed(data, leaf.certificate, authority.middle.certificate, NOW)


@pytest.mark.parametrize("encoding", [DER, PEM])
def test_a_list_holds_a_certificate_or_does_not(authority, encoding):
    bad, good = authority.leaf(), authority.leaf()
    data = made(authority.middle, bad, encoding=encoding)

    found = listed(authority, bad, data)

    assert (found.revoked, found.why, found.entries) == (NOW - dt.timedelta(days=2), "superseded", 1)
    assert found.next_update == NOW + HOUR
    assert listed(authority, good, data).revoked is None


def test_the_issuer_s_list_is_found_among_several(authority):
    leaf = authority.leaf()
    data = made(authority.root, encoding=PEM) + b"\nbetween\n" + made(authority.middle, leaf, encoding=PEM)

    assert listed(authority, leaf, data).revoked is not None


@pytest.mark.parametrize("scheme", [
    {"key": rsa.generate_private_key(65537, 2048)},
    {"key": rsa.generate_private_key(65537, 2048), "rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), 32)},
    {"key": ed25519.Ed25519PrivateKey.generate(), "digest": "none"},
], ids=["rsa", "rsa-pss", "ed25519"])  # fmt: skip
def test_all_usual_signatures_are_known(authority, scheme):
    issuer = authority.issue("middle", by=authority.root, is_authority=True, key=scheme["key"])
    leaf = authority.leaf()
    how = {name: value for name, value in scheme.items() if name not in {"key", "digest"}}
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(NOW - HOUR).next_update(NOW + HOUR)
    digest = None if "digest" in scheme else hashes.SHA256()
    data = builder.sign(scheme["key"], digest, **how).public_bytes(DER)

    assert crl.listed(data, leaf.certificate, issuer.certificate, NOW).revoked is None


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"begins": -3 * HOUR, "ends": -HOUR}, "it ran out on"),
        ({"begins": HOUR, "ends": 2 * HOUR}, "still to come"),
        ({"extension": x509.DeltaCRLIndicator(1)}, "a delta"),
        ({"extension": scope(only_contains_ca_certs=True)}, "does not cover"),
        ({"extension": scope(indirect_crl=True)}, "does not cover"),
        ({"extension": scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))}, "does not cover"),
        (
            {"extension": x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")},
            "critical and not known, 1.2.3.4",
        ),
    ],
)
def test_a_list_that_does_not_hold_is_not_believed(authority, how, words):
    with pytest.raises(UnusableError, match=words):
        listed(authority, authority.leaf(), made(authority.middle, **how))


def test_a_list_for_servers_is_believed(authority):
    data = made(authority.middle, extension=scope(only_contains_user_certs=True))

    assert listed(authority, authority.leaf(), data).revoked is None


def test_another_s_signature_or_name_is_not_believed(authority):
    leaf = authority.leaf()

    with pytest.raises(UnusableError, match="its signature is not that"):
        listed(authority, leaf, made(authority.middle, key=authority.root.key))
    with pytest.raises(UnusableError, match="it is not from 'CN=middle'"):
        listed(authority, leaf, made(authority.root))


def test_a_changed_list_is_not_believed(authority):
    leaf = authority.leaf()
    whole = made(authority.middle, leaf)
    believed = 0
    for at in range(0, len(whole), 5):
        try:
            listed(authority, leaf, whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            believed += 1
        except UnusableError:
            pass

    assert believed == 0


@pytest.mark.parametrize(
    "data", [b"", b"0", b"garbage", b"0\x84", b"0" * 100, b"-----BEGIN X509 CRL-----\n=\n-----END X509 CRL-----"]
)
def test_nonsense_is_not_believed(authority, data):
    with pytest.raises(UnusableError):
        listed(authority, authority.leaf(), data)


async def test_a_list_in_a_file_decides(authority, seen, values):
    bad, good = authority.leaf(), authority.leaf()
    file = authority.write("list.pem", made(authority.middle, bad, encoding=PEM))

    found = await seen(bad, crl={"file": file})
    fine = await seen(good, crl={"file": file})

    assert (found.status, found.reason) == (Status.DOWN, Reason.CERTIFICATE_REVOKED)
    assert f"(superseded), says {file}" in found.detail
    assert fine.status is Status.UP
    assert values(fine)["probe_ssl_crl_next_update_timestamp_seconds"] == (NOW + HOUR).timestamp()
    assert values(fine)["probe_ssl_crl_entries"] == 1


async def test_a_file_that_cannot_be_read_is_our_fault(authority, seen):
    found = await seen(authority.leaf(), crl={"file": "/nowhere/list.crl"})
    but_expired = await seen(authority.leaf(ends=-1, begins=-9), crl={"file": "/nowhere/list.crl"})

    assert (found.status, found.reason) == (Status.UNKNOWN, Reason.SECRET)
    assert "/nowhere/list.crl cannot be read: No such file" in found.detail
    assert but_expired.reason is Reason.CERTIFICATE_EXPIRED


async def fetched(authority, seen, body, *, status=200, **settings):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body)

    async with serve(answer) as url:
        leaf = authority.leaf(crl_url=f"{url}/list.crl")
        return await seen(leaf, crl={"fetch": True, **settings})


async def test_a_list_is_fetched_from_where_the_certificate_says(authority, seen, values):
    found = await fetched(authority, seen, made(authority.middle, authority.leaf()))

    assert found.status is Status.UP
    assert values(found)["probe_ssl_crl_entries"] == 1


@pytest.mark.parametrize(
    ("unanswered", "status"), [("ignored", Status.UP), ("degraded", Status.DEGRADED), ("down", Status.DOWN)]
)
async def test_no_list_means_what_was_chosen(authority, seen, unanswered, status):
    found = await fetched(authority, seen, b"", status=404, unanswered=unanswered)

    assert found.status is status
    assert status is Status.UP or "answered 404, expected 200" in found.detail


async def test_a_list_that_is_too_large_is_not_read(authority, seen):
    found = await fetched(authority, seen, b"0" * 5000, max_size="4KiB")

    assert (found.status, found.reason) == (Status.DEGRADED, Reason.REVOCATION_UNKNOWN)
    assert "4096" in found.detail


async def test_a_certificate_that_names_no_list_is_told(authority, seen):
    found = await seen(authority.leaf(), crl={"fetch": True})

    assert (found.status, found.detail) == (Status.DEGRADED, "the certificate names no revocation list")


async def test_a_certificate_that_is_trusted_by_itself_cannot_be_revoked(authority, seen):
    alone = authority.issue("alone")
    trusted = authority.write("alone.pem", alone.pem)

    found = await seen(alone, context=authority.context(alone), tls_config={"ca_file": trusted}, crl={"fetch": True})

    assert (found.status, found.reason) == (Status.DEGRADED, Reason.REVOCATION_UNKNOWN)


async def test_a_list_that_is_believed_is_fetched_once(authority, seen):
    fetches = []

    async def answer(request: web.Request) -> web.Response:
        fetches.append(request.path)
        return web.Response(body=made(authority.middle))

    async with serve(answer) as url:
        looks = [await seen(authority.leaf(crl_url=f"{url}/list.crl"), crl={"fetch": True}) for _ in range(3)]

    assert [one.status for one in looks] == [Status.UP] * 3
    assert fetches == ["/list.crl"]


@pytest.mark.parametrize("body", [b"garbage", b""])
async def test_a_list_that_is_not_believed_is_fetched_again(authority, seen, body):
    fetches = []

    async def answer(request: web.Request) -> web.Response:
        fetches.append(request.path)
        return web.Response(body=body if len(fetches) == 1 else made(authority.middle))

    async with serve(answer) as url:
        looks = [await seen(authority.leaf(crl_url=f"{url}/list.crl"), crl={"fetch": True}) for _ in range(2)]

    assert [one.status for one in looks] == [Status.DEGRADED, Status.UP]


async def test_a_list_kept_for_another_issuer_does_not_stand_in(authority, seen):
    """Only what this certificate's issuer signed counts, so that nobody's list hides a revocation."""
    other = authority.issue("other", by=authority.root, is_authority=True)
    lists = [made(other)]

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=lists[-1])

    async with serve(answer) as url:
        place = f"{url}/list.crl"
        first = await seen(authority.issue("leaf", by=other, crl_url=place), other, crl={"fetch": True})
        bad = authority.leaf(crl_url=place)
        lists.append(made(authority.middle, bad))
        second = await seen(bad, crl={"fetch": True})

    assert (first.status, second.reason) == (Status.UP, Reason.CERTIFICATE_REVOKED)


async def test_a_list_kept_is_not_taken_where_it_is_too_large(authority, seen):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=made(authority.middle, *[authority.leaf() for _ in range(20)]))

    async with serve(answer) as url:
        leaf = authority.leaf(crl_url=f"{url}/list.crl")
        looks = [await seen(leaf, crl={"fetch": True, "max_size": size}) for size in ("1MiB", "1KiB")]

    assert [one.status for one in looks] == [Status.UP, Status.DEGRADED]


@pytest.mark.parametrize(("chain", "reason"), [(False, None), (True, Reason.CERTIFICATE_REVOKED)])
async def test_an_authority_that_was_revoked_is_found_when_the_chain_is_looked_at(
    authority, seen, values, chain, reason
):
    file = authority.write(
        "lists.pem", made(authority.middle, encoding=PEM), made(authority.root, authority.middle, encoding=PEM)
    )

    found = await seen(authority.leaf(), crl={"file": file, "chain": chain})

    assert found.reason is reason
    assert ("the certificate of CN=middle was revoked on" in found.detail) is chain
    assert values(found)["probe_ssl_crl_entries"] == 0


async def test_lists_of_the_whole_chain_are_fetched_from_where_each_certificate_says(authority, seen):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=made(authority.middle if request.path == "/leaf.crl" else authority.root))

    async with serve(answer) as url:
        authority.middle = authority.issue("middle", by=authority.root, is_authority=True, crl_url=f"{url}/middle.crl")
        found = await seen(authority.leaf(crl_url=f"{url}/leaf.crl"), crl={"fetch": True, "chain": True})
        silent = authority.issue("middle", by=authority.root, is_authority=True)
        authority.middle = silent
        unsaid = await seen(authority.leaf(crl_url=f"{url}/other.crl"), crl={"fetch": True, "chain": True})

    assert found.status is Status.UP
    assert (unsaid.status, unsaid.reason) == (Status.DEGRADED, Reason.REVOCATION_UNKNOWN)
    assert "the certificate of CN=middle names no revocation list" in unsaid.detail
