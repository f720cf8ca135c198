"""Moments and spans become whole microseconds and come back unchanged."""

import random
from datetime import UTC, datetime, timedelta

from monitor.judge.instant import length, microseconds, moment


def test_moments_survive_to_the_microsecond():
    chance = random.Random(1)
    for _ in range(20_000):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            days=chance.randrange(47_000), seconds=chance.randrange(86_400), microseconds=chance.randrange(10**6)
        )
        assert moment(microseconds(at)) == at


def test_span_is_exact():
    assert length(timedelta(days=400, microseconds=1)) == 34_560_000_000_001
