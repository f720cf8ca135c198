"""The probe of kind ``exec``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from datashare_monitor_exec.handover import PLACE, handover
from datashare_monitor_exec.program import run
from datashare_monitor_exec.readings import Declared
from datashare_monitor_exec.start import Command
from datashare_monitor_exec.verdict import MEASURES, verdict
from monitor.plugin import Measure, Observation, Secret, Size, Vantage

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
MOST_READINGS = 50


@dataclass(frozen=True, kw_only=True)
class ExecProbe:
    """Runs a program that speaks the Nagios plugin API: exit codes 0 up, 1 degraded, 2 down, anything else unknown.

    Exit code 3 is unknown, because the API keeps it for faults of the program itself, such as wrong arguments.
    The program has no shell, no terminal and no input, runs in ``/`` and knows only the variables named here, beside
    ``PATH`` and ``LANG``. It is killed at the timeout of the check, and when the monitor ends, with whatever it
    started; only what detaches itself into a session of its own is the system's to end (systemd's ``KillMode=``).
    64 KiB of its output count, and after 1 MiB it is killed. What it connects to is not vetted: limit it by the system
    (a network namespace, systemd's ``IPAddressDeny=``).

    Attributes:
        command: The absolute path of the program and its arguments, each an entry of its own.
        target: The host it looks at, whose slots the run takes; it is not handed to the program.
        env: Variables it finds in its environment. No place for secrets.
        secrets: Secrets by name. ``{secret:NAME}`` in ``command`` or ``env`` becomes the path of a file that holds one,
            readable as long as the program runs. A program that takes a password in no other way than as an argument
            needs a script around it that reads the file.
        readings: Labels of the performance data that become readings; all others are counted and left out.
        memory: The most private memory of each process; none unless set.
    """

    command: tuple[str, ...]
    target: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    readings: Mapping[str, Declared] = field(default_factory=dict)
    memory: Size | None = None

    def __post_init__(self) -> None:
        for fault in (*self._command_faults(), *self._env_faults(), *self._secret_faults(), *self._reading_faults()):
            raise ValueError(fault)

    async def observe(self, vantage: Vantage) -> Observation:
        """Run the program once."""
        with handover({name: vantage.reveal(secret) for name, secret in self.secrets.items()}) as secrets:
            ended = await run(
                Command(
                    arguments=[secrets.filled(text) for text in self.command],
                    environment=ENVIRONMENT | {name: secrets.filled(text) for name, text in self.env.items()},
                    files=[*secrets.files.values()],
                    memory_bytes=self.memory,
                )
            )
            return verdict(ended, secrets, self.readings)

    def measures(self) -> list[Measure]:
        """Return the measures of the declared readings."""
        return [measure for label, one in self.readings.items() for measure in one.measures(label)]

    def _command_faults(self) -> Iterator[str]:
        if not self.command or not self.command[0].startswith("/"):
            yield "command must begin with the absolute path of a program, as in [/usr/lib/nagios/plugins/check_disk]"
        elif PLACE.search(self.command[0]):
            yield "the path of the program cannot be a secret; write the path"
        if any("\0" in text for text in (*self.command, *self.env.values())):
            yield "an argument or a variable cannot hold a NUL; leave it out"

    def _env_faults(self) -> Iterator[str]:
        for name in self.env:
            if not VARIABLE.fullmatch(name):
                yield f'"{name[:60]}" is not a name of a variable; write letters, digits and _'

    def _secret_faults(self) -> Iterator[str]:
        used = {name for text in (*self.command, *self.env.values()) for name in PLACE.findall(text)}
        for name in sorted(used - self.secrets.keys()):
            yield f'there is no secret "{name[:60]}"; write it under secrets, as in {{{name[:60]}: {{file: PATH}}}}'
        for name in sorted(self.secrets.keys() - used):
            yield f'the secret "{name[:60]}" is not used; write {{secret:{name[:60]}}} where its file belongs'

    def _reading_faults(self) -> Iterator[str]:
        if len(self.readings) > MOST_READINGS:
            yield f"{len(self.readings)} readings are too many for a check; declare at most {MOST_READINGS}"
        taken = {measure.name: "the exec kind itself" for measure in MEASURES}
        for label, one in self.readings.items():
            for measure in one.measures(label):
                if measure.name in taken:
                    yield f'{measure.name} of "{label[:60]}" is taken by {taken[measure.name]}; write another name:'
                taken[measure.name] = f'"{label[:60]}"'
