"""What a program's exit code and words say of the target."""

import signal
from collections.abc import Mapping

from datashare_monitor_exec.handover import Handover
from datashare_monitor_exec.output import Output, output
from datashare_monitor_exec.perfdata import items
from datashare_monitor_exec.program import MOST_BYTES, Ended
from datashare_monitor_exec.readings import Declared, readings
from monitor.plugin import Measure, Observation, Reason, degraded, down, unknown, up

EXIT_CODE = Measure("probe_exec_exit_code", "The exit code of the program; absent when a signal killed it.")
IGNORED = Measure("probe_exec_ignored_perfdata", "Items of the performance data that became no reading.")
MEASURES = (EXIT_CODE, IGNORED)

OK, WARNING, CRITICAL, UNKNOWN = range(4)
NOT_RUNNABLE, NOT_FOUND = 126, 127
"""What shells return when a command in a script cannot be run, or is not there."""
LONG_TEXT = 400
"""Characters; the detail has room for 500."""
NAMED = 3


def verdict(ended: Ended, secrets: Handover, declared: Mapping[str, Declared]) -> Observation:
    """Return what the program says of its target; unknown when it says nothing."""
    written = output(secrets.veiled(ended.written.decode("utf-8", "replace")))
    said = words(written, secrets.veiled(ended.complaint.decode("utf-8", "replace")))
    if ended.is_flood:
        return unknown(Reason.PLUGIN, f"it wrote more than {MOST_BYTES >> 20} MiB and was killed; {said}")
    if ended.code < 0:
        return unknown(*of_signal(-ended.code, said))
    found, ignored = readings(declared, [*items(written.perfdata)])
    seen = (EXIT_CODE(ended.code), IGNORED(len(ignored)), *found)
    if ended.code == OK:
        return up(*seen, detail=said + of_ignored(ignored))
    if ended.code == WARNING:
        return degraded(Reason.STATUS, said, *seen)
    if ended.code == CRITICAL:
        return down(Reason.STATUS, said, *seen)
    return unknown(Reason.PLUGIN, of_code(ended.code, said), *seen)


def words(written: Output, complaint: str) -> str:
    """Return what the program said, in one line."""
    long_text = " / ".join(written.long_text)[:LONG_TEXT]
    if written.text or long_text:
        return " / ".join(part for part in (written.text, long_text) if part)
    first = complaint.strip().partition("\n")[0].strip()
    return first or "it wrote nothing"


def of_code(code: int, said: str) -> str:
    """Return what is wrong with a program that came to no verdict."""
    if code == UNKNOWN:
        return f"the program could not tell (exit code 3): {said}"
    if code == NOT_FOUND:
        return f"the program did not find a command that it needs (exit code 127); install it: {said}"
    if code == NOT_RUNNABLE:
        return f"the program may not run a command that it needs (exit code 126); mend its mode: {said}"
    return f"exit code {code} is none of the Nagios plugin API, which has 0 to 3: {said}"


def of_signal(number: int, said: str) -> tuple[Reason, str]:
    """Return what it means that a signal killed the program."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if number == signal.SIGKILL:
        return Reason.RESOURCES, f"the program was killed ({name}), perhaps because memory ran out: {said}"
    return Reason.PLUGIN, f"the program was killed ({name}): {said}"


def of_ignored(ignored: list[str]) -> str:
    """Return a word on performance data that became no reading."""
    if not ignored:
        return ""
    more = f" and {len(ignored) - NAMED} more" if len(ignored) > NAMED else ""
    return f" [no reading: {', '.join(ignored[:NAMED])}{more}]"
