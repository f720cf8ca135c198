"""The probe: its options, and one look at a server or at files."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal

from datashare_monitor_tls import store
from datashare_monitor_tls.findings import verdict
from datashare_monitor_tls.identity import Expected, fingerprint
from datashare_monitor_tls.judgement import Rules, findings_in, summary
from datashare_monitor_tls.own import own_certificate
from datashare_monitor_tls.readings import of_handshake
from datashare_monitor_tls.revocation import revocation
from datashare_monitor_tls.server import Server
from datashare_monitor_tls.settings import Crl, Ocsp
from datashare_monitor_tls.starttls import Starttls, opening
from datashare_monitor_tls.validity import Limits
from monitor.plugin import HostPort, IpProtocol, Observation, Pattern, Secret, TlsConfig, Vantage

Version = Literal["TLS10", "TLS11", "TLS12", "TLS13"]
OF_SERVERS = (
    "server_name", "starttls", "min_version", "allowed_ciphers", "ocsp", "crl", "tls_config", "preferred_ip_protocol",
    "ip_protocol_fallback",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TlsProbe:
    """Judges the certificates of a server or in files. What they say is measured even when they cannot be trusted.

    Every fault has a reason of its own: expired, not valid yet, for another name, signed by itself, of an unknown
    authority, chain incomplete, revoked, weak. What OpenSSL would refuse as weak is degraded where nobody verifies.

    Attributes:
        target: ``host:port`` of a server; this or ``file``.
        file: Certificates in files instead, by a path or a pattern such as ``/etc/ssl/lgsp/*.pem``: PEM, DER or
            PKCS #12, 100 files of 1 MiB at most. Nobody verifies who issued them. A file that is missing or cannot be
            read makes the check unknown, one without a certificate down.
        password: Of PKCS #12 files.
        server_name: The name to ask for and to verify, when it is not the target's host.
        starttls: What is spoken before TLS begins: ``smtp``, ``imap``, ``pop3``, ``ldap``, ``postgres``, ``ftp`` or
            ``xmpp``.
        min_days: Down when a certificate runs out in fewer days, in the chain that was verified or else in the one
            sent; our own client certificate too, if ``tls_config`` names one.
        degraded_days: Degraded when one runs out in fewer days.
        min_version: Down when the server agrees to no version as new as this; ``TLS12`` unless set here or in
            ``tls_config``.
        allowed_ciphers: Down when none of these patterns matches all of the cipher's name, OpenSSL's or IANA's.
        pinned_fingerprints: SHA-256 of certificates or of their public keys, one of which must be in the verified
            chain; without one, the server's own.
        expected_issuer: A pattern to be found in the name of the server's certificate's issuer (RFC 4514 text).
        expected_names: Names and addresses that the server's certificate must all have.
        ocsp: Whether and how to ask OCSP.
        crl: Whether and how to look at a revocation list.
        preferred_ip_protocol: The family of addresses tried first.
        ip_protocol_fallback: Whether the other one is tried next.
    """

    target: HostPort | None = None
    file: str | None = None
    password: Secret | None = None
    server_name: str | None = None
    starttls: Starttls | None = None
    min_days: int = 0
    degraded_days: int = 14
    min_version: Version | None = None
    allowed_ciphers: tuple[Pattern, ...] = ()
    pinned_fingerprints: tuple[str, ...] = ()
    expected_issuer: Pattern | None = None
    expected_names: tuple[str, ...] = ()
    ocsp: Ocsp | None = None
    crl: Crl | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        if (self.target is None) == (self.file is None):
            raise ValueError("write one of target (a server) and file (certificates in files)")
        Limits(self.min_days, self.degraded_days)
        for text in self.pinned_fingerprints:
            fingerprint(text)
        if self.file is not None:
            self._check_file(self.file)
        elif self.password is not None:
            raise ValueError("password is that of PKCS #12 files; it goes with file, not with target")
        for name in ("server_name", "min_version"):
            if getattr(self, name) and getattr(self.tls_config, name):
                raise ValueError(f"write {name} once, here or in tls_config")
        if self.tls_config.insecure_skip_verify and (self.ocsp or self.crl):
            raise ValueError("ocsp and crl need a chain that was verified; take insecure_skip_verify out")

    def _check_file(self, file: str) -> None:
        if not PurePath(file).is_absolute():
            raise ValueError(f"{file[:200]!a} under file depends on where the monitor is started; write the whole path")
        if "**" in file:
            raise ValueError("** under file could search the whole machine; name the folder")
        misplaced = [
            name for name in OF_SERVERS if getattr(self, name) != type(self).__dataclass_fields__[name].default
        ]
        if misplaced:
            raise ValueError(f"{', '.join(misplaced)} cannot be asked of files; take it out, or write target for file")

    async def observe(self, vantage: Vantage) -> Observation:
        """Look once."""
        if self.target is not None:
            return await self._server(vantage, self.target)
        password = vantage.reveal(self.password) if self.password else None
        return await store.look(vantage, self.file or "", password, self._limits, self._expected)

    async def _server(self, vantage: Vantage, target: HostPort) -> Observation:
        server = self._reached(target)
        facts = await server.facts(vantage)
        readings = tuple(of_handshake(facts, is_judged=not self.tls_config.insecure_skip_verify))
        vantage.note(*readings)  # whatever becomes of the questions about revocation
        own, revoked = await asyncio.gather(
            own_certificate(vantage, server.tls_config, self._limits),
            revocation(vantage, server, facts, self.ocsp, self.crl),
        )
        now = vantage.now()
        rules = Rules(limits=self._limits, expected=self._expected, allowed_ciphers=self.allowed_ciphers)
        findings = list(findings_in(facts, server, rules, now))
        for seen in (own, *revoked):
            findings += seen.findings
            readings += seen.readings
        return verdict(findings, readings, summary(facts, now))

    def _reached(self, target: HostPort) -> Server:
        config = replace(
            self.tls_config,
            server_name=self.server_name or self.tls_config.server_name,
            min_version=self.min_version or self.tls_config.min_version,
        )
        name = config.server_name or target.host
        return Server(
            target=target,
            name=name,
            tls_config=config,
            opening=opening(self.starttls, name),
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
        )

    @property
    def _limits(self) -> Limits:
        return Limits(self.min_days, self.degraded_days)

    @property
    def _expected(self) -> Expected:
        pins = tuple(map(fingerprint, self.pinned_fingerprints))
        return Expected(pins=pins, issuer=self.expected_issuer, names=self.expected_names)
