"""A web-config file once it is checked."""

import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a caller of the HTTP surface may do."""

    HEALTH = "health"
    """Ask whether the monitor is alive and ready."""
    METRICS = "metrics"
    """Scrape /metrics and discover its slices."""
    READ = "read"
    """Read the pages and the API."""
    PROBE = "probe"
    """Have targets probed on request."""
    HEARTBEAT = "heartbeat"
    """Report for every check that listens, without its token."""
    RELOAD = "reload"
    """Have the configuration loaded anew."""


Granted = frozenset[Role]

EVERYTHING: Granted = frozenset(Role) - {Role.HEARTBEAT}
"""What whoever is let in may do unless roles say otherwise: a heartbeat needs the token of its check all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Who may do what: whatever a caller is granted adds up.

    Attributes:
        users: By the name of the user.
        client_sans: By a subject alternative name of the client's certificate, exactly as it stands there.
        anonymous: Of everybody, without a password and without a certificate.
    """

    users: Mapping[str, Granted] = field(default_factory=dict)
    client_sans: Mapping[str, Granted] = field(default_factory=dict)
    anonymous: Granted = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A token bucket for all requests together.

    Attributes:
        interval_seconds: After which one more request is let in.
        burst: How many are let in at once.
    """

    interval_seconds: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """How TLS is spoken.

    Attributes:
        context: Holds the certificate, the key and whom to trust; never changed.
        verifies_clients: Whether the certificate of a client, if it shows one, is verified.
        demands_certificate: Whether a client without a certificate is turned away.
        ends: When the certificate does, UTC.
        allowed_sans: A client's certificate must have one of these names; empty for any.
    """

    context: ssl.SSLContext = field(repr=False)
    ends: datetime
    verifies_clients: bool = False
    demands_certificate: bool = False
    allowed_sans: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """Who may speak to the HTTP surface, and how.

    Attributes:
        tls: None for plain HTTP.
        headers: Set on every answer.
        users: The bcrypt hash of each user's password; empty when nobody has to log in.
        rate: None for no limit.
        roles: None when whoever is let in may do everything.
    """

    tls: ServerTls | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    rate: RateLimit | None = None
    roles: Roles | None = None

    def granted(self, user: str | None, sans: Collection[str]) -> Granted:
        """Return what a caller may do.

        Args:
            user: Who has shown the password of that user; None for nobody.
            sans: The names in the client's certificate, when it was verified.
        """
        if self.roles is None:
            return EVERYTHING if user is not None or not self.users else frozenset()
        found = self.roles.anonymous | self.roles.users.get(user or "", frozenset())
        return found.union(*(self.roles.client_sans.get(name, frozenset()) for name in sans))


OPEN = WebConfig()
"""Plain HTTP, for everybody: what there is without a web-config file."""
