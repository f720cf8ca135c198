"""Promise: a probe that listens is told from one that does not, by what it has."""

from dataclasses import dataclass

from monitor.plugin import Listener, Secret
from monitor.plugin.heartbeat import listens


@dataclass(frozen=True)
class Deaf:
    token: Secret = Secret(env="X")  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class Listening:
    def heartbeat_token(self):
        return Secret(env="X")

    def heartbeat_fault(self, heartbeat):
        return ""


def test_probe_listens_when_it_has_both_methods():
    assert isinstance(Listening(), Listener)
    assert listens(Listening())


def test_token_alone_does_not_make_a_listener():
    assert not listens(Deaf())
