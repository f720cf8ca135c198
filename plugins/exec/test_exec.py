"""Any program of the Nagios plugin API is run, read and judged; none outlives its run, floods us or shows a secret."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import datashare_monitor_exec
import pytest
from aiohttp import web
from datashare_monitor_exec.leash import descendants
from datashare_monitor_exec.output import Output, output
from datashare_monitor_exec.perfdata import Item, Range, items
from datashare_monitor_exec.probe import ExecProbe
from datashare_monitor_exec.verdict import EXIT_CODE, IGNORED
from pydantic_core import ValidationError

from monitor.measure import MeasureKind
from monitor.plugin import Observation, Reason, Status
from monitor.testing import assert_conforms, configured, look, run, serve, serve_stream

PLUGINS = Path("/usr/lib/nagios/plugins")
CANARY = "canary-9c41f0"
SHORT = timedelta(seconds=0.5)
LATE_SECONDS = 0.25
"""How long after its deadline a result may come."""


def shell(script: str, **settings) -> ExecProbe:
    return configured(ExecProbe, {"command": ["/bin/sh", "-c", script], **settings})


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


def arguments(process: int) -> bytes:
    """Return what a process was started with; nothing once it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


def descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def is_running(marker: str) -> bool:
    """Tell whether any process has this word among its arguments."""
    processes = [int(found.name) for found in Path("/proc").iterdir() if found.name.isdecimal()]
    return any(marker.encode() in arguments(process).split(b"\0") for process in processes)


def ends(marker: str, within: float = 2.0) -> bool:
    end = time.monotonic() + within
    while is_running(marker):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_exec)


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (0, Status.UP, None),
        (1, Status.DEGRADED, Reason.STATUS),
        (2, Status.DOWN, Reason.STATUS),
        (3, Status.UNKNOWN, Reason.PLUGIN),
        (4, Status.UNKNOWN, Reason.PLUGIN),
        (126, Status.UNKNOWN, Reason.PLUGIN),
        (127, Status.UNKNOWN, Reason.PLUGIN),
        (255, Status.UNKNOWN, Reason.PLUGIN),
    ],
)
async def test_exit_code_is_the_verdict(code, status, reason):
    seen = await look(shell(f"echo the words; exit {code}"))

    assert (seen.status, seen.reason) == (status, reason)
    assert seen.detail.endswith("the words")
    assert seen.readings == (EXIT_CODE(code), IGNORED(0))


@pytest.mark.parametrize(("code", "remedy"), [(127, "install it"), (126, "mend its mode"), (9, "which has 0 to 3")])
async def test_exit_code_of_no_verdict_comes_with_a_remedy(code, remedy):
    seen = await look(shell(f"exit {code}"))

    assert f"exit code {code}" in seen.detail
    assert remedy in seen.detail


@pytest.mark.parametrize(("name", "reason"), [("SEGV", Reason.PLUGIN), ("KILL", Reason.RESOURCES)])
async def test_program_that_a_signal_kills_says_nothing_of_its_target(name, reason):
    seen = await look(shell(f"echo halfway; kill -{name} $$; sleep 60"))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, reason)
    assert f"(SIG{name}" in seen.detail
    assert seen.readings == ()


async def test_silent_program_is_quoted_from_its_errors():
    seen = await look(shell("echo 'no route to the database' >&2; exit 2"))

    assert seen.detail == "no route to the database"


async def test_program_without_a_word_is_judged_by_its_code():
    seen = await look(shell("exit 2"))

    assert (seen.status, seen.detail) == (Status.DOWN, "it wrote nothing")


