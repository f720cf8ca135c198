"""Looks on request: a module and a target make a check that is run once."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from monitor.clock import Clock
from monitor.config.modules import Module, Modules
from monitor.config.modules.module import TargetError
from monitor.engine.single import Looked, Single
from monitor.inventory import Check, CheckId
from monitor.network import Network
from monitor.network.ledger import Handshake
from monitor.network.narrowed import Trail
from monitor.network.run import RunVantage
from monitor.observation import REFUSED_CERTIFICATE, Reason, Status
from monitor.plugin.measures import TLS, tls_readings
from monitor.plugin.vantage import TlsFacts
from monitor.settings import OnRequest
from monitor.vitals import Vitals
from monitor.web.probing.looks import CertificateLook, Conversing, Shown, missing_family, own_measures
from monitor.web.probing.result import TARGET, Result

SHORTEST_SECONDS = 0.05
"""What must be left of a timeout for a second handshake."""


class BusyError(Exception):
    """There is no room for another look; the message says why."""


class Prober:
    """Makes looks on request.

    Attributes:
        modules: Those in force.
        unknown_modules: How often one was asked for that there is not.
    """

    def __init__(self, network: Network, clock: Clock, vitals: Vitals, settings: OnRequest) -> None:
        self.settings = settings
        self.modules: Modules = {}
        self.unknown_modules = 0
        self.under_way = 0
        self._clock = clock
        self._network = network.narrowed(settings.allow)
        self._single = Single(clock, vitals, self)
        self._numbers = count(1)
        self._modules: dict[CheckId, Module] = {}
        self._trails: dict[CheckId, Trail] = {}

    async def look(self, module: Module, target: str, hostname: str, timeout_seconds: float) -> Result:
        """Look once at a target.

        Raises:
            BusyError: Too many looks are under way.
            HostnameError: The module has another host name already.
        """
        asked: dict[str, Any] = {
            "module": module, "target": target, "started": self._clock.now(), "timeout_seconds": timeout_seconds
        }  # fmt: skip
        try:
            probe = module.probe(target, hostname)
        except TargetError as error:
            return Result(**asked, status=Status.UNKNOWN, reason=TARGET, detail=str(error), is_aimed=False)
        if lacks := missing_family(module, module.host(probe)):
            return Result(**asked, status=Status.DOWN, reason=str(Reason.DNS), detail=lacks)
        if timeout_seconds <= 0:
            words = "no time is left of the timeout of the scrape"
            return Result(**asked, status=Status.DOWN, reason=str(Reason.TIMEOUT), detail=words)
        shown = Shown()
        if callable(getattr(probe, "converse", None)):
            check = replace(self._check(module, probe, timeout_seconds), probe=Conversing(probe, shown))
        else:
            check = self._check(module, probe, timeout_seconds)
        if why_not := self._busy(check):
            raise BusyError(why_not)
        ends = self._clock.monotonic() + timeout_seconds
        self.under_way += 1
        try:
            looked, trail = await self._once(check, module)
            made = Result(**asked, **_seen(looked, trail), labels=shown.labels)
            return await self._with_certificates(made, check, ends)
        finally:
            self.under_way -= 1

    async def stop(self, within: timedelta) -> None:
        """End all looks."""
        await self._single.stop(within)

    def vantage(self, check: Check, deadline: float) -> RunVantage:
        """Return the vantage of a look: the engine asks for it."""
        trail = self._network.trail(check, deadline, self._modules[check.id].secrets)
        self._trails[check.id] = trail
        return trail.vantage

    async def resolve_fresh(self, host: str) -> object:  # noqa: ARG002
        """Return nothing: no look on request is doubted."""
        return ()

    def _busy(self, check: Check) -> str:
        if self.under_way >= self.settings.at_once:
            return f"{self.under_way} probes are under way already"
        return self._single.refusal(check)

    async def _once(self, check: Check, module: Module) -> tuple[Looked, Trail | None]:
        self._modules[check.id] = module
        try:
            looked = await self._single.look(check)
            return looked, self._trails.get(check.id)
        finally:
            del self._modules[check.id]
            self._trails.pop(check.id, None)

    async def _with_certificates(self, result: Result, check: Check, ends: float) -> Result:
        """Return the result with what the certificates say that were refused."""
        seen = result.handshake
        left = ends - self._clock.monotonic()
        if seen is None or result.facts is not None or left < SHORTEST_SECONDS:
            return result
        if result.reason not in REFUSED_CERTIFICATE or _talks_before_tls(result.module):
            return result
        shown = Shown()
        probe = CertificateLook(seen.host, seen.port, seen.tls_config, shown)
        again = replace(check, id=self._id(result.module), probe=probe, timeout=timedelta(seconds=left))
        await self._once(again, result.module)
        facts = shown.tls
        if facts is None:
            return result
        known = {reading.measure.name for reading in result.readings}
        more = [one for one in tls_readings(facts) if one.measure.name not in known]
        return replace(result, facts=facts, readings=(*result.readings, *more))

    def _check(self, module: Module, probe: object, timeout_seconds: float) -> Check:
        timeout = timedelta(seconds=timeout_seconds)
        return Check(
            id=self._id(module),
            kind=module.kind.name,
            plugin=module.plugin,
            probe=probe,  # type: ignore[arg-type] # a kind's dataclass; conformance was looked at when it was loaded
            every=timeout,
            timeout=timeout,
            host=module.host(probe),
            where=module.where,
            measures={**{measure.name: measure for measure in TLS}, **module.measures, **own_measures(probe)},
        )

    def _id(self, module: Module) -> CheckId:
        return CheckId(f"probe/{module.name}/{next(self._numbers)}")


def _seen(looked: Looked, trail: Trail | None) -> dict[str, Any]:
    run, seen = looked.run, looked.observation
    handshake = None if trail is None else trail.vantage.handshake
    return {
        "status": seen.status,
        "duration_seconds": run.duration_seconds,
        "reason": str(seen.reason or ""),
        "detail": seen.detail,
        "readings": seen.readings,
        "phases": dict(run.phases or {}),
        "names": () if trail is None else tuple(trail.names.found),
        "tried": () if trail is None else tuple(trail.admission.tried),
        "handshake": handshake,
        "half": None if trail is None else trail.vantage.half_answer,
        "facts": _facts(handshake),
    }


def _facts(handshake: Handshake | None) -> TlsFacts | None:
    return None if handshake is None else handshake.facts


def _talks_before_tls(module: Module) -> bool:
    steps = module.settings.get("query_response", ())
    return any(step.get("starttls") for step in steps)
