"""``tls_server_config`` to what Python's ``ssl`` can do; what it cannot do is refused by name."""

import os
import ssl
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from monitor.config.place import Node, Problems
from monitor.config.webconfig.certificates import Certificates, certificates
from monitor.config.webconfig.grammar import TlsServerShape
from monitor.config.webconfig.suites import CURVES, OLDER, OPENSSL
from monitor.config.webconfig.webconfig import ServerTls

VERSIONS = {
    "TLS10": ssl.TLSVersion.TLSv1, "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3,
}  # fmt: skip
OLD = frozenset({"TLS10", "TLS11"})
MODES = {
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
UNVERIFIED = {
    "RequestClientCert": "VerifyClientCertIfGiven",
    "RequireClientCert": "RequireAndVerifyClientCert",
    "RequireAnyClientCert": "RequireAndVerifyClientCert",
}
"""Policies that take certificates without verifying them, which Python's ssl cannot do, and what to write instead."""


def server_tls(shape: TlsServerShape, node: Node, folder: Path, problems: Problems) -> ServerTls | None:
    """Return how TLS is to be spoken, or note all that keeps it from that.

    Args:
        shape: Of the section.
        node: Where it stands.
        folder: That the paths of files start from.
        problems: Takes up what is found.
    """
    wrong = Problems()
    _check_clients(shape, node, wrong)
    _check_versions(shape, node, wrong)
    _check_curves(shape, node, wrong)
    found = certificates(shape, node, folder, wrong)
    context = None
    if found is not None and not wrong.has_errors:
        try:
            context = _context(shape, found)
        except (ssl.SSLError, ValueError) as error:
            why = getattr(error, "reason", None) or str(error)
            wrong.add(node, f"OpenSSL refuses it: {str(why).replace('_', ' ').lower()[:200]}", at_key=True)
    problems.found += wrong.found
    if context is None or found is None:
        return None
    return ServerTls(
        context=context,
        verifies_clients=context.verify_mode is not ssl.CERT_NONE,
        demands_certificate=context.verify_mode is ssl.CERT_REQUIRED,
        allowed_sans=frozenset(map(plain_san, shape.client_allowed_sans or ())),
        ends=found.ends,
    )


def plain_san(name: str) -> str:
    """Return an address as certificates' ones are written, and any other name as it is."""
    try:
        return str(ip_address(name))
    except ValueError:
        return name


def _check_clients(shape: TlsServerShape, node: Node, problems: Problems) -> None:
    policy, place = shape.client_auth_type, node.find("client_auth_type")
    has_authority = bool(shape.client_ca or shape.client_ca_file)
    if policy in UNVERIFIED:
        message = f"{policy} takes certificates without verifying them, which is not to be had here"
        problems.add(place, f"{message}; write {UNVERIFIED[policy]}, and client_ca_file")
    elif policy in MODES and not has_authority:
        message = f"{policy} needs client_ca_file: without it, a certificate of any public authority would do"
        problems.add(place, message)
    elif policy not in MODES and has_authority:
        one = node.find("client_ca", "client_ca_file")
        problems.add(one, "nobody is asked for a certificate; write client_auth_type: RequireAndVerifyClientCert")
    if shape.client_allowed_sans is not None and policy != "RequireAndVerifyClientCert":
        message = (
            "who has no certificate would have no name to compare; write client_auth_type: RequireAndVerifyClientCert"
        )
        problems.add(node.find("client_allowed_sans"), message, at_key=True)


def _check_versions(shape: TlsServerShape, node: Node, problems: Problems) -> None:
    first, last = shape.min_version, shape.max_version
    if VERSIONS[first] > VERSIONS[last]:
        problems.add(node.find("max_version", "min_version"), f"nothing is from {first} up to {last}; swap them")
    elif first in OLD:
        message = f"{first} is broken (RFC 8996); write TLS12 unless a client can do no better"
        problems.add(node.find("min_version"), message, is_error=False)
    if shape.cipher_suites and not _older(shape) and VERSIONS[last] < ssl.TLSVersion.TLSv1_3:
        message = f"none of them is for {last}; add one, such as {OLDER[0]}"
        problems.add(node.find("cipher_suites"), message, at_key=True)


def _check_curves(shape: TlsServerShape, node: Node, problems: Problems) -> None:
    if len(shape.curve_preferences) > 1:
        message = "Python's ssl takes one curve, not a list; leave one of them, or none for OpenSSL's own choice"
        problems.add(node.find("curve_preferences"), message, at_key=True)
    for name in shape.curve_preferences[:1]:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).set_ecdh_curve(CURVES[name])
        except (ssl.SSLError, ValueError):  # X25519 with Python 3.11.2
            message = f"this Python's ssl cannot be told {name}; write CurveP256, or none for OpenSSL's own choice"
            problems.add(node.find("curve_preferences"), message, at_key=True)


def _older(shape: TlsServerShape) -> Sequence[str]:
    return [name for name in shape.cipher_suites or OLDER if name in OLDER]


def _context(shape: TlsServerShape, found: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    older = _older(shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are asked for by name
        context.minimum_version = VERSIONS[shape.min_version] if older else ssl.TLSVersion.TLSv1_3
        context.maximum_version = VERSIONS[shape.max_version]
    if older:
        ciphers = [OPENSSL[name] for name in older]
        context.set_ciphers(":".join([*ciphers, "@SECLEVEL=0"] if shape.min_version in OLD else ciphers))
    if shape.curve_preferences:
        context.set_ecdh_curve(CURVES[shape.curve_preferences[0]])
    if not shape.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    with _as_file(found.chain) as chain, _as_file(found.key) as key:
        context.load_cert_chain(chain, key)
    if shape.client_auth_type in MODES:
        context.load_verify_locations(cadata=found.client_ca.decode("ascii", "replace"))
        # Alike for all versions of Python: 3.13 would be stricter with private authorities than Go is.
        context.verify_flags = ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_mode = MODES[shape.client_auth_type]
    return context


@contextmanager
def _as_file(text: bytes) -> Iterator[str]:
    """Lend a path to a text: ``ssl`` reads certificates from files only, and a key has no place on a disk."""
    descriptor = os.memfd_create("pem")
    try:
        os.write(descriptor, text)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
