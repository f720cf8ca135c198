"""Every error has one meaning: ours make the state unknown, the target's make it down, and no secret is quoted."""

import asyncio
import errno
import socket
import ssl

import pytest

from monitor.engine.explanation import AMBIGUOUS, explain, is_ambiguous
from monitor.observation import OURS, FaultDomain, Reason, Status, down, up
from monitor.plugin.errors import ProbeError

OURS_BY_NUMBER = {
    101: Reason.NETWORK,
    100: Reason.NETWORK,
    13: Reason.EGRESS,
    1: Reason.EGRESS,
    22: Reason.EGRESS,
    24: Reason.RESOURCES,
    23: Reason.RESOURCES,
    98: Reason.RESOURCES,
    99: Reason.RESOURCES,
    12: Reason.RESOURCES,
    105: Reason.RESOURCES,
}
THEIRS_BY_NUMBER = {
    111: Reason.REFUSED,
    104: Reason.DISCONNECTED,
    103: Reason.DISCONNECTED,
    32: Reason.DISCONNECTED,
    113: Reason.UNREACHABLE,
    112: Reason.UNREACHABLE,
    110: Reason.TIMEOUT,
}


@pytest.mark.parametrize(("number", "reason"), OURS_BY_NUMBER.items())
def test_an_error_number_of_ours_makes_the_state_unknown(number, reason):
    seen = explain(OSError(number, "text"))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, reason)


@pytest.mark.parametrize(("number", "reason"), THEIRS_BY_NUMBER.items())
def test_an_error_number_of_the_targets_makes_it_down(number, reason):
    seen = explain(OSError(number, "text"))

    assert (seen.status, seen.reason) == (Status.DOWN, reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_named_failure_keeps_its_name(reason):
    seen = explain(ProbeError(reason, "why"))

    assert seen.reason is reason
    assert seen.detail == "why"
    assert seen.status is (Status.UNKNOWN if reason in OURS else Status.DOWN)


@pytest.mark.parametrize("reason", Reason)
def test_a_fault_that_the_answer_tells_is_kept_unless_it_is_ours(reason):
    seen = explain(ProbeError(reason, "why", FaultDomain.PROVIDER))

    assert seen.fault is (FaultDomain.MONITOR if reason in OURS else FaultDomain.PROVIDER)


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (TimeoutError(), Status.DOWN, Reason.TIMEOUT),
        (ConnectionRefusedError(), Status.DOWN, Reason.REFUSED),
        (ConnectionResetError(), Status.DOWN, Reason.DISCONNECTED),
        (BrokenPipeError(), Status.DOWN, Reason.DISCONNECTED),
        (EOFError(), Status.DOWN, Reason.DISCONNECTED),
        (asyncio.IncompleteReadError(b"", 5), Status.DOWN, Reason.DISCONNECTED),
        (ssl.SSLCertVerificationError(1, "x"), Status.DOWN, Reason.CERTIFICATE),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), Status.DOWN, Reason.TLS),
        (ssl.SSLEOFError(8, "EOF"), Status.DOWN, Reason.TLS),
        (socket.gaierror(socket.EAI_NONAME, "x"), Status.DOWN, Reason.DNS),
        (socket.gaierror(socket.EAI_MEMORY, "x"), Status.UNKNOWN, Reason.RESOURCES),
        (MemoryError(), Status.UNKNOWN, Reason.RESOURCES),
        (RecursionError(), Status.UNKNOWN, Reason.PLUGIN),
        (ValueError(), Status.UNKNOWN, Reason.PLUGIN),
        (OSError("no number"), Status.UNKNOWN, Reason.PLUGIN),
        (FileNotFoundError(errno.ENOENT, "x", "/a/file"), Status.UNKNOWN, Reason.PLUGIN),
        (PermissionError(errno.EACCES, "x", "/a/file"), Status.UNKNOWN, Reason.PLUGIN),
        (OSError(errno.EMFILE, "x", "/a/file"), Status.UNKNOWN, Reason.RESOURCES),
        (asyncio.CancelledError(), Status.UNKNOWN, Reason.PLUGIN),
        (SystemExit(3), Status.UNKNOWN, Reason.PLUGIN),
        (KeyboardInterrupt(), Status.UNKNOWN, Reason.PLUGIN),
        (BaseException(), Status.UNKNOWN, Reason.PLUGIN),
        (ProbeError("no reason", "x"), Status.UNKNOWN, Reason.PLUGIN),
        (ProbeError(Reason.STATUS, None), Status.UNKNOWN, Reason.PLUGIN),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_every_kind_of_error_has_its_meaning(error, status, reason):
    seen = explain(error)

    assert (seen.status, seen.reason) == (status, reason)


def test_a_group_means_what_its_first_error_means():
    nested = BaseExceptionGroup("outer", [ExceptionGroup("inner", [ConnectionRefusedError(111, "x")]), ValueError()])

    assert explain(nested).reason is Reason.REFUSED


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_no_error_number_is_left_without_an_answer(number):
    seen = explain(OSError(number, "text"))

    assert seen.reason is not None
    assert (seen.status is Status.UNKNOWN) == (seen.reason in OURS)


@pytest.mark.parametrize("kind", [ValueError, RuntimeError, OSError, KeyError, ConnectionError, TimeoutError])
def test_the_text_of_an_error_is_not_quoted(kind):
    assert "canary" not in explain(kind("postgresql://user:canary@db.example")).detail
    assert "canary" not in explain(OSError(111, "canary")).detail


def test_an_exception_whose_attributes_raise_is_the_plugins_fault():
    class TrapError(ProbeError):
        def __getattribute__(self, name):
            raise RuntimeError(name)

    assert explain(TrapError(Reason.TLS, "x")).reason is Reason.PLUGIN


@pytest.mark.parametrize("reason", Reason)
def test_only_what_our_network_may_have_caused_is_ambiguous(reason):
    expected = reason in {Reason.TIMEOUT, Reason.UNREACHABLE, Reason.DNS}

    assert is_ambiguous(down(reason, "x")) == expected == (reason in AMBIGUOUS)
    assert not is_ambiguous(up())
