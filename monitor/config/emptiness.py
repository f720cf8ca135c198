"""A configuration that leaves nothing of the one before: seldom meant, and mostly a volume that is not there."""

from monitor.config.files import AGENCIES
from monitor.config.problem import Problem
from monitor.inventory import Inventory


def nothing_left(checks: int, new: Inventory, *, is_part: bool = False) -> Problem | None:
    """Return why an inventory may not follow one of so many checks in a daemon that runs; None when it may.

    Args:
        checks: How many there are until now.
        new: The whole inventory, whatever part of it a daemon watches.
        is_part: Whether only the checks of one shard are counted: when it has none, others may have some.
    """
    if new.checks or not (checks or is_part):
        return None
    why = "no file in it has a check any more" if new.agencies else "there is no file in it any more"
    watched = f"{checks:,} check{'' if checks == 1 else 's'}{' in this shard' if is_part else ''}"
    remedy = "bring the files back, or, if that is meant, start the daemon anew"
    return Problem(file=AGENCIES, message=f"{why}, so that nothing would be watched (until now {watched}); {remedy}")
