"""The first error message a user causes tells where, what and what to do, and nothing is started."""

import subprocess
import sys


def serve(directory):
    command = [sys.executable, "-m", "monitor", "serve", str(directory)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_wrong_configuration_is_refused_with_every_problem(tmp_path):
    (tmp_path / "agencies").mkdir()
    (tmp_path / "monitor.yaml").write_text("vantage: test\n")
    (tmp_path / "agencies" / "health.yaml").write_text(
        "agency: {id: health, class: ministry, name: Bộ Y tế}\n"
        "systems:\n"
        "  - id: portal\n"
        "    kind: portal\n"
        "    name: Cổng dịch vụ công\n"
        "    checks:\n"
        "      - {id: web, probe: htpp, every: 30s, with: {target: http://portal.example/}}\n"
        "      - {id: old, probe: http, every: 5 parsecs, with: {target: http://portal.example/}}\n"
    )

    ended = serve(tmp_path)

    assert ended.returncode == 1
    assert "agencies/health.yaml:7:26 systems[0].checks[0].probe" in ended.stderr
    assert 'did you mean "http"?' in ended.stderr
    assert '"5 parsecs" is not a duration; write 30s, 5m, 2h or 1d' in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_directory_is_named(tmp_path):
    ended = serve(tmp_path / "nowhere")

    assert ended.returncode == 2
    assert "nowhere" in ended.stderr
    assert "Traceback" not in ended.stderr
