"""``datashare-monitor demo``: a small country on loopback, and the monitor that watches it."""

import http.client
import re
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

import click

from monitor.cli.check_config import counted
from monitor.cli.ending import serving
from monitor.cli.progress import progress
from monitor.cli.serve import ListenAddress
from monitor.demo.certificates import issue
from monitor.demo.country import DEFAULT_CHECKS, Country, Size, country
from monitor.demo.doors import Ports
from monitor.demo.process import LandscapeError, running
from monitor.demo.reports import report
from monitor.demo.scenario import ACTS, DRIFTING, Scenario
from monitor.demo.troubles import Trouble
from monitor.demo.writing import CERTIFICATES, TOKEN, Beat, is_ours, write

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BEATS = ((1_000, "5s"), (20_000, "30s"))
"""By the most checks: a small country has all its first verdicts 15 s after the command at the latest."""
READY_WITHIN_SECONDS = 120
FIRST_VERDICTS_SECONDS = 15
SCENARIO_CHECKS, SCENARIO_BEAT = 700, "5s"
"""So many that every act has something to strike, looked at so often that it is seen."""
SHOWN = (Trouble.BUSY, Trouble.UNAVAILABLE)


@click.command("demo")
@click.option("--watch", is_flag=True, help="Start the monitor on the country too.")
@click.option("--agencies", type=click.IntRange(1, 56), default=56, show_default=True, help="How many agencies.")
@click.option(
    "--checks", type=click.IntRange(1, 200_000), default=DEFAULT_CHECKS, show_default=True, help="How many checks."
)
@click.option("--every", metavar="DURATION", help="How often each is made; 5s, and longer in a large country.")
@click.option("--scenario", is_flag=True, help="A country in good health over which seven faults come, one by one.")
@click.option(
    "--act", type=click.IntRange(5, 86_400), default=60, show_default=True, help="Seconds each of them lasts."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, other troubles.")
@click.option(
    "--port", type=click.IntRange(0, 65_000), default=0, help="First of sixteen ports; free ones if not given."
)
@click.option(
    "--listen", type=ListenAddress(), default="127.0.0.1:9664", show_default=True, help="Where the monitor listens."
)
@click.option(
    "--write", "directory", type=click.Path(file_okay=False, path_type=Path), help="Keep the configuration here."
)
@click.option("--only-write", is_flag=True, help="Write the configuration and serve nothing; needs --write and --port.")
def command(
    *,
    watch: bool,
    agencies: int,
    checks: int,
    every: str | None,
    scenario: bool,
    act: int,
    seed: int,
    port: int,
    listen: str,
    directory: Path | None,
    only_write: bool,
) -> None:
    """Serve a small country on this machine, some of it in trouble.

    Hubs, national databases and the systems of agencies answer on loopback, over HTTP, HTTPS, TCP and DNS, data
    centres also over NTP, LDAP, WebSocket, gRPC, UDP and SMTP, and by themselves; about one in ten is slow, stale,
    flapping, refused or failing. A configuration directory that watches them is written along with it.

    \b
    Exit status:
      0  ended as asked
      1  a port is taken
      2  usage
    """  # noqa: D301 - \b keeps click from wrapping the lines
    now = datetime.now(ZONE).replace(microsecond=0)
    playing = _scenario(now, act, agencies, only_write=only_write) if scenario else None
    checks = max(checks, SCENARIO_CHECKS) if playing else checks
    size = Size(agencies=agencies, checks=checks, seed=seed, is_calm=playing is not None)
    made = country(size, now.date())
    if directory is not None and not is_ours(directory):
        raise click.UsageError(f"{directory} holds something else; name an empty directory, or one written before")
    beat = _beat(
        every or (SCENARIO_BEAT if playing else "") or next((beat for most, beat in BEATS if checks <= most), "60s")
    )
    building = f"Building a country of {counted(checks, 'check')} …"
    if only_write:
        if directory is None or not port:
            raise click.UsageError("--only-write needs --write DIR and --port")
        with progress(building):
            issue(directory / CERTIFICATES, now)
            write(made, Ports.from_base(port), directory.resolve(), beat, now)
        click.echo(f"{checks} checks written to {directory}")
        return
    if watch:
        _refuse_taken(listen)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with _folder(directory) as folder, ExitStack() as stack:
            with progress(building):
                issue(folder / CERTIFICATES, now)
                ports = stack.enter_context(running(size, now.date(), folder / CERTIFICATES, port, playing))
                write(made, ports, folder, beat, now)
            report(made.reports(), (folder / TOKEN).read_text(), listen)
            if playing is not None:
                threading.Thread(target=_tell, args=(made, playing, listen), daemon=True).start()
            raise SystemExit(_watch(made, folder, listen) if watch else _wait(checks, folder))
    except LandscapeError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("The country is closed.")


def _scenario(now: datetime, act: int, agencies: int, *, only_write: bool) -> Scenario:
    """Return the scenario that begins now.

    Raises:
        click.UsageError: Something that it needs would not be there.
    """
    if agencies < 56 or only_write:
        raise click.UsageError("--scenario needs all 56 agencies, served: leave out --agencies and --only-write")
    return Scenario(began=now.timestamp() + FIRST_VERDICTS_SECONDS, act_seconds=act)


def _tell(made: Country, playing: Scenario, listen: str) -> None:
    """Say what happens when it happens, and how to see it."""
    for at, number, begins in playing.edges():
        time.sleep(max(0.0, at - time.time()))
        act = ACTS[number]
        clock = f"{datetime.fromtimestamp(at, ZONE):%H:%M:%S}"
        if not begins:
            click.echo(f"{clock}  That is mended.")
            continue
        connection = act.connection(made.pieces)
        see = f"datashare-monitor explain {connection} --url http://{listen}"
        click.echo(f"{clock}  {act.told}\n  {see if connection else f'http://{listen}/checks/{DRIFTING}/contract'}")


def _refuse_taken(listen: str) -> None:
    """Raise if the monitor could not listen: another one there would be announced as ours."""
    host, _, port = listen.rpartition(":")
    address = ip_address(host.strip("[]"))
    with socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((str(address), int(port)))
        except OSError as error:
            from monitor.daemon import NotListeningError

            raise click.ClickException(str(NotListeningError(listen, error))) from None


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="datashare-demo-") as made:
            yield Path(made)
        return
    yield wanted.resolve()


