"""A thread that waits for a peer is told from one that merely does not return."""

import select
import socket
import threading
import time

import pytest

from monitor.engine.worker.stalls import this_thread, waits_for_network


def receive(connection):
    connection.recv(1)


def poll(connection):
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    waiting.poll()


def receive_within(connection):
    connection.settimeout(60)
    connection.recv(1)


def sleep_until_closed(connection):
    while connection.fileno() > 0:
        time.sleep(0.3)


def select_nothing(connection):
    while connection.fileno() > 0:
        select.select([], [], [], 0.3)


def wait_for_lock(connection):
    lock = threading.Lock()
    lock.acquire()
    while connection.fileno() > 0:
        lock.acquire(timeout=0.3)


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        (receive, True),
        (receive_within, True),
        (poll, True),
        (sleep_until_closed, False),
        (select_nothing, False),
        (wait_for_lock, False),
    ],
)
def test_only_waiting_for_a_peer_counts(wait, expected):
    ours, theirs = socket.socketpair()
    places = []
    thread = threading.Thread(target=lambda: (places.append(this_thread()), wait(ours)))
    thread.start()
    time.sleep(0.1)

    found = waits_for_network(places[0])
    theirs.close()
    if not expected:
        ours.close()
    thread.join(5)
    ours.close()

    assert found is expected


def test_thread_that_is_gone_waits_for_nobody():
    assert not waits_for_network("/proc/self/task/1")
