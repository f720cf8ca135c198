"""All that a document tells to write and to type, in its order, as one session of a shell.

It has processes, ports and a loopback of its own (namespaces): ports are free, nothing leaves the machine, and whatever
was started ends with it.
"""

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from documents.block import SHELL, Block, Command, blocks_of, commands_of
from documents.elsewhere import elsewhere
from documents.sandbox import hastened

ISOLATED = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
if os.geteuid() != 0:
    ISOLATED.append("--map-root-user")
WITHIN_SECONDS = 220
WRITTEN = ("yaml", "python")


@dataclass(frozen=True)
class Staying:
    """A command that runs until Ctrl-C, and what tells that it is time for the next one."""

    pattern: str
    ready: str


ASK = "curl --silent --fail http://127.0.0.1"
STAYING = [
    Staying(r"make run", f'{ASK}:9664/api/v1/connections/quang-ninh/population | grep --quiet \'"status": "down"\''),
    Staying(r"datashare-monitor serve \S+", f"{ASK}:9664/-/ready"),
    Staying(r"datashare-monitor blackbox .*", f"{ASK}:9115/-/healthy"),
]
SAYING = {r"datashare-monitor probe .*": "[012]", r"datashare-monitor explain .*": "1"}
"""Commands whose exit status tells what they saw: names lead nowhere here, and what is explained is broken."""
RELOADED = "reloads_total{[^}]*accepted[^}]*} [1-9]"
FOLLOWED = {r"kill -HUP .*": f"until {ASK}:9664/metrics | grep --quiet '{RELOADED}'; do sleep 0.1; done"}
"""What makes sure that a command had its effect."""


def bare(command: str) -> str:
    """Return a command without the remark behind it."""
    return command.partition("  #")[0].strip()


def _typed(command: Command) -> list[str]:
    text = bare(command.text)
    lines = [f"at={shlex.quote(command.place)}", 'echo "## $at after $SECONDS s"']
    if staying := next((one for one in STAYING if re.fullmatch(one.pattern, text)), None):
        return [
            *lines,
            'if [ -n "$staying" ]; then kill $staying; wait $staying || true; fi',
            f"{text} > staying.log 2>&1 &",
            "staying=$!",
            f"until {staying.ready} > ready.log; do kill -0 $staying; sleep 0.1; done",
        ]
    status = next((status for pattern, status in SAYING.items() if re.fullmatch(pattern, text)), None)
    lines += [hastened(command.text)] if status is None else ["code=0", f"{text} || code=$?", f"[[ $code = {status} ]]"]
    return lines + [then for pattern, then in FOLLOWED.items() if re.fullmatch(pattern, text)]


def _written(block: Block, name: str) -> list[str]:
    text = hastened(block.text)
    return [
        f"at={shlex.quote(block.place)}",
        f"mkdir -p {shlex.quote(str(Path(name).parent))}",
        f"cat > {shlex.quote(name)} <<'end of {name}'\n{text}end of {name}",
    ]


def script(document: Path) -> str:
    """Return the session as a script for bash. It ends at the first command that fails, and says where that stands."""
    lines = [
        "set -euo pipefail",
        "at=start staying=",
        """trap 'code=$?; [ $code = 0 ] || echo "$at: ended with status $code" >&2' EXIT""",
        "ip link set lo up",
    ]
    for block in blocks_of(document):
        if block.language in SHELL:
            for command in commands_of(block):
                lines += [] if elsewhere(command.text) else _typed(command)
        elif block.language in WRITTEN and block.name:
            lines += _written(block, block.name)
    return "\n".join(lines) + "\n"


def run(document: Path, sandbox: Path) -> subprocess.CompletedProcess[str]:
    """Type the document in the sandbox."""
    return subprocess.run(
        [*ISOLATED, "bash", "-c", script(document)],
        cwd=sandbox,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WITHIN_SECONDS,
        check=False,
    )
