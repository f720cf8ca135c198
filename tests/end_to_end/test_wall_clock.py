"""An hour's step of the wall clock, forth and back, moves no beat by more than 100 ms."""

import os
import time
from pathlib import Path

import pytest
from end_to_end.daemon import daemon
from end_to_end.servers import http, ok, wait_for
from ports import free_port

pytestmark = [pytest.mark.services, pytest.mark.alone]

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


def test_the_schedule_ignores_steps_of_the_wall_clock(need, tmp_path):
    need("faketime", "faketime")
    assert LIBRARY.exists(), "libfaketime's place has changed"
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    environment = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
        "PATH": os.environ["PATH"],
    }
    arrivals: list[float] = []

    def answer(request):
        arrivals.append(time.monotonic())
        ok(request)

    with http(answer) as port:
        directory = tmp_path / "config"
        (directory / "agencies").mkdir(parents=True)
        (directory / "monitor.yaml").write_text("egress: {allow: [127.0.0.0/8]}\n")
        (directory / "agencies" / "ha-noi.yaml").write_text(
            "agency: {id: ha-noi, class: city, name: Hà Nội}\n"
            "systems:\n"
            "  - id: lgsp\n"
            "    kind: hub\n"
            "    name: LGSP\n"
            "    checks:\n"
            f"      - {{id: web, probe: http, every: 1s, timeout: 500ms, with: {{target: 'http://127.0.0.1:{port}/'}}}}\n"
        )
        with daemon(directory, free_port(), environment):
            wait_for(lambda: len(arrivals) >= 3)
            offset.write_text("+3600\n")
            wait_for(lambda: len(arrivals) >= 6)
            offset.write_text("-3600\n")
            wait_for(lambda: len(arrivals) >= 9)

    beats = [arrival - arrivals[0] for arrival in arrivals[1:]]

    assert beats == pytest.approx([float(beat) for beat in range(1, len(beats) + 1)], abs=0.1)
