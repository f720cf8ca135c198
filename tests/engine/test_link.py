"""Our own link failing is unknown and never down, and nothing bursts out afterwards; a dead agency is still down.

One quarter of an hour of an operator's bad day, in as many seconds: the cable is pulled, the interface is switched off,
the other side falls silent, and at last one agency dies for real. Two monitors watch, one of them without a witness.
"""

import json
import os
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from engine.islands import AGENCIES, Islands, islands

ISLANDER = str(Path(__file__).with_name("islander.py"))
CHECKS = 50
SECONDS = 19.0
MONITORS = {"with a gateway": ["gateway"], "without a witness": []}
pytestmark = pytest.mark.alone

FAILURES = {"unplug": (1.5, "plug", 3.5), "switch_off": (5.5, "switch_on", 7.5), "mute": (9.5, "unmute", 12.0)}
DEATH = 15.0


@dataclass(frozen=True)
class Seen:
    """An outcome; ``began`` is on the monotonic clock."""

    began: float
    check: str
    status: str
    reason: str
    network_up: bool | None


@dataclass(frozen=True)
class Day:
    """What each monitor saw, and which states it confirmed: when, of which check, what."""

    began: float
    outcomes: dict[str, list[Seen]]
    changes: dict[str, list[tuple[float, str, str]]]

    def between(self, monitor: str, start: float, end: float) -> list[Seen]:
        return [seen for seen in self.outcomes[monitor] if start <= seen.began - self.began < end]


@pytest.fixture(scope="module")
def day(need, tmp_path_factory):
    need("ip", "iproute2")
    try:
        with islands() as pair:
            yield live(pair, tmp_path_factory.mktemp("records"))
    except subprocess.CalledProcessError as error:
        message = f"network namespaces are not permitted here: {error.stderr.decode().strip()}"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(message)
        pytest.skip(message)


def live(pair: Islands, records: Path) -> Day:
    server = pair.start(pair.far, ISLANDER, "listen")
    assert server.stdout.readline() == "listening\n"
    watches = {
        name: pair.start(pair.near, ISLANDER, "watch", str(CHECKS), str(SECONDS), str(records / name), *witnesses)
        for name, witnesses in MONITORS.items()
    }
    try:
        for watch in watches.values():
            assert watch.stdout.readline() == "watching\n"
        began = time.monotonic()
        events = [(at, getattr(pair, what)) for what, (at, _, _) in FAILURES.items()]
        events += [(at, getattr(pair, mend)) for _, mend, at in FAILURES.values()]
        for at, event in [*sorted(events, key=lambda pair: pair[0]), (DEATH, lambda: pair.swallow(3))]:
            time.sleep(max(0.0, began + at - time.monotonic()))
            event()
        outcomes, changes = {}, {}
        for name, watch in watches.items():
            _, errors = watch.communicate(timeout=SECONDS + 20)
            assert (watch.returncode, errors) == (0, "")
            recorded = json.loads((records / name).read_text())
            outcomes[name] = [Seen(*record) for record in recorded["outcomes"]]
            changes[name] = [(at - began, check, status) for at, check, status in recorded["changes"]]
        return Day(began, outcomes, changes)
    finally:
        for process in (server, *watches.values()):
            process.kill()
            process.communicate()


@pytest.mark.parametrize("monitor", MONITORS)
@pytest.mark.parametrize("failure", FAILURES)
def test_while_the_link_fails_everything_is_unknown(day, monitor, failure):
    failed, _, mended = FAILURES[failure]

    meanwhile = day.between(monitor, failed + 0.2, mended - 0.85)

    assert len(meanwhile) >= 0.8 * CHECKS * (mended - failed - 1.05)
    assert {seen.status for seen in meanwhile} <= {"unknown", "down"}
    assert {seen.status for seen in meanwhile[-20:]} == {"unknown"}
    assert {seen.reason for seen in meanwhile[-20:]} == {"network"}
    assert meanwhile[-1].network_up is False


@pytest.mark.parametrize("monitor", MONITORS)
def test_nothing_is_ever_confirmed_down_but_the_agency_that_dies(day, monitor):
    down = [(at, check) for at, check, status in day.changes[monitor] if status == "down" and check.endswith("/door")]

    assert [one for one in down if one[0] < DEATH] == []
    assert {check.partition("/")[0] for _, check in down} == {"agency-3"}
    assert len(down) == CHECKS / AGENCIES


@pytest.mark.parametrize("monitor", MONITORS)
@pytest.mark.parametrize("failure", FAILURES)
def test_afterwards_nothing_bursts_out(day, monitor, failure):
    mended = FAILURES[failure][2]

    after = [seen.began - day.began for seen in day.between(monitor, mended, mended + 2.0)]

    assert max(sum(start <= at < start + 1.0 for at in after) for start in after) <= 1.2 * CHECKS
    assert {seen.status for seen in day.between(monitor, mended + 1.0, mended + 1.9)} == {"up"}
    assert day.between(monitor, mended + 1.0, mended + 1.9)[-1].network_up is not False


@pytest.mark.parametrize("monitor", MONITORS)
def test_one_agency_that_dies_is_down_while_the_others_answer(day, monitor):
    after = day.between(monitor, DEATH + 0.2, SECONDS)

    dead = Counter(seen.status for seen in after if seen.check.startswith("agency-3/"))
    others = Counter(seen.status for seen in after if not seen.check.startswith("agency-3/"))
    assert set(dead) == {"down"}
    assert set(others) == {"up"}
