"""Promise: serve hands over what it was asked, and refuses what names no address."""

import pytest
from click.testing import CliRunner

import monitor.start
from monitor.cli.serve import command
from monitor.settings import ALONE, Shard


@pytest.fixture
def served(monkeypatch):
    seen = []

    async def serve(directory, listen, shard, meanwhile):
        seen.append((directory, listen, shard))
        return 7

    monkeypatch.setattr(monitor.start, "serve", serve)
    return seen


def test_directory_address_shard_and_exit_status_pass_through(served, tmp_path):
    ended = CliRunner().invoke(command, [str(tmp_path), "--listen", "[::1]:9664", "--shard", "1/3"])

    assert served == [(tmp_path, "[::1]:9664", Shard(1, 3))]
    assert ended.exit_code == 7


def test_configured_address_is_the_default(served, tmp_path):
    CliRunner().invoke(command, [str(tmp_path)])

    assert served == [(tmp_path, None, ALONE)]


@pytest.mark.parametrize(
    "listen", ["9664", "localhost", ":9664", "localhost:9664", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"]
)
def test_wrong_address_is_a_usage_error(served, tmp_path, listen):
    ended = CliRunner().invoke(command, [str(tmp_path), "--listen", listen])

    assert ended.exit_code == 2
    assert "9664" in ended.output
    assert served == []


@pytest.mark.parametrize(
    ("listen", "remedy"),
    [
        ("127.0.0.1", "'127.0.0.1' has no port; write 127.0.0.1:9664"),
        ("::1", "'::1' has no port; write [::1]:9664"),
        ("[::1]", "'[::1]' has no port; write [::1]:9664"),
        ("256.0.0.1:1", "'256.0.0.1:1' has no address; write 127.0.0.1:9664 or [::1]:9664"),
    ],
)
def test_what_an_address_lacks_is_named(served, tmp_path, listen, remedy):
    ended = CliRunner().invoke(command, [str(tmp_path), "--listen", listen])

    assert remedy in ended.output


def test_missing_directory_is_a_usage_error(served, tmp_path):
    assert CliRunner().invoke(command, [str(tmp_path / "none")]).exit_code == 2
