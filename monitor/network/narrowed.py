"""The network of a process, for runs on request: narrowed to what is allowed for them, and with their own secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from monitor.inventory import Check
from monitor.network.admission import Admission, AdmittedNames, networks_of
from monitor.network.dial import Dialler
from monitor.network.egress import EgressPolicy
from monitor.network.needs import Secrets
from monitor.network.run import RunVantage, done_by
from monitor.network.shared import Shared
from monitor.network.tokens import TokenStore
from monitor.network.visit import Web
from monitor.plugin.secret import Secret
from monitor.settings import Allow


@dataclass(frozen=True, slots=True)
class KnownSecrets:
    """Secrets whose text is known because it stood in a file of modules, before all others."""

    known: Mapping[Secret, str]
    others: Secrets

    def __repr__(self) -> str:
        return f"KnownSecrets({len(self.known)})"

    def reveal(self, secret: Secret) -> str:
        """Return the text of a secret."""
        found = self.known.get(secret)
        return self.others.reveal(secret) if found is None else found


@dataclass(frozen=True, slots=True)
class Trail:
    """What a run on request left behind.

    Attributes:
        vantage: Its phases, its readings and its newest TLS handshake.
        names: What it looked up.
        admission: Which addresses it tried.
    """

    vantage: RunVantage
    names: AdmittedNames
    admission: Admission


class Narrowed:
    """Makes a vantage for each run on request."""

    def __init__(self, shared: Shared, egress: EgressPolicy, allow: Allow) -> None:
        self._shared = replace(shared, tokens=TokenStore(shared.clock))
        self._egress = egress
        self._networks = networks_of(allow)
        self._hosts = allow.hosts

    def trail(self, check: Check, deadline: float, known: Mapping[Secret, str]) -> Trail:
        """Return the vantage of one run, which is abandoned at ``deadline`` on the monotonic clock, and its trail."""
        shared = self._shared
        admission = Admission(self._egress, self._networks, self._hosts)
        names = AdmittedNames(shared.names, admission)
        dialler = Dialler(names, admission)
        own = replace(
            shared,
            names=names,
            dialler=dialler,
            web=Web(dialler, shared.contexts, shared.web.proxy, shared.web.environment),
            secrets=KnownSecrets(known, shared.secrets),
        )
        return Trail(RunVantage(own, check, done_by(deadline, shared.clock.monotonic())), names, admission)
