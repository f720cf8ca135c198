"""Who is to blame for the end of a process, and what becomes of the runs it had. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from monitor.engine.worker.life import Run

GRACE_SECONDS = 0.25
"""A run whose process has not answered so long after its deadline ends it."""
HOLD_SECONDS = 1.0
"""An asynchronous run that holds the loop so long while others wait ends its process."""
LEAST_SECONDS = 0.05
"""With less than this left a run is not made anew."""
MOST_LIVES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a process ends.

    Attributes:
        culprits: Runs to blame that have no result.
        is_clear: Whether it is known who is to blame; otherwise every run is a suspect.
        counts: Whether it is a misdeed, and brings the plugin closer to quarantine.
    """

    why: str
    culprits: tuple[Run, ...] = ()
    is_clear: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of runs whose process is lost: with their detail those that fail, and those to be made anew."""

    failed: tuple[tuple[Run, str], ...]
    again: tuple[Run, ...]


def overdue(runs: Collection[Run], holder: Run | None, held_seconds: float, now: float) -> Verdict | None:
    """Return the verdict on a process that does not answer; None while it may go on.

    ``holder`` is the one of its runs that holds its loop, and has held it for so many seconds.
    """
    late = tuple(run for run in runs if now > run.deadline + GRACE_SECONDS)
    if holder is not None and (late or (held_seconds > HOLD_SECONDS and len(runs) > 1)):
        advice = "a long computation belongs into a plain function, not async def"
        return Verdict(f"a run held its loop for {held_seconds:.1f} s; {advice}", (holder,), is_clear=True)
    if late:
        return Verdict("it did not answer when the time of a run was up", late, is_clear=True)
    return None


def settle(runs: Iterable[Run], verdict: Verdict, now: float) -> Settlement:
    """Return what becomes of the runs of a process that ends.

    When nobody is known to be to blame, each is made anew alone, so that the one that is shows itself.
    """
    runs = [run for run in runs if not run.result.done()]
    culprits = verdict.culprits if verdict.is_clear or len(runs) != 1 else tuple(runs)
    failed = [(run, f"its worker was ended: {verdict.why}") for run in runs if run in culprits]
    again = []
    for run in runs:
        if run in culprits:
            continue
        if run.deadline - now > LEAST_SECONDS and run.lives < MOST_LIVES:
            run.is_suspect = run.is_suspect or not verdict.is_clear
            again.append(run)
        else:
            failed.append((run, f"its worker was lost, and no time is left for another: {verdict.why}"))
    return Settlement(tuple(failed), tuple(again))
