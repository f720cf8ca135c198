"""``datashare-monitor blackbox`` in the place of blackbox_exporter, and /probe of the daemon, as processes."""

import contextlib
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from end_to_end.servers import answers, http, ok, process, wait_for
from ports import free_port

PROGRAM = str(Path(sys.executable).parent / "datashare-monitor")
GOOD = "modules:\n  http_2xx: {prober: http, timeout: 2s, http: {basic_auth: {username: me, password: canary-1f}}}\n"


@contextlib.contextmanager
def blackbox(directory: Path, *arguments: str, modules: str = GOOD):
    file = directory / "blackbox.yml"
    file.write_text(modules)
    place = f"127.0.0.1:{free_port()}"
    command = [PROGRAM, "blackbox", f"--config.file={file}", f"--web.listen-address={place}", *arguments]
    with process(command, directory) as running:
        wait_for(lambda: answers(f"http://{place}/-/healthy") or running.poll() is not None)
        yield place, running


def get(url: str, *, method: str = "GET") -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAM, "blackbox", *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_every_endpoint_answers_and_none_shows_a_secret(tmp_path):
    with http(ok) as target, blackbox(tmp_path, "--allow", "127.0.0.1") as (place, _):
        probed = get(f"http://{place}/probe?target=127.0.0.1:{target}")
        pages = {
            path: get(f"http://{place}{path}") for path in ("/", "/config", "/metrics", "/logs?id=1", "/-/healthy")
        }
        by_target = get(f"http://{place}/logs?target=127.0.0.1:{target}")
        missing = [get(f"http://{place}{path}")[0] for path in ("/logs?id=99", "/logs", "/nothing")]

    assert "probe_success 1.0" in probed[1]
    assert {status for status, _ in pages.values()} == {200}
    assert "password: <secret>" in pages["/config"][1]
    assert "blackbox_exporter_config_last_reload_successful 1.0" in pages["/metrics"][1]
    assert "Logs for the probe:" in pages["/logs?id=1"][1] == by_target[1]
    assert missing == [404, 400, 404]
    assert not any("canary" in text for _, text in pages.values())
    assert "canary" not in (tmp_path / "datashare-monitor.log").read_text()


def test_a_bad_file_keeps_the_old_modules(tmp_path):
    with blackbox(tmp_path, "--allow", "127.0.0.1") as (place, running):
        (tmp_path / "blackbox.yml").write_text("modules:\n  other: {prober: http, http: {methods: GET}}\n")
        status, text = get(f"http://{place}/-/reload", method="POST")
        kept = get(f"http://{place}/config")[1]
        flagged = get(f"http://{place}/metrics")[1]
        (tmp_path / "blackbox.yml").write_text("modules: {other: {prober: tcp}}\n")
        running.send_signal(signal.SIGHUP)
        wait_for(lambda: "other" in get(f"http://{place}/config")[1])

    assert status == 500
    assert 'unknown key "methods"; did you mean "method"?' in text
    assert "http_2xx" in kept
    assert "blackbox_exporter_config_last_reload_successful 0.0" in flagged


def test_a_reload_needs_a_post(tmp_path):
    with blackbox(tmp_path) as (place, _):
        assert get(f"http://{place}/-/reload")[0] == 405


def test_without_allow_the_first_line_says_so_and_nothing_is_probed(tmp_path):
    with blackbox(tmp_path) as (place, _):
        status, text = get(f"http://{place}/probe?target=127.0.0.1")

    first = (tmp_path / "datashare-monitor.log").read_text().splitlines()[0]
    assert "nothing_allowed" in first
    assert "--allow" in first
    assert (status, "--allow" in text) == (403, True)


def test_all_routes_are_below_the_prefix(tmp_path):
    file = tmp_path / "blackbox.yml"
    file.write_text(GOOD)
    place = f"127.0.0.1:{free_port()}"
    arguments = [f"--config.file={file}", f"--web.listen-address={place}", "--web.route-prefix=/probes/"]
    with process([PROGRAM, "blackbox", *arguments], tmp_path):
        wait_for(lambda: answers(f"http://{place}/probes/-/healthy"))
        assert get(f"http://{place}/config")[0] == 404
        assert get(f"http://{place}/")[0] == 200  # led to where the pages are


@pytest.mark.parametrize("flag", ["--web.systemd-socket"])
def test_flags_that_are_not_to_be_had_are_refused_by_name(flag):
    done = run(flag)

    assert done.returncode == 2
    assert flag.partition("=")[0] in done.stderr
    assert "not to be had here" in done.stderr


def test_a_file_is_checked_without_being_served(tmp_path):
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(GOOD)
    bad.write_text("modules: {m: {prober: http, http: {x: 1}}}\n")

    accepted, refused = run(f"--config.file={good}", "--config.check"), run(f"--config.file={bad}", "--config.check")

    assert (accepted.returncode, refused.returncode) == (0, 1)
    assert f"{bad}:1:" in refused.stderr


@pytest.mark.services
def test_an_existing_prometheus_job_works_after_changing_the_address(tmp_path, need):
    binary, port = need("prometheus", "prometheus"), free_port()
    with http(ok) as target, blackbox(tmp_path, "--allow", "127.0.0.0/8") as (place, _):
        (tmp_path / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: blackbox
    metrics_path: /probe
    params: {{module: [http_2xx]}}
    static_configs: [{{targets: ["http://127.0.0.1:{target}/"]}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: "{place}"}}
""")
        command = [binary, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data"]
        with process([*command, f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], tmp_path):
            url = f"http://127.0.0.1:{port}/api/v1/query?query=probe_success"
            found = wait_for(lambda: answers(url) and '"value"' in get(url)[1] and get(url)[1])

    assert f'"instance":"http://127.0.0.1:{target}/"' in found
    assert '"1"]' in found


def test_the_daemon_answers_probes_that_its_configuration_allows(tmp_path):
    (tmp_path / "agencies").mkdir()
    (tmp_path / "modules.yml").write_text(GOOD)
    place = f"127.0.0.1:{free_port()}"
    (tmp_path / "monitor.yaml").write_text(f"listen: {place}\nprobe: {{allow: [127.0.0.0/8], modules: modules.yml}}\n")
    with http(ok) as target, process([PROGRAM, "serve", str(tmp_path)], tmp_path):
        wait_for(lambda: answers(f"http://{place}/-/ready"))
        status, text = get(f"http://{place}/probe?target=127.0.0.1:{target}")
        (tmp_path / "modules.yml").write_text("modules: {m: {prober: http, http: {methods: GET}}}\n")
        refused = get(f"http://{place}/-/reload", method="POST")

    assert status == 200
    assert "probe_success 1.0" in text
    assert refused[0] == 400
    assert "modules.yml:1:" in refused[1]


def test_the_daemon_answers_no_probe_while_nothing_is_allowed(tmp_path):
    (tmp_path / "agencies").mkdir()
    place = f"127.0.0.1:{free_port()}"
    (tmp_path / "monitor.yaml").write_text(f"listen: {place}\n")
    with process([PROGRAM, "serve", str(tmp_path)], tmp_path):
        wait_for(lambda: answers(f"http://{place}/-/ready"))
        status, text = get(f"http://{place}/probe?target=127.0.0.1")

    assert status == 403
    assert "monitor.yaml" in text
