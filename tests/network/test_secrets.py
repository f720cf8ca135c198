"""A secret is read where it is, again once it changed, and never reaches a message."""

import os
from dataclasses import dataclass

import pytest

from monitor.network.secrets import SecretStore, secrets_in
from monitor.observation import Reason
from monitor.plugin import ProbeError, Secret


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("canary", "canary"),
        ("canary\n", "canary"),
        ("canary\r\n", "canary"),
        (" can ary \n\n", " can ary \n"),
        ("Việt", "Việt"),
    ],
)
def test_a_file_is_read_without_its_line_end(tmp_path, content, expected):
    path = tmp_path / "secret"
    path.write_bytes(content.encode())

    assert SecretStore().reveal(Secret(file=str(path))) == expected


def test_a_file_is_read_again_once_it_changed(tmp_path):
    path = tmp_path / "secret"
    path.write_text("one")
    store = SecretStore()
    first = store.reveal(Secret(file=str(path)))

    path.write_text("two")
    os.utime(path, ns=(1, 1))

    assert (first, store.reveal(Secret(file=str(path)))) == ("one", "two")


def test_a_file_that_vanished_is_not_remembered(tmp_path):
    path = tmp_path / "secret"
    path.write_text("one")
    store = SecretStore()
    store.reveal(Secret(file=str(path)))

    path.unlink()

    with pytest.raises(ProbeError):
        store.reveal(Secret(file=str(path)))


def test_the_environment_and_systemd_credentials_are_read(tmp_path, monkeypatch):
    monkeypatch.setenv("LGSP_TOKEN", "from-env")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "lgsp").write_text("from-systemd\n")
    store = SecretStore()

    assert store.reveal(Secret(env="LGSP_TOKEN")) == "from-env"
    assert store.reveal(Secret(credential="lgsp")) == "from-systemd"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "..", "", "a/b"])
def test_a_credential_does_not_leave_its_directory(tmp_path, monkeypatch, name):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "in"))
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_text("canary")

    with pytest.raises(ProbeError) as caught:
        SecretStore().reveal(Secret(credential=name))

    assert caught.value.reason is Reason.SECRET


def test_what_cannot_be_read_is_named_without_its_content(tmp_path, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "binary").write_bytes(b"canary\xff\xfe")
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "big").write_bytes(b"canary" * 20_000)
    os.mkfifo(tmp_path / "pipe")
    wrong = [
        Secret(file=str(tmp_path / name)) for name in ("binary", "empty", "big", "pipe", "missing", "nul\0", "")
    ] + [Secret(env="NOT_SET_ANYWHERE"), Secret(credential="lgsp")]

    for secret in wrong:
        with pytest.raises(ProbeError) as caught:
            SecretStore().reveal(secret)

        assert caught.value.reason is Reason.SECRET
        assert "canary" not in caught.value.detail
        assert caught.value.__context__ is None or "canary" not in str(caught.value.__cause__)


def test_the_secrets_of_a_probe_are_found_however_deep():
    @dataclass(frozen=True)
    class Inner:
        credentials: Secret

    @dataclass(frozen=True)
    class Outer:
        inner: Inner
        headers: dict[str, object]
        rest: tuple[object, ...]

    secrets = [Secret(env=name) for name in "abc"]

    probe = Outer(Inner(secrets[0]), {"x": secrets[1], "y": "text"}, (1, [secrets[2]]))

    assert list(secrets_in(probe)) == secrets
