"""Promise: ids are made of names as people write them, and none is there twice."""

from datetime import timedelta

import pytest

from monitor.config.documents.shape import read_id
from monitor.migration.proposal import Names, Proposal, id_of, secret_file


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Đà Nẵng", "da-nang"), ("Hồ sơ sức khoẻ điện tử", "ho-so-suc-khoe-dien-tu"), ("  LGSP / v2  ", "lgsp-v2"),
        ("10.1.2.3", "10-1-2-3"), ("國", ""), ("a" * 100, "a" * 63), ("x" * 62 + " y", "x" * 62),
    ],
)  # fmt: skip
def test_name_becomes_an_id(name, expected):
    assert id_of(name) == expected


def test_equal_names_get_numbers_and_stay_ids():
    names = Names()

    made = [names.free("a" * 80, "x") for _ in range(12)] + [names.free("國", "check"), names.free("!", "check")]

    assert len(set(made)) == 14
    assert [read_id(one) for one in made] == made
    assert made[-2:] == ["check", "check-2"]


def test_secret_is_named_after_what_it_belongs_to():
    assert secret_file("Đà Nẵng", "X-Api-Key") == {"file": "/run/secrets/datashare-monitor/da-nang-x-api-key"}


def test_timeout_is_never_longer_than_the_beat():
    proposal = Proposal(
        system="a", name="b", kind="http", settings={}, every=timedelta(seconds=5), timeout=timedelta(seconds=48),
        recheck=timedelta(seconds=60), down=1000,
    )  # fmt: skip

    assert proposal.beat == {"every": "5s", "timeout": "5s", "recheck": "5s", "confirm": {"down": 100}}
