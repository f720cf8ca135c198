"""The history store: what has to outlive a restart, in an embedded SQLite database.

So far it is a ledger: the memories of checks, and the totals of increments by day, both of one run in one transaction;
and how many members of each programme were connected, day by day.
One connection writes and checkpoints, in a thread of its own; whoever reads opens the file read-only.
"""

from monitor.sinks.history.batch import DayCount
from monitor.sinks.history.counts import Counts
from monitor.sinks.history.ledger import Ledger
from monitor.sinks.history.off import NoHistory
from monitor.sinks.history.reader import DayTotal, day_totals

__all__ = ["Counts", "DayCount", "DayTotal", "Ledger", "NoHistory", "day_totals"]
