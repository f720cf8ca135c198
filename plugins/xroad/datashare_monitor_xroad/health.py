"""The probe of kind ``xroad-health``: what a security server says of itself on its health-check port."""

from dataclasses import dataclass

from datashare_monitor_xroad.readings import HEALTHY, IN_MAINTENANCE, STATUS_CODE
from monitor.plugin import HttpOptions, Observation, Reason, Url, Vantage, down, up

MOST_BYTES = 64 * 1024
PARTS = (
    ("ocsp", "the OCSP status of its authentication key"),
    ("authentication key", "its authentication key"),
    ("serverconf", "its configuration database"),
    ("server conf", "its configuration database"),
    ("global conf", "its global configuration"),
    ("hsm", "a hardware security module"),
    ("memory", "its memory"),
)
"""What a security server checks of itself, by words of its answer, which may hold anything."""


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
            return down(Reason.SELF_REPORTED, f"the security server says that {failing(answer.text())}", *seen)
        return down(Reason.STATUS, f"answered {answer.status}, expected 200, 500 or 503", *seen)


def failing(said: str) -> str:
    """Return what of a security server fails by its own words, in ours."""
    text = said.lower()
    part = next((part for words, part in PARTS if words in text), "")
    if not part:
        return "it is failing, and not in which part"
    return f"it is failing: {part}{' could not be checked in time' if 'timed out' in text else ''}"
