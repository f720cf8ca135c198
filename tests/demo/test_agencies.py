"""The country has the real agencies, and a smaller one still has the owners of the national systems."""

import unicodedata

import pytest

from monitor.demo.agencies import OWNERS, agencies


def test_the_whole_country_has_all_its_agencies():
    found = agencies(56)

    classes = [agency.agency_class for agency in found]
    assert len({agency.id for agency in found}) == 56
    assert [classes.count(each) for each in ("ministry", "ministerial", "government_agency", "province", "city")] == [
        14, 3, 5, 28, 6,
    ]  # fmt: skip


def test_a_small_country_has_the_owners_of_the_national_systems():
    assert {agency.id for agency in agencies(len(OWNERS))} == set(OWNERS)


def test_beyond_the_owners_local_and_central_agencies_take_turns():
    added = agencies(15)[len(OWNERS) :]

    assert [agency.is_local for agency in added] == [True, False] * 4


def test_names_are_composed_characters():
    names = [agency.name for agency in agencies(56)]

    assert names == [unicodedata.normalize("NFC", name) for name in names]


def test_every_agency_has_the_code_of_its_kind():
    assert all(bool(agency.admin_code) == agency.is_local != bool(agency.code) for agency in agencies(56))


@pytest.mark.parametrize(
    ("id_", "title"),
    [
        ("cao-bang", "tỉnh Cao Bằng"),
        ("ha-noi", "thành phố Hà Nội"),
        ("thanh-pho-ho-chi-minh", "Thành phố Hồ Chí Minh"),
        ("bo-y-te", "Bộ Y tế"),
    ],
)
def test_a_title_reads_well_in_a_sentence(id_, title):
    assert [agency.title for agency in agencies(56) if agency.id == id_] == [title]


@pytest.mark.parametrize("count", [0, 57])
def test_no_agencies_are_made_up(count):
    with pytest.raises(ValueError, match="1 to 56"):
        agencies(count)