async def test_long_text_is_part_of_the_detail():
    seen = await look(
        shell("printf 'CRITICAL - 2 of 9 queues | q=2\\nmail is full\\n\\nfax is full | r=3\\ns=4'; exit 2")
    )

    assert seen.detail == "CRITICAL - 2 of 9 queues / mail is full / fax is full"
    assert IGNORED(3) in seen.readings


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("", Output(text="")),
        ("OK", Output(text="OK")),
        ("OK | a=1", Output(text="OK", perfdata="a=1")),
        ("\n\n OK |a=1\n", Output(text="OK", perfdata="a=1")),
        ("OK\nmore\nlines", Output(text="OK", long_text=("more", "lines"))),
        ("OK | a=1\nmore | b=2\nc=3\n\nd=4", Output(text="OK", long_text=("more",), perfdata="a=1 b=2 c=3 d=4")),
        ("|", Output(text="")),
        ("a|b|c", Output(text="a", perfdata="b|c")),
    ],
)
def test_output_has_text_long_text_and_perfdata(written, parts):
    assert output(written) == parts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a=1", [Item(label="a", value=1)]),
        ("a=1.5ms;;;0", [Item(label="a", value=1.5, unit="ms", minimum=0)]),
        (
            "/=2643MiB;5948;5958;0;5968",
            [
                Item(
                    label="/", value=2643, unit="MiB", warning=Range(None, 5948), critical=Range(None, 5958),
                    minimum=0, maximum=5968,
                )
            ],
        ),
        (
            "a=1%;10:20;~:5",
            [Item(label="a", value=1, unit="%", warning=Range(10, 20), critical=Range(None, 5))],
        ),
        ("a=1;@10:20;5:", [Item(label="a", value=1, warning=Range(10, 20), critical=Range(5, None))]),
        ("'two words'=3c 'it''s'=4", [Item(label="two words", value=3, unit="c"), Item(label="it's", value=4)]),
        ("a=U;1;2", [Item(label="a", value=None, warning=Range(None, 1), critical=Range(None, 2))]),
        ("a=-1e3 b=.5", [Item(label="a", value=-1000), Item(label="b", value=0.5)]),
        ("a=1;bad;worse;;x b=2", [Item(label="a", value=1), Item(label="b", value=2)]),
        ("word a=1 =5 b= c=1,5 d=0x10 'open=3 e=2", [Item(label="a", value=1)]),
        ("'a'x=1 b=2", [Item(label="b", value=2)]),
        ("a=١", []),
    ],
)  # fmt: skip
def test_perfdata_is_read_by_the_grammar(text, found):
    assert [*items(text)] == found


@pytest.mark.parametrize(
    "text", ["'" * 60_000, "''=" * 20_000, "a=" * 30_000, "=" * 60_000, "a=1 " * 16_000, "' " * 30_000]
)
def test_perfdata_of_any_shape_is_read_in_one_pass(text):
    began = time.process_time()

    found = [*items(text)]

    assert len(found) <= 1000
    assert time.process_time() - began < 0.1


async def test_declared_perfdata_becomes_readings_in_base_units():
    probe = shell(
        "echo \"OK | rta=12.5ms;100;500;0 pl=20%;40;60 'free space'=3MiB;1:;@2:5;0;4 hits=7c\"",
        readings={
            "rta": {"unit": "seconds"},
            "pl": {"unit": "ratio"},
            "free space": {"unit": "bytes", "name": "free", "thresholds": True},
            "hits": {"kind": "total"},
        },
    )

    seen = await look(probe)

    assert readings(seen) == {
        "probe_exec_exit_code": 0,
        "probe_exec_ignored_perfdata": 0,
        "probe_exec_rta_seconds": 0.0125,
        "probe_exec_pl_ratio": 0.2,
        "probe_exec_free_bytes": 3 * 2**20,
        "probe_exec_free_warning_low_bytes": 2**20,
        "probe_exec_free_critical_bytes": 5 * 2**20,
        "probe_exec_free_critical_low_bytes": 2 * 2**20,
        "probe_exec_free_min_bytes": 0,
        "probe_exec_free_max_bytes": 4 * 2**20,
        "probe_exec_hits_total": 7,
    }
    assert {reading.measure.kind for reading in seen.readings if "hits" in reading.measure.name} == {MeasureKind.TOTAL}


async def test_perfdata_that_is_not_declared_is_counted_and_named():
    seen = await look(shell("echo 'OK | a=1 b=2 c=3 d=4 e=5'", readings={"a": {}}))

    assert readings(seen) == {"probe_exec_exit_code": 0, "probe_exec_ignored_perfdata": 4, "probe_exec_a": 1}
    assert seen.detail.startswith("OK [no reading: b (not declared under readings), c ")
    assert seen.detail.endswith(" and 1 more]")


async def test_value_in_another_unit_is_left_out_and_named():
    seen = await look(shell("echo 'OK | rta=5% n=U'", readings={"rta": {"unit": "seconds"}, "n": {}}))

    assert IGNORED(2) in seen.readings
    assert 'rta (its unit is "%", not of seconds)' in seen.detail
    assert "n (the program could not tell)" in seen.detail


async def test_endless_numbers_are_no_readings():
    seen = await look(shell("echo 'OK | a=1e999'", readings={"a": {}}))

    assert "probe_exec_a" not in readings(seen)


async def test_program_finds_a_clean_world():
    probe = shell(
        'echo "$(pwd) $(env | cut -d= -f1 | sort | tr "\\n" " ")$(umask) $(ulimit -c) $(cat | wc -c)"; test ! -t 0',
        env={"LC_TIME": "vi_VN.UTF-8"},
    )

    seen = await look(probe)

    assert seen.detail == "/ LANG LC_TIME PATH PWD 0077 0 0"


