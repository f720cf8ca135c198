"""What is said of a thing can be compared; what must stay in the house shows neither as text nor in its digest."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from monitor.config.facts import HIDDEN, Fact, closed, closed_facts, leaves, open_facts
from monitor.inventory import Agency, AgencyClass
from monitor.plugin import Duration, Secret, TlsConfig, Url


@dataclass(frozen=True, kw_only=True)
class Look:
    target: Url
    max_age: Duration = timedelta(days=1)
    headers: dict = field(default_factory=dict)
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    credentials: Secret | None = None
    community: str = ""


def test_defaults_are_left_out_and_the_rest_has_a_path():
    probe = Look(target="https://a.example/", headers={"X": "1"}, tls_config=TlsConfig(insecure_skip_verify=True))

    assert dict(leaves(probe)) == {
        "target": "https://a.example/", "headers.X": "1", "tls_config.insecure_skip_verify": True,
    }  # fmt: skip


def test_open_facts_say_what_they_compare():
    agency = Agency(id="ha-noi", agency_class=AgencyClass.CITY, name="Hà Nội", formerly=("ha-tay",))

    found = open_facts(agency, frozenset({"id"}))

    assert found == {
        "agency_class": Fact("city", "city"), "name": Fact("Hà Nội", "Hà Nội"), "formerly": Fact("ha-tay", "ha-tay"),
    }  # fmt: skip
    assert all(fact.is_open for fact in found.values())


@pytest.mark.parametrize(
    ("probe", "path"),
    [
        (Look(target="x", credentials=Secret(file="/run/canary")), "with.credentials"),
        (Look(target="x", headers={"X-Api-Key": "canary"}), "with.headers.X-Api-Key"),
        (Look(target="x", community="canary"), "with.community"),
    ],
)
def test_what_may_be_a_credential_is_hidden(probe, path):
    fact = closed_facts(probe, "with.")[path]

    assert fact.text == HIDDEN
    assert "canary" not in fact.mark
    assert not fact.is_open


def test_query_of_a_url_is_hidden_and_still_compared():
    one, two = (closed_facts(Look(target=f"https://a.example/x?key={key}"))["target"] for key in "ab")

    assert one.text == two.text == "https://a.example/x?…"
    assert one.mark != two.mark


def test_long_text_is_cut_and_still_compared():
    one, two = (closed_facts(Look(target="x" * 500 + end))["target"] for end in "ab")

    assert len(one.text or "") == 120
    assert one.mark != two.mark


def test_a_digest_is_too_short_to_find_a_telephone_number_by_it():
    marks = {closed(f"09{number:06}") for number in range(20_000)}

    assert len(closed("x")) == len("#") + 5
    assert len(marks) < 20_000


def test_what_is_no_dataclass_says_nothing():
    assert dict(leaves(object())) == {}
