"""What a running daemon has made of a check whose target reports in: it cannot be looked at from anywhere else."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.cli.arguments import UnusableError
from monitor.cli.asking import NotThereError, ask
from monitor.cli.caller import Caller
from monitor.cli.look import Finding
from monitor.inventory import Check
from monitor.measure import Reading
from monitor.observation import FaultDomain, Observation, Reason, Status, unknown
from monitor.outcome import Outcome


class Hearsay:
    """Asks a daemon for its newest look at a check, in place of looking."""

    def __init__(self, check: Check, url: str, caller: Caller, vantage: str) -> None:
        self._check = check
        self._url = url.rstrip("/")
        self._caller = caller
        self._vantage = vantage

    @property
    def note(self) -> str:
        """What kind of check this is, and whose findings are shown."""
        return (
            f"Its target reports in by itself, POST {self._url}/api/v1/heartbeats/{self._check.id} with the header"
            f" Authorization: Bearer TOKEN; so the daemon there was asked, and nothing looked at."
        )

    async def once(self) -> Finding:
        """Ask once; where nobody answers, the outcome says so."""
        return Finding(outcome=await asyncio.to_thread(self._outcome))

    async def with_chains(self, finding: Finding) -> Finding:
        """Return the finding: there was no handshake."""
        return finding

    def _outcome(self) -> Outcome:
        try:
            told = ask(self._url, f"/api/v1/checks/{self._check.id}", self._caller)
        except NotThereError:
            return self._unheard(f"the daemon at {self._url} has no such check: reload it, or name another with --url")
        except UnusableError as error:
            return self._unheard(error.message)
        try:
            newest = told["newest"]
            return self._unheard("the daemon has just begun") if newest is None else self._read(told, newest)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return self._unheard(f"what answers at {self._url} is not this monitor: {error!r}")

    def _unheard(self, why: str) -> Outcome:
        detail = f"nothing to look at from here, and nobody to ask: {why}"
        return self._made(datetime.now(UTC), unknown(Reason.PENDING, detail))

    def _read(self, told: Mapping[str, Any], newest: Mapping[str, Any]) -> Outcome:
        observation = Observation(
            Status(newest["status"]),
            None if newest["reason"] is None else Reason(newest["reason"]),
            str(newest["detail"]),
            tuple(self._readings(told["readings"])),
            None if newest["fault"] is None else FaultDomain(newest["fault"]),
        )
        started = datetime.fromisoformat(newest["started"])
        phases = {str(name): float(seconds) for name, seconds in newest["phases"].items()}
        return self._made(started, observation, str(newest["vantage"]), float(newest["duration_seconds"]), phases)

    def _readings(self, told: list[Mapping[str, Any]]) -> Iterator[Reading]:
        """Yield the readings of measures that are declared here, too."""
        for one in told:
            measure = self._check.measures.get(one["measure"])
            if measure is not None and one["value"] is not None:
                yield measure(float(one["value"]), **one["labels"])

    def _made(
        self,
        started: datetime,
        observation: Observation,
        vantage: str = "",
        seconds: float = 0.0,
        phases: Mapping[str, float] | None = None,
    ) -> Outcome:
        return Outcome(
            check=self._check.id,
            vantage=vantage or self._vantage,
            started=started,
            duration_seconds=seconds,
            observation=observation,
            phases=phases or {},
        )
