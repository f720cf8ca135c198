"""The daemon as its users run it, and Prometheus as they ask it."""

import contextlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from end_to_end.servers import wait_for


def fetch(url: str, *, method: str = "GET") -> tuple[int, str]:
    """Return status and body; an error status is an answer too."""
    request = urllib.request.Request(url, method=method, data=b"" if method == "POST" else None)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def pages(url: str, places: Iterable[str]) -> dict[str, str]:
    """Return what stands at each place: all of them answer 200, for in a refusal nobody would find what must not be."""
    answers = {place: fetch(f"{url}{place}") for place in places}
    assert {place: status for place, (status, _) in answers.items() if status != 200} == {}
    return {place: body for place, (_, body) in answers.items()}


def is_ready(url: str) -> bool:
    with contextlib.suppress(OSError):
        return fetch(f"{url}/-/ready")[0] == 200
    return False


@contextlib.contextmanager
def daemon(
    directory: Path, port: int, environment: Mapping[str, str] | None = None, wrapper: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen]:
    """Run ``datashare-monitor serve`` until it is ready; it ends with us, and its log lies beside the configuration."""
    tied = ("setpriv", "--pdeathsig", "KILL", *wrapper)
    command = [*tied, sys.executable, "-m", "monitor", "serve", str(directory), "--listen", f"127.0.0.1:{port}"]
    log = directory.parent / "daemon.log"
    with log.open("ab") as output:
        running = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **(environment or {})})
    try:
        wait_for(lambda: is_ready(f"http://127.0.0.1:{port}") or running.poll() is not None, within=30)
        assert running.poll() is None, log.read_text()
        yield running
    finally:
        if running.poll() is None:
            running.terminate()
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait(5)


def samples(prometheus_url: str, query: str) -> dict[str, float]:
    """Ask Prometheus; return the values by the ``check`` label, or by the label that tells them apart."""
    asked = urllib.parse.urlencode({"query": query})
    status, body = fetch(f"{prometheus_url}/api/v1/query?{asked}")
    assert status == 200, body
    results = json.loads(body)["data"]["result"]
    return {one["metric"].get("check") or json.dumps(one["metric"]): float(one["value"][1]) for one in results}


def labels(prometheus_url: str, query: str, name: str) -> set[str]:
    """Ask Prometheus; return the values of one label."""
    asked = urllib.parse.urlencode({"query": query})
    status, body = fetch(f"{prometheus_url}/api/v1/query?{asked}")
    assert status == 200, body
    return {one["metric"].get(name, "") for one in json.loads(body)["data"]["result"]}
