"""A slow account that knows the whole story: what each moment was, asked moment by moment."""

import itertools
from datetime import UTC, datetime, timedelta

from monitor.inventory import OneOffWindow
from monitor.observation import Status


def statuses(seen, confirm):
    """Return what each run turned out to be: a status, or None while nobody can say."""
    known = [index for index, one in enumerate(seen) if one is not Status.UNKNOWN]
    runs = [seen[index] for index in known]
    outer, inner = flags(runs, confirm, is_not_up), flags(runs, confirm, is_down)
    found = [Status.UNKNOWN] * len(seen)
    for index, is_outer, is_inner in zip(known, outer, inner, strict=True):
        if is_inner:
            found[index] = Status.DOWN
        elif is_outer is False:
            found[index] = Status.UP
        elif is_outer is None or is_inner is None:
            found[index] = None
        else:
            found[index] = Status.DEGRADED
    return found


def is_not_up(run):
    return run is not Status.UP


def is_down(run):
    return run is Status.DOWN


def flags(runs, confirm, says):
    """Answer one question for each known run: look ahead whether a streak becomes long enough; None is not said yet."""
    if not runs:
        return []
    said = [says(run) for run in runs]
    answer, found, index = said[0], [], 0
    while index < len(runs):
        ahead = next((count for count, one in enumerate(said[index:]) if one is answer), len(runs) - index)
        if not ahead:
            found.append(answer)
            index += 1
        elif ahead >= (confirm.up if answer else confirm.down):
            answer = not answer
        else:
            found += [None if index + ahead == len(runs) else answer] * ahead
            index += ahead
    return found


def is_open(window, zone, at):
    """Return whether a window is open at a moment, by looking at each day on which it may have opened."""
    if isinstance(window, OneOffWindow):
        return window.start <= at < window.start + window.length
    today = at.astimezone(zone).date()
    for back in range(window.length.days + 3):
        day = today - timedelta(days=back)
        opened = datetime.combine(day, window.start, tzinfo=zone).astimezone(UTC)
        if day.weekday() in window.days and opened <= at < opened + window.length:
            return True
    return False


def account(begun, runs, confirm, hold, windows, zone, until):
    """Return milliseconds by state up to a moment; ``None`` is what nobody can say yet.

    ``runs`` are pairs of a start and a status, in order. Between two moments at which anything may change, one in the
    middle stands for all.
    """
    found = statuses([seen for _, seen in runs], confirm)
    stretches = [(begun, hold, Status.UNKNOWN)] + [(at, hold, one) for (at, _), one in zip(runs, found, strict=True)]
    totals = {}
    for (start, good, status), end in zip(stretches, [at for at, _ in runs] + [until], strict=True):
        edges = {start, end, min(end, start + good)} | set(_edges(windows, zone, start, end))
        for left, right in itertools.pairwise(sorted(edges)):
            middle = left + (right - left) / 2
            what = status if middle < start + good else Status.UNKNOWN
            if any(is_open(window, zone, middle) for window in windows):
                what = "maintenance"
            totals[what] = totals.get(what, 0) + round((right - left) / timedelta(microseconds=1))
    return totals


def _edges(windows, zone, start, end):
    for window in windows:
        if isinstance(window, OneOffWindow):
            candidates = [window.start.astimezone(UTC)]
        else:
            days = (end - start).days + window.length.days + 4
            first = start.astimezone(zone).date() - timedelta(days=window.length.days + 2)
            candidates = [
                datetime.combine(first + timedelta(days=one), window.start, tzinfo=zone).astimezone(UTC)
                for one in range(days + 1)
            ]
        for opened in candidates:
            for edge in (opened, opened + window.length):
                if start < edge < end:
                    yield edge
