"""An error that nobody asks any more holds nothing of the run that it ended."""

import gc
import weakref
from dataclasses import dataclass

import pytest

from monitor.plugin import ProbeError, Reason
from monitor.plugin.errors import let_go


class Held:
    """Stands for what a run had."""


def failed(make) -> tuple[BaseException, weakref.ref]:
    """Return an error that goes on being named where it was raised, and what lives there."""
    held = Held()
    try:
        make()
    except BaseException as error:
        kept = error
    return kept, weakref.ref(held)


def plain():
    raise ProbeError(Reason.PROTOCOL, "no")


def caused():
    try:
        plain()
    except ProbeError as error:
        raise OSError("no either") from error


def beside():
    try:
        plain()
    except ProbeError:
        raise OSError("no either") from None


def grouped():
    try:
        plain()
    except ProbeError as error:
        raise ExceptionGroup("both", [error, ValueError()]) from None


def own_cause():
    error = ProbeError(Reason.PROTOCOL, "no")
    raise error from error


class HostileError(Exception):
    @property
    def __cause__(self):
        raise RuntimeError


def hostile():
    raise HostileError


@dataclass(frozen=True)
class FrozenError(Exception):
    """Of a plugin that takes errors for values."""


def frozen():
    raise FrozenError


@pytest.mark.parametrize("make", [plain, caused, beside, grouped, own_cause, hostile, frozen])
def test_error_lets_go_of_the_frames_it_went_through(make):
    gc.disable()
    try:
        error, held = failed(make)
        before = held() is not None
        let_go(error)
        after = held() is not None
    finally:
        gc.enable()

    assert (before, after) == (True, False)
