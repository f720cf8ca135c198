"""``demo --watch``: every check of the country gets the verdict that was dealt to it, soon, and the end is clean."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.demo.country import Size, country
from monitor.demo.styles import Style
from monitor.demo.troubles import Trouble

REASONS = {
    Trouble.SLOW: {"timeout", "slow"},
    Trouble.STALE: {"stale"},
    Trouble.FLAPPING: {None, "status"},
    Trouble.BUSY: {"content"},
    Trouble.FAILED: {"content"},
    Trouble.FAULT: {"content", "service_fault"},
    Trouble.UNAVAILABLE: {"status"},
    Trouble.UNAUTHORIZED: {"unauthorized"},
    Trouble.THROTTLED: {"throttled"},
    Trouble.NOTICE: {"content"},
    Trouble.NO_NAME: {"status", "dns"},
    Trouble.REFUSED: {"refused"},
    Trouble.STALLED: {"timeout"},
    Trouble.EXPIRING: {"certificate_expires"},
    Trouble.EXPIRED: {"certificate_expired"},
    Trouble.DRIFTING: {"mismatch"},
    Trouble.EMPTY: {"content"},
    Trouble.OVERLOADED: {"content", "disconnected"},
    Trouble.AILING: {"self_reported"},
    Trouble.MUTE: {"timeout"},
    Trouble.WAITING: {"status"},
    Trouble.REPORTED: {"self_reported"},
}
"""What the monitor may find wrong."""
DOOR_REASONS = {Trouble.EXPIRING: {None}, Trouble.EXPIRED: {"certificate_expired"}}
"""What else it finds behind a door whose certificate is in trouble."""
VERDICTS_WITHIN_SECONDS, STARTED_WITHIN_SECONDS = 15, 40


def expected(made):
    """Return the reasons each check may have."""
    found = {}
    for piece in made.pieces:
        door = made.door(piece)
        for check, style in piece.checks:
            trouble = made.troubles.get(check)
            reasons = {None} if trouble is None else REASONS[trouble]
            if trouble is None and door and style is not Style.RECORDS:
                reasons = DOOR_REASONS.get(door, REASONS[door])
            found[check] = reasons
    return found


def fetch(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def all_checks(address):
    return fetch(f"{address}/api/v1/checks?limit=500")["checks"]


def wait_for_verdicts(address):
    """Return the reasons once every check has a status; the time counts from the first answer, whatever the machine."""
    found, deadline = [], time.monotonic() + STARTED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            seen = all_checks(address)
        except (OSError, urllib.error.URLError):
            seen = []
        if seen and not found:
            deadline = time.monotonic() + VERDICTS_WITHIN_SECONDS
        found = seen or found
        if found and all(check["status"] != "unknown" for check in found):
            return {check["id"]: check["reason"] for check in found}
        time.sleep(0.2)
    raise AssertionError([check for check in found if check["status"] == "unknown"][:5])


@pytest.mark.alone
def test_every_check_gets_the_verdict_dealt_to_it(tmp_path):
    """As ``make run`` starts it."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    command = [sys.executable, "-u", "-m", "monitor", "demo", "--watch", f"--listen=127.0.0.1:{port}"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as child:
        try:
            seen = wait_for_verdicts(f"http://127.0.0.1:{port}")
        finally:
            child.send_signal(signal.SIGTERM)
            said = child.communicate(timeout=10)[0]

    wanted = expected(country(Size(), datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()))
    assert {check: reason for check, reason in seen.items() if reason not in wanted[check]} == {}
    assert set(seen) == set(wanted)
    assert child.returncode == 0
    assert [f"http://127.0.0.1:{port}/{path}" in said for path in ("", "checks/", "metrics")] == [True] * 3
    assert list(tmp_path.iterdir()) == []
