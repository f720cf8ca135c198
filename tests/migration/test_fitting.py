"""Promise: what is left of a proposal loads, and what it lost is told."""

from datetime import timedelta

import pytest

from monitor.config.trial import tried
from monitor.migration.fitting import Fitter, escaped
from monitor.migration.proposal import LeftOut, Proposal
from monitor.plugin.catalogue import discover


@pytest.fixture(scope="module")
def fitter():
    return Fitter(discover())


def proposal(kind="http", **settings) -> Proposal:
    return Proposal(system="s", name="n", kind=kind, settings=settings, every=timedelta(seconds=30))


def test_good_proposal_stays_as_it_is(fitter):
    good = proposal(target="https://h.example/", method="HEAD")

    assert fitter.fit(good) == good


def test_option_that_the_kind_lacks_is_dropped_with_a_remark(fitter):
    fitted = fitter.fit(proposal(target="https://h.example/", method="HEAD", teleport=True, body_size_limit="much"))

    assert fitted.settings == {"target": "https://h.example/", "method": "HEAD"}
    assert "not carried over: teleport: the kind http has no such option" in fitted.remarks
    assert any(remark.startswith('not carried over: body_size_limit: "much"') for remark in fitted.remarks)
    assert tried(fitter.catalogue, "http", fitted.settings, **fitted.beat)[1] == ()


def test_option_inside_another_takes_the_whole_with_it(fitter):
    fitted = fitter.fit(proposal(target="https://h.example/", tls_config={"ca": "x"}))

    assert [*fitted.settings] == ["target"]
    assert 'unknown key "ca"' in fitted.remarks[0]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (proposal("teleport"), "no probe kind teleport is installed"), (proposal(target="h.example"), "target: "),
        (proposal(), 'the key "target" is missing'),
        (proposal(target="https://h.example/", fail_if_ssl=True, fail_if_not_ssl=True), "refuse every answer"),
    ],
)  # fmt: skip
def test_proposal_that_cannot_load_is_left_out(fitter, wrong, why):
    found = fitter.fit(wrong)

    assert isinstance(found, LeftOut)
    assert why in found.why


def test_control_characters_cannot_be_written(fitter):
    fitted = fitter.fit(proposal(target="https://h.example/", body="a\x1b", headers={"A": "b\0"}))

    assert [*fitted.settings] == ["target"]
    assert len(fitted.remarks) == 2


def test_variables_of_others_are_escaped():
    assert escaped({"a": ["${x}", "${", "$${y}", 1], "b": "c"}) == {"a": ["$${x}", "${", "$$${y}", 1], "b": "c"}
