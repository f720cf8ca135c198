"""Cipher suites and curves: Go's names, OpenSSL's names."""

from monitor.plugin.ciphers import IANA

OPENSSL = {iana: openssl for openssl, iana in IANA.items()}
"""OpenSSL's name of a suite by IANA's, which is Go's too."""

TLS13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
"""Taken in a list and without effect, as in Go: TLS 1.3 has no other, and all of them are good."""

OLDER = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
)
"""Up to TLS 1.2, in Go's order of preference (crypto/tls: cipherSuitesPreferenceOrder); its default, too."""

SUITES = (*TLS13, *OLDER)
"""What Go's ``tls.CipherSuites()`` returns."""

INSECURE = frozenset(OPENSSL) - frozenset(SUITES)

CURVES = {"CurveP256": "prime256v1", "CurveP384": "secp384r1", "CurveP521": "secp521r1", "X25519": "X25519"}
"""OpenSSL's name of a curve by Go's."""