async def test_nothing_is_interpreted_by_a_shell():
    probe = configured(ExecProbe, {"command": ["/bin/echo", "$HOME; `id` $(id) *"]})

    seen = await look(probe)

    assert seen.detail == "$HOME; `id` $(id) *"


async def test_memory_is_limited():
    script = "import sys; x = bytearray(300 << 20); print('got it')"
    command = [sys.executable, "-S", "-c", script]

    free = await look(configured(ExecProbe, {"command": command}))
    limited = await look(configured(ExecProbe, {"command": command, "memory": "64MiB"}))

    assert free.status is Status.UP
    assert limited.status is not Status.UP
    assert "MemoryError" in limited.detail or "Traceback" in limited.detail


async def test_program_reads_a_secret_and_nobody_else_sees_it(tmp_path):
    kept, seen_file = tmp_path / "secret", tmp_path / "seen"
    kept.write_text(CANARY + "\n")
    script = (
        f'cat "$1" >{seen_file}; tr "\\0" " " </proc/$$/cmdline; env; cat "$PGPASSFILE" >>{seen_file}; : >"$1"; exit 2'
    )
    probe = configured(
        ExecProbe,
        {
            "command": ["/bin/sh", "-c", script, "sh", "{secret:password}"],
            "env": {"PGPASSFILE": "{secret:password}"},
            "secrets": {"password": {"file": str(kept)}},
        },
    )

    seen = await look(probe)

    assert seen_file.read_text() == CANARY * 2
    assert "/proc/self/fd/" in seen.detail
    assert CANARY not in repr(seen)
    assert CANARY not in repr(probe)


@pytest.mark.parametrize("where", ["", " >&2"])
async def test_secret_that_a_program_prints_is_blotted_out(where, tmp_path):
    kept = tmp_path / "secret"
    kept.write_text(f"user\n{CANARY}\n")
    command = [
        "/bin/sh",
        "-c",
        f'(echo "cannot log in:"; grep canary "$1") | tr "\\n" " "{where}; exit 2',
        "sh",
        "{secret:p}",
    ]

    seen = await look(configured(ExecProbe, {"command": command, "secrets": {"p": {"file": str(kept)}}}))

    assert seen.detail == "cannot log in: ***"


async def test_secret_that_cannot_be_read_is_our_fault(tmp_path):
    probe = configured(
        ExecProbe, {"command": ["/bin/cat", "{secret:p}"], "secrets": {"p": {"file": str(tmp_path / "missing")}}}
    )

    seen = await look(probe)

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.SECRET)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "there is no program"),
        (lambda path: path.write_text("#!/bin/sh\n"), "must not be run by the monitor's user"),
        (lambda path: (path.write_bytes(b"\x7fNOTELF"), path.chmod(0o755)), "is no program; a script begins with #!"),
        (
            lambda path: (path.write_text("#!/no/such/thing\n"), path.chmod(0o755)),
            "names an interpreter that is not there",
        ),
        (lambda path: path.mkdir(), "must not be run by the monitor's user"),
        (lambda path: path.symlink_to(path.parent / "nowhere"), "points nowhere"),
    ],
)
async def test_program_that_cannot_be_started_is_our_fault_with_a_remedy(make, said, tmp_path):
    path = tmp_path / "check_it"
    make(path)

    seen = await look(configured(ExecProbe, {"command": [str(path)]}))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PLUGIN)
    assert str(path) in seen.detail
    assert said in seen.detail


@pytest.mark.parametrize(
    "script",
    [
        "sleep 60; : {marker}",
        "trap '' TERM INT HUP; echo hi; sleep 60; : {marker}",
        "exec >&- 2>&-; sleep 60; : {marker}",
        "(exec -a {marker} sleep 60) & (exec -a {marker} sleep 60) & wait",
        "setsid sleep 60 & sleep 61; : {marker}",
        "while :; do echo drip; sleep 0.05; done; : {marker}",
    ],
)
async def test_program_is_killed_at_its_deadline_with_all_that_it_forked(script):
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    command = ["/bin/bash", "-c", script.format(marker=marker), marker]
    began = time.monotonic()

    outcome = await run(configured(ExecProbe, {"command": command}), within=SHORT)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert time.monotonic() - began < SHORT.total_seconds() + LATE_SECONDS + 0.25
    assert outcome.duration_seconds < SHORT.total_seconds() + LATE_SECONDS
    assert ends(marker)