def _beat(every: str) -> Beat:
    read = re.fullmatch(r"(\d+)(s|m)", every)
    if read is None or not int(read[1]):
        raise click.BadParameter(f"{every!r} is not a duration; write 10s or 1m", param_hint="--every")
    seconds = int(read[1]) * (60 if read[2] == "m" else 1)
    return Beat(every=every, timeout=f"{min(seconds, 3)}s")


def _wait(checks: int, folder: Path) -> int:
    click.echo(f"The country is open. {checks} checks for it are in {folder}")
    click.echo(f"Watch it:  datashare-monitor serve {folder}\nCtrl-C closes it.")
    while True:
        signal.pause()


def _watch(made: Country, folder: Path, listen: str) -> int:
    import uvloop

    from monitor.start import serve

    size = f"{counted(made.size.checks, 'check')} of {counted(len(made.agencies), 'agency', 'agencies')}"
    click.echo(f"{size}, configured in {folder}")
    threading.Thread(target=_announce, args=(made, listen), daemon=True).start()
    with serving():
        return uvloop.run(serve(folder, listen, meanwhile=progress(f"Reading {folder} …")))


def _announce(made: Country, listen: str) -> None:
    """Say where to look as soon as the monitor is ready."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while not _is_ready(listen):
        if time.monotonic() > deadline:
            return
        time.sleep(0.2)
    address = f"http://{listen}"
    troubled = next((check for shown in SHOWN for check, trouble in made.troubles.items() if trouble is shown), "")
    said = f"""
The monitor is at {address}

  {address}/
      the country at a glance
  {address}/checks/{troubled}
      one check that fails, and why; the first verdicts take a few seconds
  {address}/metrics
      what Prometheus scrapes; ask it: count by (agency) (datashare_check_status == 0)

Ctrl-C ends it."""
    click.echo(said)
    time.sleep(FIRST_VERDICTS_SECONDS)
    click.echo(said)  # the first verdicts, a line in the log for each change, have pushed it out of sight


def _is_ready(listen: str) -> bool:
    connection = http.client.HTTPConnection(listen, timeout=1)
    try:
        connection.request("GET", "/-/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
