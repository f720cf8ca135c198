"""What an answer of a time server measures."""

from dataclasses import dataclass

from datashare_monitor_ntp.packet import Answer, between, stamp
from monitor.plugin import Measure, Reading

OFFSET = Measure("probe_ntp_offset_seconds", "How far the server's clock is ahead of the monitor's.")
DELAY = Measure("probe_ntp_delay_seconds", "Round trip to the server, without the time it took to answer.")
STRATUM = Measure("probe_ntp_stratum", "Steps from the server to a reference clock.")
LEAP = Measure(
    "probe_ntp_leap", "Leap indicator: 1 second more, 2 second less at the end of the day, 3 not synchronised."
)
ROOT_DELAY = Measure("probe_ntp_root_delay_seconds", "Round trip from the server to its reference clock.")
ROOT_DISPERSION = Measure("probe_ntp_root_dispersion_seconds", "How wrong the server says it may be.")
REFERENCE_AGE = Measure("probe_ntp_reference_age_seconds", "Time since the server's clock was last set.")

MEASURES = (OFFSET, DELAY, STRATUM, LEAP, ROOT_DELAY, ROOT_DISPERSION, REFERENCE_AGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One exchange, worked out as in section 8 of RFC 5905. All in seconds.

    Attributes:
        reference_age: None when the server never set its clock.
    """

    offset: float
    delay: float
    root_dispersion: float
    reference_age: float | None


def sample(answer: Answer, asked: float, answered: float) -> Sample:
    """Return what an answer says of two clocks; we asked and were answered at these Unix times."""
    first, last = stamp(asked), stamp(answered)
    there, back = between(first, answer.received), between(last, answer.sent)
    return Sample(
        offset=(there + back) / 2,
        delay=max(there - back, 0.0),
        root_dispersion=answer.root_dispersion,
        reference_age=between(answer.referred, answer.sent) if answer.referred else None,
    )


def readings_of(answer: Answer, seen: Sample) -> tuple[Reading, ...]:
    """Return everything that an answer measures."""
    age = () if seen.reference_age is None else (REFERENCE_AGE(seen.reference_age),)
    return (
        OFFSET(seen.offset), DELAY(seen.delay), STRATUM(answer.stratum), LEAP(answer.leap),
        ROOT_DELAY(answer.root_delay), ROOT_DISPERSION(answer.root_dispersion), *age,
    )  # fmt: skip
