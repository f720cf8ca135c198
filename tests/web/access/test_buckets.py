"""Promise: so many at once, and one more after each interval, for each client apart."""

import pytest

from monitor.web.access.buckets import MOST_KEYS, Bucket, Buckets, neighbourhood


def test_burst_is_let_in_and_then_one_after_each_interval():
    bucket = Bucket(3, 2.0, now=100.0)

    assert [bucket.take(100.0) for _ in range(4)] == [0, 0, 0, 2.0]
    assert bucket.take(101.0) == 1.0
    assert bucket.take(102.0) == 0
    assert bucket.take(102.0) == 2.0


def test_tokens_do_not_pile_up_beyond_the_burst():
    bucket = Bucket(2, 1.0, now=0.0)

    assert [bucket.take(1000.0) for _ in range(3)] == [0, 0, 1.0]


def test_asking_takes_nothing():
    bucket = Bucket(1, 1.0, now=0.0)

    assert [bucket.wait(0.0), bucket.wait(0.0), bucket.take(0.0), bucket.wait(0.0)] == [0, 0, 0, 1.0]


def test_each_key_has_its_own_and_their_number_is_bounded():
    buckets = Buckets(1, 60.0)
    buckets.of("first", 0.0).take(0.0)
    for number in range(MOST_KEYS):
        buckets.of(str(number), 0.0)

    assert buckets.of("5", 0.0).take(0.0) == 0
    assert buckets.of("first", 0.0).take(0.0) == 0  # forgotten, as it was used last of all


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"), ("", ""),
    ],
)  # fmt: skip
def test_neighbourhood_is_one_client(address, expected):
    assert neighbourhood(address) == expected
