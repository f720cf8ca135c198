"""Promise: every state and reason has a word in both languages."""

from enum import StrEnum

import pytest
from aiohttp.test_utils import make_mocked_request

from monitor.observation import FaultDomain, Reason, Status
from monitor.web.pages.words import FAULTS, REASONS, STATUSES, SYMBOLS, Language, language_of, say_in, span


@pytest.mark.parametrize(("words", "members"), [(REASONS, Reason), (STATUSES, Status), (FAULTS, FaultDomain)])
def test_every_member_has_a_word_in_both_languages(words, members: type[StrEnum]):
    assert set(words) == set(members)
    assert all(len(pair) == 2 and all(pair) for pair in words.values())


@pytest.mark.parametrize("words", [REASONS, STATUSES, FAULTS])
@pytest.mark.parametrize("language", [0, 1])
def test_no_two_members_share_a_word(words, language):
    said = [pair[language] for pair in words.values()]

    assert len(set(said)) == len(said)


def test_every_status_has_a_shape_of_its_own():
    assert len(set(SYMBOLS.values())) == len(Status)


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/", "", "vi"), ("/", "en", "en"), ("/", "en-GB,en;q=0.9,vi;q=0.8", "en"), ("/", "vi,en;q=0.5", "vi"),
        ("/", "fr", "vi"), ("/", "en;q=0", "vi"), ("/?lang=en", "vi", "en"), ("/?lang=vi", "en", "vi"),
        ("/?lang=xx", "en", "en"), ("/?lang=", "", "vi"),
    ],
)  # fmt: skip
def test_language_is_the_one_asked_for(path, accept, expected):
    request = make_mocked_request("GET", path, headers={"Accept-Language": accept})

    assert language_of(request) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (11_520, "3 h 12 min"),
        (90_000, "1 d 1 h"), (86_400 * 400, "400 d"), (-5, "0 s"), (3601, "1 h"),
    ],
)  # fmt: skip
def test_length_of_time_is_told_in_two_units(seconds, expected):
    assert span(seconds, say_in(Language.EN)) == expected


def test_length_of_time_is_told_in_vietnamese():
    assert span(11_520, say_in(Language.VI)) == "3 giờ 12 phút"
