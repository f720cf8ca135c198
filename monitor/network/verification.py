"""What kind of fault a certificate was refused for."""

import ssl
from collections.abc import Sequence

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from monitor.observation import Reason
from monitor.plugin.vantage import Certificate

BY_CODE = {
    9: Reason.CERTIFICATE_NOT_YET_VALID,
    10: Reason.CERTIFICATE_EXPIRED,
    18: Reason.CERTIFICATE_SELF_SIGNED,
    19: Reason.CERTIFICATE_UNTRUSTED,  # the authority's own certificate was sent, and we do not trust it
    23: Reason.CERTIFICATE_REVOKED,
    62: Reason.CERTIFICATE_NAME,
    64: Reason.CERTIFICATE_NAME,  # an address
    66: Reason.CERTIFICATE_WEAK,  # the server's own key
    67: Reason.CERTIFICATE_WEAK,  # an authority's key
    68: Reason.CERTIFICATE_WEAK,  # the digest of a signature
}
"""``X509_V_ERR_…`` of OpenSSL's x509_vfy.h."""
NO_ISSUER = frozenset({2, 20, 21})
OUTDATED = frozenset(
    {
        "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_SSL_VERSION", "VERSION_TOO_LOW",
        "SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_INSUFFICIENT_SECURITY", "NO_SHARED_CIPHER", "DH_KEY_TOO_SMALL",
        "WRONG_SIGNATURE_TYPE", "LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED", "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
    }
)  # fmt: skip
"""OpenSSL's words for a server that may still speak, if only to clients that are less careful."""


def reason_of(error: ssl.SSLCertVerificationError, chain: Sequence[Certificate] = ()) -> Reason:
    """Return the reason for which OpenSSL refused a certificate; ``chain`` is what the server sent."""
    code = getattr(error, "verify_code", 0)
    if code in NO_ISSUER:
        return Reason.CERTIFICATE_CHAIN if is_incomplete(chain) else Reason.CERTIFICATE_UNTRUSTED
    return BY_CODE.get(code, Reason.CERTIFICATE)


def is_outdated(error: ssl.SSLError) -> bool:
    """Tell whether a handshake failed for something that only an old client would put up with."""
    return str(getattr(error, "reason", "")) in OUTDATED


def is_incomplete(chain: Sequence[Certificate]) -> bool:
    """Tell whether a server sends less than it should.

    An authority that nobody trusts and one that was left out look alike. It was left out for certain when others were
    sent that do not join on, and most likely when the server's certificate came alone but says where its issuer's is to
    be had.
    """
    joined = links(chain)
    if not joined or joined[-1].subject == joined[-1].issuer:
        return False
    return len(joined) < len(chain) or (len(chain) == 1 and names_its_issuer(chain[0]))


def links(chain: Sequence[Certificate]) -> Sequence[Certificate]:
    """Return the certificates that join on to each other, from the server's own upwards."""
    left = list(chain[1:])
    joined = list(chain[:1])
    while joined and joined[-1].subject != joined[-1].issuer:
        issuer = next((one for one in left if one.subject == joined[-1].issuer), None)
        if issuer is None:
            break
        left.remove(issuer)
        joined.append(issuer)
    return joined


def names_its_issuer(certificate: Certificate) -> bool:
    """Tell whether a certificate says where the one of its issuer is to be had."""
    try:
        read = x509.load_der_x509_certificate(certificate.der)
        access = read.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return any(one.access_method == AuthorityInformationAccessOID.CA_ISSUERS for one in access)
