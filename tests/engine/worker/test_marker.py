"""The marker page tells who holds a worker's loop, even when the worker no longer can."""

import os

import pytest

from monitor.engine.worker.marker import NOBODY, Marker, create


@pytest.fixture
def page():
    descriptor = create()
    yield descriptor
    os.close(descriptor)


def test_what_one_side_writes_the_other_reads(page):
    ours, theirs = Marker(page), Marker(page)

    theirs.words[1], theirs.words[0] = 1, 42

    assert ours.holder == 42
    assert ours.held_seconds() > 0
    ours.clear()
    assert (theirs.holder, theirs.held_seconds()) == (NOBODY, 0.0)
    ours.close()
    theirs.close()


def test_nonsense_in_the_page_is_only_a_number(page):
    marker = Marker(page)
    marker.words[0] = marker.words[1] = 2**64 - 1

    assert marker.held_seconds() == 0.0
    marker.close()


@pytest.mark.parametrize("length", [0, 100, 1 << 20])
def test_plugin_cannot_take_the_page_away_from_under_the_daemon(page, length):
    with pytest.raises(PermissionError):
        os.ftruncate(page, length)