async def test_child_that_left_the_session_is_killed_too(tmp_path):
    noted = tmp_path / "pid"
    probe = shell(f"setsid sleep 60 & sleep 0.2; echo $! >{noted}; wait")

    await run(probe, within=SHORT)

    assert not arguments(int(noted.read_text()))


async def test_background_child_that_holds_the_output_open_does_not_hold_us():
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    began = time.monotonic()

    seen = await look(configured(ExecProbe, {"command": ["/bin/bash", "-c", f"(exec -a {marker} sleep 60) & echo OK"]}))

    assert (seen.status, seen.detail) == (Status.UP, "OK")
    assert time.monotonic() - began < 1
    assert ends(marker)


@pytest.mark.parametrize("script", ["yes", "yes >&2", "cat /dev/zero", "echo OK; yes >&2"])
async def test_flood_is_ended_and_says_nothing_of_the_target(script):
    began = time.monotonic()

    seen = await look(shell(script))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PLUGIN)
    assert seen.detail.startswith("it wrote more than 1 MiB and was killed")
    assert time.monotonic() - began < 2


async def test_long_output_is_read_to_its_end_and_its_beginning_counts():
    seen = await look(shell("echo 'OK | a=1'; head -c 500000 /dev/zero | tr '\\0' 'x'; exit 1", readings={"a": {}}))

    assert seen.status is Status.DEGRADED
    assert readings(seen)["probe_exec_a"] == 1
    assert len(seen.detail) <= 500


async def test_hostile_words_are_harmless():
    seen = await look(shell(r"printf 'a\000b\033[31mred\r\377\n\342\200\256x'; exit 2"))

    assert seen.detail.isprintable()
    assert seen.status is Status.DOWN


async def test_nothing_is_left_behind_after_many_runs():
    before = descriptors()

    for _ in range(20):
        await look(shell("sleep 30 & echo OK"))
    for _ in range(5):
        await run(shell("sleep 30"), within=timedelta(milliseconds=50))

    assert descriptors() == before
    assert descendants(os.getpid()) == []


@pytest.mark.alone
def test_program_dies_with_the_monitor(tmp_path):
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    script = textwrap.dedent(f"""
        import asyncio
        from datetime import timedelta
        from datashare_monitor_exec.probe import ExecProbe
        from monitor.testing import look
        forks = "(exec -a {marker} sleep 60) & touch {tmp_path}/started; sleep 61"
        asyncio.run(look(ExecProbe(command=("/bin/bash", "-c", forks, "{marker}")), within=timedelta(seconds=50)))
    """)
    monitor = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while not (tmp_path / "started").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert is_running(marker)

    monitor.send_signal(signal.SIGKILL)
    monitor.wait(5)

    assert ends(marker)


def refused(**settings) -> str:
    with pytest.raises(ValidationError) as caught:
        configured(ExecProbe, settings)
    return str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "command"),
        ({"command": []}, "must begin with the absolute path"),
        ({"command": ["check_disk"]}, "must begin with the absolute path"),
        ({"command": "/bin/true"}, "tuple_type"),
        ({"command": ["/bin/true", 5]}, "valid string"),
        ({"command": ["/bin/true", "a\0b"]}, "cannot hold a NUL"),
        ({"command": ["{secret:p}"]}, "must begin with the absolute path"),
        ({"command": ["/bin/{secret:p}"]}, "path of the program cannot be a secret"),
        ({"command": ["/bin/cat", "{secret:p}"]}, 'there is no secret "p"; write it under secrets'),
        ({"command": ["/bin/cat"], "secrets": {"p": {"env": "P"}}}, 'the secret "p" is not used'),
        ({"command": ["/bin/cat", "{secret:p}"], "secrets": {"p": "hunter2"}}, "dataclass_type"),
        ({"command": ["/bin/true"], "env": {"A-B": "x"}}, "is not a name of a variable"),
        ({"command": ["/bin/true"], "env": {"A": "x\0"}}, "cannot hold a NUL"),
        ({"command": ["/bin/true"], "env": {"A": 1}}, "valid string"),
        ({"command": ["/bin/true"], "memory": 5}, "is not a size"),
        ({"command": ["/bin/true"], "memory": "0B"}, "must be positive"),
        ({"command": ["/bin/true"], "readings": {"/": {}}}, "write a name: beside it"),
        ({"command": ["/bin/true"], "readings": {"a": {"name": "A b"}}}, "is not a name"),
        ({"command": ["/bin/true"], "readings": {"a": {"unit": "ms"}}}, "'none', 'seconds', 'bytes' or 'ratio'"),
        ({"command": ["/bin/true"], "readings": {"a": {"kind": "counter"}}}, "'gauge' or 'total'"),
        ({"command": ["/bin/true"], "readings": {"a b": {}, "a-b": {}}}, 'is taken by "a b"; write another name:'),
        ({"command": ["/bin/true"], "readings": {"exit code": {}}}, "is taken by the exec kind itself"),
        ({"command": ["/bin/true"], "readings": {f"r{n}": {} for n in range(51)}}, "at most 50"),
        ({"command": ["/bin/true"], "timeout": "5s"}, "timeout"),
    ],
)  # fmt: skip
def test_configuration_that_cannot_work_is_refused(settings, said):
    assert said in refused(**settings)


