"""Nothing that a plugin's process writes is believed unseen."""

import pytest
from engine.worker.place import MEASURES, check

from monitor.engine.worker.report import mishap, read
from monitor.engine.worker.wire import GarbageError
from monitor.measure import Reading
from monitor.network.veil import Veil
from monitor.observation import FaultDomain, Observation, Reason, Status
from monitor.vitals import Vitals

GOOD = {"run": 1, "status": "down", "reason": "stale", "detail": "old", "fault": "provider"}


def reported(**changes):
    vitals = Vitals()
    return read({**GOOD, **changes}, check("up"), Veil(), vitals), vitals


def test_good_result_is_read_whole():
    result, _ = reported(
        readings=[["probe_things", 2, []]], noted=[["probe_sides", 1.5, ["left"]]], phases={"resolve": 0.25}
    )

    things = Reading(MEASURES["probe_things"], 2)
    assert result.observation == Observation(Status.DOWN, Reason.STALE, "old", (things,), FaultDomain.PROVIDER)
    assert result.noted == (Reading(MEASURES["probe_sides"], 1.5, ("left",)),)
    assert result.phases == {"resolve": 0.25}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "fine"},
        {"status": None},
        {"status": 3},
        {"status": ["up"]},
        {"status": "up"},
        {"reason": None},
        {"reason": "no such reason"},
        {"reason": {}},
        {"reason": 0},
        {"detail": None},
        {"detail": 5},
        {"fault": "nobody"},
        {"fault": []},
        {"readings": {}},
        {"readings": None},
        {"readings": "probe_things"},
        {"readings": [None]},
        {"readings": [[]]},
        {"readings": [["probe_things", 1]]},
        {"readings": [[["probe_things"], 1, []]]},
        {"readings": [["probe_things", 1, "left"]]},
        {"readings": [["probe_things", 1, []]] * 20_001},
        {"noted": 1},
        {"phases": []},
        {"phases": {f"p{number}": 1 for number in range(100)}},
    ],
    ids=lambda changes: str(changes)[:60],
)
def test_result_that_our_own_code_would_not_write_is_garbage(changes):
    with pytest.raises(GarbageError):
        reported(**changes)


@pytest.mark.parametrize(
    "reading",
    [
        ["probe_stowaway", 1, []],
        ["probe_things", None, []],
        ["probe_things", "1", []],
        ["probe_things", [], []],
        ["probe_things", 1, ["left"]],
        ["probe_sides", 1, []],
        ["probe_sides", 1, [3]],
        ["probe_sides", 1, ["le\nft"]],
        ["probe_sides", 1, ["\ud800"]],
    ],
    ids=str,
)
def test_reading_that_does_not_fit_is_dropped_and_counted(reading):
    result, vitals = reported(readings=[reading, ["probe_things", 1, []]])

    assert result.observation.readings == (Reading(MEASURES["probe_things"], 1),)
    assert vitals.readings_refused["hostile"] == 1


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("Phase One", 1), ("", 1), ("é", 1), ("x" * 50, 1), ("p", -1), ("p", None), ("p", "1"), ("p", 10**400)],
)
def test_phase_that_could_not_become_a_label_or_a_duration_is_dropped(name, seconds):
    result, _ = reported(phases={name: seconds, "good": 1})

    assert result.phases == {"good": 1.0}


def test_text_that_no_encoding_takes_is_mended():
    result, _ = reported(detail="\ud800 Hà Nội")

    assert result.observation.detail == "? Hà Nội"


def test_secret_is_covered_in_every_text():
    veil = Veil()
    veil.add("canary-1")

    result = read({**GOOD, "detail": "login canary-1"}, check("up"), veil, Vitals())
    found = mishap({"raised": "canary-1Error", "trace": "at canary-1", "stuck": "in canary-1"}, veil)

    assert result.observation.detail == "login ***"
    assert (found.raised, found.trace, found.stuck) == ("***Error", "at ***", "in ***")


@pytest.mark.parametrize("name", ["raised", "trace", "stuck", "worn"])
def test_mishap_that_is_not_a_text_is_garbage(name):
    with pytest.raises(GarbageError):
        mishap({name: 1}, Veil())
