"""The probe of kind ``xroad-health``: what a security server says of itself on its health-check port."""

from dataclasses import dataclass

from datashare_monitor_xroad.readings import HEALTHY, IN_MAINTENANCE, STATUS_CODE
from monitor.plugin import HttpOptions, Observation, Reason, Url, Vantage, down, up

MOST_BYTES = 64 * 1024
SHOWN = 160


@dataclass(frozen=True, kw_only=True)
class XRoadHealthProbe:
    """Asks the health-check port of a security server (IG-XLB, 3.4): 200 is healthy, 500 failing, 503 maintenance.

    Attributes:
        target: The health-check port, usually ``http://host:5588``.
    """

    target: Url

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask once."""
        options = HttpOptions(follow_redirects=False, max_body=MOST_BYTES)
        answer = await vantage.http.request("GET", self.target, options=options)
        seen = (
            STATUS_CODE(answer.status),
            HEALTHY(int(answer.status == 200)),
            IN_MAINTENANCE(int(answer.status == 503)),
        )
        if answer.status == 200:
            return up(*seen, detail="healthy")
        if answer.status == 503:
            return down(Reason.MAINTENANCE, "the security server says that it is in maintenance", *seen)
        if answer.status == 500:
            said = " ".join(answer.text()[: SHOWN * 2].split())[:SHOWN]
            return down(
                Reason.SELF_REPORTED, f"the security server says that it is failing: {said or 'nothing'}", *seen
            )
        return down(Reason.STATUS, f"answered {answer.status}, expected 200, 500 or 503", *seen)