def test_measures_of_one_name_are_alike_in_all_checks():
    one = configured(ExecProbe, {"command": ["/bin/true"], "readings": {"rta": {"unit": "seconds"}}})
    other = configured(ExecProbe, {"command": ["/bin/false"], "readings": {"x": {"unit": "seconds", "name": "rta"}}})

    assert one.measures() == other.measures()


def plugin(name: str) -> str:
    """Return a program of Debian's monitoring-plugins-basic, or skip."""
    path = PLUGINS / name
    if not path.exists():
        message = f"{path} is missing: apt-get install monitoring-plugins-basic (or make services)"
        (pytest.fail if os.environ.get("REQUIRE_SERVICES") == "1" else pytest.skip)(message)
    return str(path)


@pytest.mark.services
@pytest.mark.parametrize(("code", "status"), [("0", Status.UP), ("1", Status.DEGRADED), ("2", Status.DOWN)])
async def test_check_dummy(code, status):
    seen = await look(configured(ExecProbe, {"command": [plugin("check_dummy"), code, "as asked"]}))

    assert seen.status is status
    assert seen.detail.endswith(": as asked")


@pytest.mark.services
async def test_check_http():
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=500 if request.path == "/bad" else 200, text="hello")

    async with serve(answer) as url:
        port = url.rpartition(":")[2]
        command = [plugin("check_http"), "-H", "127.0.0.1", "-p", port, "-u"]
        declared = {"time": {"unit": "seconds", "thresholds": True}, "size": {"unit": "bytes"}}
        good = await look(configured(ExecProbe, {"command": [*command, "/good"], "readings": declared}))
        bad = await look(configured(ExecProbe, {"command": [*command, "/bad"], "readings": declared}))

    assert good.status is Status.UP
    assert good.detail.startswith("HTTP OK: HTTP/1.1 200 OK")
    assert 0 < readings(good)["probe_exec_time_seconds"] < 5
    assert readings(good)["probe_exec_size_bytes"] > 5
    assert readings(good)["probe_exec_time_min_seconds"] == 0
    assert readings(good)["probe_exec_ignored_perfdata"] == 0
    assert (bad.status, bad.reason) == (Status.DOWN, Reason.STATUS)
    assert "500 Internal Server Error" in bad.detail


@pytest.mark.services
async def test_check_tcp():
    async def greet(reader, writer):
        writer.write(b"220 ready\r\n")
        await reader.read(1)

    async with serve_stream(greet) as address:
        host, _, port = address.partition(":")
        command = [plugin("check_tcp"), "-H", host, "-p", port, "-e"]
        good = await look(
            configured(ExecProbe, {"command": [*command, "220"], "readings": {"time": {"unit": "seconds"}}})
        )
        bad = await look(configured(ExecProbe, {"command": [*command, "250", "-M", "crit"]}))

    assert good.status is Status.UP
    assert readings(good)["probe_exec_time_seconds"] < 5
    assert bad.status is Status.DOWN


@pytest.mark.services
async def test_check_disk():
    declared = {"/": {"name": "root_used", "unit": "bytes", "thresholds": True}}
    command = [plugin("check_disk"), "-w", "0%", "-c", "0%", "-p", "/"]

    seen = await look(configured(ExecProbe, {"command": command, "readings": declared}))

    found = readings(seen)
    assert seen.status is Status.UP
    assert 2**20 < found["probe_exec_root_used_bytes"] < found["probe_exec_root_used_max_bytes"]


@pytest.mark.services
async def test_check_procs():
    command = [plugin("check_procs"), "-w", "1:", "-c", "1:"]

    seen = await look(configured(ExecProbe, {"command": command, "readings": {"procs": {}}}))

    assert seen.status is Status.UP
    assert readings(seen)["probe_exec_procs"] >= 1


@pytest.mark.services
async def test_wrong_arguments_are_our_fault():
    seen = await look(configured(ExecProbe, {"command": [plugin("check_tcp")]}))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PLUGIN)
    assert "exit code 3" in seen.detail
