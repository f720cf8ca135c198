"""Options that make no sense are refused when they are read, with a remedy; a certificate is the expected one."""

import base64
import pickle

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from datashare_monitor_tls import TlsProbe

from monitor.plugin import Reason, Status
from monitor.testing import configured

TARGET = {"target": "a.example:443"}
FILE = {"file": "/etc/ssl/a.pem"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "write one of target"),
        ({**TARGET, **FILE}, "write one of target"),
        ({**TARGET, "min_days": -1}, "min_days is -1; write a number of days from 0"),
        ({**TARGET, "degraded_days": 99_999}, "degraded_days is 99999"),
        ({**TARGET, "min_days": 1.5}, "integer"),
        ({**TARGET, "password": {"file": "/run/x"}}, "it goes with file"),
        ({**TARGET, "server_name": "b", "tls_config": {"server_name": "c"}}, "write server_name once"),
        ({**TARGET, "min_version": "TLS12", "tls_config": {"min_version": "TLS13"}}, "write min_version once"),
        ({**TARGET, "min_version": "SSL3"}, "TLS10"),
        ({**TARGET, "starttls": "telnet"}, "'smtp'"),
        ({**TARGET, "allowed_ciphers": ["("]}, "allowed_ciphers|pattern|missing"),
        ({**TARGET, "pinned_fingerprints": ["abc"]}, "64 hexadecimal digits"),
        ({**TARGET, "pinned_fingerprints": ["sha256//abc"]}, "64 hexadecimal digits"),
        ({**TARGET, "ocsp": {}}, "ocsp looks at nothing; write stapled: checked"),
        ({**TARGET, "ocsp": {"stapled": "sometimes"}}, "'checked'"),
        ({**TARGET, "ocsp": {"ask": True, "unanswered": "up"}}, "'degraded'"),
        (
            {**TARGET, "ocsp": {"ask": True}, "tls_config": {"insecure_skip_verify": True}},
            "take insecure_skip_verify out",
        ),
        (
            {**TARGET, "crl": {"fetch": True}, "tls_config": {"insecure_skip_verify": True}},
            "take insecure_skip_verify out",
        ),
        ({**TARGET, "crl": {}}, "one of file and fetch"),
        ({**TARGET, "crl": {"file": "/a", "fetch": True}}, "one of file and fetch"),
        ({**TARGET, "crl": {"file": "list.crl"}}, "write the whole path"),
        ({**TARGET, "crl": {"fetch": True, "max_size": "0B"}}, "positive"),
        ({**TARGET, "crl_file": "/a"}, "crl_file"),
        ({"file": "a.pem"}, "write the whole path"),
        ({"file": "/etc/**/a.pem"}, "name the folder"),
        ({**FILE, "starttls": "smtp", "min_version": "TLS12"}, "starttls, min_version cannot be asked of files"),
        ({**FILE, "ocsp": {"ask": True}}, "ocsp cannot be asked of files"),
        ({**FILE, "tls_config": {"ca_file": "/a"}}, "tls_config cannot be asked of files"),
    ],
)
def test_what_makes_no_sense_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        configured(TlsProbe, settings)


def test_a_probe_survives_being_sent_to_a_worker():
    probe = configured(
        TlsProbe,
        {**TARGET, "starttls": "smtp", "ocsp": {"ask": True}, "crl": {"fetch": True}, "allowed_ciphers": ["TLS_.*"]},
    )

    assert pickle.loads(pickle.dumps(probe)) == probe


def prints(one):
    key = one.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(key)
    return one.certificate.fingerprint(hashes.SHA256()), digest.finalize()


async def test_a_pin_fits_a_certificate_or_a_key_of_the_verified_chain(authority, seen):
    leaf = authority.leaf()
    whole, key = prints(leaf)
    above, _ = prints(authority.root)  # not sent, but verified
    spellings = [
        whole.hex(),
        whole.hex(":").upper(),
        key.hex(),
        f"sha256//{base64.b64encode(key).decode()}",
        above.hex(),
    ]

    found = [await seen(leaf, pinned_fingerprints=["0" * 64, one]) for one in spellings]

    assert [one.status for one in found] == [Status.UP] * 5


async def test_a_certificate_that_is_not_pinned_is_down_and_shown(authority, seen):
    leaf = authority.leaf()
    whole, key = prints(leaf)

    found = await seen(leaf, pinned_fingerprints=["0" * 64])

    assert (found.status, found.reason) == (Status.DOWN, Reason.MISMATCH)
    assert whole.hex() in found.detail
    assert key.hex() in found.detail


async def test_anybody_can_send_a_pinned_certificate_along_so_that_does_not_count(authority, seen):
    pinned, _ = prints(authority.middle)
    alone = authority.issue("alone")

    found = await seen(
        alone, authority.middle, tls_config={"insecure_skip_verify": True}, pinned_fingerprints=[pinned.hex()]
    )

    assert (found.status, found.reason) == (Status.DOWN, Reason.MISMATCH)


async def test_a_pin_can_stand_for_verification(authority, seen):
    alone = authority.issue("alone")
    pinned, _ = prints(alone)

    found = await seen(alone, tls_config={"insecure_skip_verify": True}, pinned_fingerprints=[pinned.hex()])

    assert found.status is Status.UP


async def test_the_issuer_and_all_names_are_expected(authority, seen):
    leaf = authority.leaf(names=("127.0.0.1", "lgsp.example", "*.hanoi.example"))

    good = await seen(leaf, expected_issuer="^CN=mid", expected_names=["LGSP.example", "127.0.0.1"])
    other = await seen(leaf, expected_issuer="CN=Another")
    less = await seen(leaf, expected_names=["lgsp.example", "ndxp.example"])

    assert good.status is Status.UP
    assert (other.status, other.reason) == (Status.DOWN, Reason.MISMATCH)
    assert other.detail == "issued by 'CN=middle', expected 'CN=Another'"
    assert (less.status, less.reason) == (Status.DOWN, Reason.CERTIFICATE_NAME)
    assert less.detail == "certificate is for lgsp.example, *.hanoi.example, 127.0.0.1, not for ndxp.example"
