"""Promise: a condition of Gatus becomes an option that means the same, or is named as lost."""

import pytest

from monitor.migration.conditions import read


@pytest.mark.parametrize(
    ("conditions", "settings"),
    [
        (["[STATUS] == 200"], {"valid_status_codes": [200]}),
        (["[STATUS] == any(200, 429)"], {"valid_status_codes": [200, 429]}),
        (["[STATUS] >= 200", "[STATUS] < 300"], {"valid_status_codes": ["200-299"]}),
        (["[STATUS] <= 401"], {"valid_status_codes": ["100-401"]}),
        (["[RESPONSE_TIME] < 300"], {"down_over": "300ms"}),
        (["[CONNECTED] == true"], {}),
        (["[BODY].data.id == 1"], {"assertions": [{"json": "data.id", "equals": 1}]}),
        (["[BODY].users[0].first-name == An"], {"assertions": [{"json": 'users[0]."first-name"', "equals": "An"}]}),
        (["[BODY][2].ok == true"], {"assertions": [{"json": "[2].ok", "equals": True}]}),
        (["[BODY].age >= 18"], {"assertions": [{"json": "age", "at_least": 18}]}),
        (["[BODY].name != pat(a.?*)"], {"assertions": [{"json": "name", "not_matches": r"(?s)^a\...*$"}]}),
        (["[BODY].name == any(a+, b)"], {"assertions": [{"json": "name", "matches": r"^(a\+|b)$"}]}),
        (["len([BODY]) > 0"], {"assertions": [{"json": "length(@)", "more_than": 0}]}),
        (["has([BODY].error) == false"], {"assertions": [{"json": "error", "exists": False}]}),
        (["[BODY] == pat(*OK*)"], {"fail_if_body_not_matches_regexp": ["(?s)^.*OK.*$"]}),
        (["[BODY] != (x)"], {"fail_if_body_matches_regexp": [r"^\(x\)$"]}),
    ],
)  # fmt: skip
def test_condition_becomes_an_option(conditions, settings):
    found = read(conditions, "http")

    assert (found.settings, found.remarks) == (settings, [])


@pytest.mark.parametrize(
    "condition",
    [
        "[DOMAIN_EXPIRATION] > 720h", "[STATUS] != 500", "[STATUS] == teapot", "[RESPONSE_TIME] > 5", "[IP] == ::1",
        "[BODY].a > b", "[BODY].a == [BODY].b", "[BODY]. == 1", "nonsense", 17, "age([BODY].at) < 1h", "[BODY] > 5",
        "[CERTIFICATE_EXPIRATION] < 1h", "[CONNECTED] == false",
    ],
)  # fmt: skip
def test_condition_without_a_place_is_named(condition):
    found = read([condition], "http")

    assert found.remarks == [f"not carried over: the condition {condition}"]
    assert (found.settings, found.min_days) == ({}, None)


@pytest.mark.parametrize(("condition", "days"), [("48h", 2), ("49h", 3), ("1h", 1), ("240h", 10)])
def test_certificate_has_at_least_as_many_days_as_asked_for(condition, days):
    assert read([f"[CERTIFICATE_EXPIRATION] > {condition}"], "http").min_days == days


def test_conditions_of_a_name_server():
    found = read(["[DNS_RCODE] == NXDOMAIN", "[BODY] == 10.0.0.1"], "dns")

    assert found.settings == {
        "valid_rcodes": ["NXDOMAIN"], "validate_answer_rrs": {"fail_if_not_matches_regexp": [r"10\.0\.0\.1"]},
    }  # fmt: skip
