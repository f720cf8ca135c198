"""Contexts are made once and again when their files change; they verify names as browsers do."""

import os
import ssl
from pathlib import Path

import pytest

from monitor.network import tls
from monitor.network.tls import Contexts
from monitor.observation import Reason
from monitor.plugin import ProbeError, TlsConfig


def test_a_context_is_shared(authority):
    contexts = Contexts()
    config = TlsConfig(ca_file=authority.ca_file)

    first = contexts.get(config)

    assert contexts.get(TlsConfig(ca_file=authority.ca_file, server_name="another.example")) is first
    assert contexts.get(TlsConfig(ca_file=authority.ca_file, insecure_skip_verify=True)) is not first


def test_a_changed_file_makes_a_new_context(authority, tmp_path, monkeypatch):
    monkeypatch.setattr(tls, "LOOK_AGAIN_SECONDS", 0.0)
    path = tmp_path / "ca.pem"
    path.write_bytes(Path(authority.ca_file).read_bytes())
    contexts = Contexts()
    config = TlsConfig(ca_file=str(path))
    first = contexts.get(config)
    same = contexts.get(config)

    os.utime(path, ns=(1, 1))

    assert same is first
    assert contexts.get(config) is not first


def test_a_common_name_alone_is_not_accepted():
    context = Contexts().get(TlsConfig())

    assert (context.hostname_checks_common_name, context.check_hostname) == (False, True)
    assert (context.verify_mode, context.minimum_version) == (ssl.CERT_REQUIRED, ssl.TLSVersion.TLSv1_2)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("TLS13", None, (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.MAXIMUM_SUPPORTED)),
        (None, "TLS12", (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)),
        ("TLS10", None, (ssl.TLSVersion.TLSv1, ssl.TLSVersion.MAXIMUM_SUPPORTED)),
        (None, "TLS11", (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1)),
    ],
)
def test_versions_are_as_configured(authority, low, high, expected):
    context = Contexts().get(TlsConfig(ca_file=authority.ca_file, min_version=low, max_version=high))

    assert (context.minimum_version, context.maximum_version) == expected


def test_files_that_cannot_be_used_are_named(authority, tmp_path):
    (tmp_path / "nonsense.pem").write_text("canary")
    missing, nonsense = str(tmp_path / "missing.pem"), str(tmp_path / "nonsense.pem")
    configs = [
        TlsConfig(ca_file=missing),
        TlsConfig(ca_file=nonsense),
        TlsConfig(cert_file=missing, key_file=missing),
        TlsConfig(cert_file=nonsense, key_file=nonsense),
        TlsConfig(cert_file=authority.ca_file, key_file=authority.ca_file),
    ]

    for config in configs:
        with pytest.raises(ProbeError) as caught:
            Contexts().get(config)

        assert caught.value.reason is Reason.SECRET
        assert (config.ca_file or config.cert_file) in caught.value.detail
        assert "canary" not in caught.value.detail


def test_an_encrypted_key_does_not_ask_the_terminal(authority, tmp_path):
    from cryptography.hazmat.primitives import serialization

    pem = serialization.Encoding.PEM
    path = tmp_path / "key.pem"
    path.write_bytes(
        authority.key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"canary")
        )
        + authority.certificate.public_bytes(pem)
    )

    with pytest.raises(ProbeError) as caught:
        Contexts().get(TlsConfig(cert_file=str(path), key_file=str(path)))

    assert caught.value.reason is Reason.SECRET
