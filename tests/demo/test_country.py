"""A country has as many checks as asked for, the same troubles for the same seed, and is mostly healthy."""

from collections import Counter
from datetime import date

import pytest

from monitor.demo.country import DEFAULT_CHECKS, Size, country
from monitor.demo.styles import TEMPLATES, Style
from monitor.demo.troubles import DOORS, FITS, Trouble

TODAY = date(2026, 11, 20)


def checks_of(made):
    return [check for piece in made.pieces for check in piece.checks]


@pytest.mark.parametrize("agencies", [1, 7, 56])
@pytest.mark.parametrize("checks", [1, 3, 10, 301, 999, 10_000])
def test_it_has_exactly_as_many_checks_as_asked_for(agencies, checks):
    made = country(Size(agencies=agencies, checks=checks), TODAY)

    ids = [check for check, _ in checks_of(made)]
    assert (len(ids), len(set(ids))) == (checks, checks)


def test_a_large_country_is_composed_too():
    assert len(checks_of(country(Size(checks=100_000), TODAY))) == 100_000


def test_the_default_country_is_believable():
    made = country(Size(), TODAY)

    assert DEFAULT_CHECKS >= 150
    assert 0.10 <= len(made.troubles) / DEFAULT_CHECKS <= 0.15
    assert {piece.agency for piece in made.pieces} == {agency.id for agency in made.agencies}
    assert {style for _, style in checks_of(made)} >= set(Style)


def test_the_default_country_knows_every_kind_of_trouble():
    assert set(country(Size(), TODAY).troubles.values()) == set(Trouble)


def test_every_kind_of_a_data_centre_is_well_somewhere():
    made = country(Size(), TODAY)

    well = {style for check, style in checks_of(made) if check not in made.troubles}
    assert well >= set(TEMPLATES["data-centre"].styles)


def test_troubles_strike_only_what_they_fit():
    made = country(Size(checks=3000), TODAY)
    styles = dict(checks_of(made))

    assert all(styles[check] in FITS[trouble] for check, trouble in made.troubles.items())


def test_the_same_seed_gives_the_same_country():
    assert country(Size(seed=7), TODAY) == country(Size(seed=7), TODAY)


def test_another_seed_gives_other_troubles():
    assert country(Size(seed=7), TODAY).troubles != country(Size(seed=8), TODAY).troubles


def test_a_large_country_stays_mostly_healthy():
    troubles = country(Size(checks=100_000), TODAY).troubles

    slow = Counter(troubles.values())[Trouble.STALLED] + Counter(troubles.values())[Trouble.SLOW]
    assert len(troubles) < 2_000
    assert slow < 100


def test_some_connections_are_overdue_and_most_are_live():
    connections = [piece for piece in country(Size(), TODAY).pieces if piece.provider]

    live = [piece for piece in connections if piece.facts["states"][-1]["state"] == "live"]
    late = [piece for piece in connections if piece not in live and piece.facts["due"] < TODAY]
    assert late
    assert len(live) > 0.75 * len(connections)


@pytest.mark.parametrize("agencies", [1, 2, 5, 56])
def test_paths_lead_over_what_there_is(agencies):
    made = country(Size(agencies=agencies, checks=2000), TODAY)
    systems = {piece.target for piece in made.pieces if not piece.provider}

    named = {place for piece in made.pieces if piece.provider for place in (*piece.via, piece.provider)}
    assert named <= systems


def test_every_http_path_of_the_settled_country_is_served():
    made = country(Size(), TODAY)
    paths = made.routes()

    http = [check for check, style in checks_of(made) if style is Style.LOGIN]
    assert all(f"/{check}".encode() in paths for check in http)


def test_a_stage_is_never_reached_in_the_future():
    connections = [piece for piece in country(Size(), TODAY).pieces if piece.provider]

    assert all(stage["on"] <= TODAY for piece in connections for stage in piece.facts["states"])


def test_the_door_of_a_piece_is_the_trouble_of_its_port():
    made = country(Size(), TODAY)

    doors = [made.door(piece) for piece in made.pieces]
    assert {door for door in doors if door} == set(DOORS)
