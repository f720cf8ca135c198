"""An ambiguous failure is our network's only when the witnesses say so, and they are asked once for all failures."""

import asyncio

import pytest

from monitor.clock import SystemClock
from monitor.engine.witness import PEERS, Witness, is_loopback
from monitor.vitals import Vitals

CLOCK = SystemClock()


class Asked:
    """A witness with a ready answer, which counts how often it was asked."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.times = 0

    async def __call__(self):
        self.times += 1
        if self.answer == "hangs":
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def bench(**answers: object) -> tuple[Witness, Vitals, dict[str, Asked]]:
    vitals = Vitals()
    questions = {name: Asked(answer) for name, answer in answers.items()}
    return Witness(questions, CLOCK, vitals), vitals, questions


async def failed(witness: Witness, agency: str = "agency", host: str = "10.0.0.1", seconds: float = 1.0) -> bool:
    now = CLOCK.monotonic()
    return await witness.network_failed(agency, host, now - seconds, now)


@pytest.mark.parametrize(
    ("answers", "is_ours"),
    [
        ({"gateway": True, "resolver": False}, False),
        ({"gateway": None, "resolver": True}, False),
        ({"gateway": False, "resolver": False}, True),
        ({"gateway": False, "resolver": None}, True),
        ({"gateway": "hangs", "resolver": "hangs"}, True),
        ({"gateway": None, "resolver": None}, False),
        ({"gateway": RuntimeError("x"), "resolver": None}, False),
        ({}, False),
        ({PEERS: True, "gateway": False}, False),
    ],
    ids=str,
)
async def test_one_witness_that_answers_acquits_the_network(answers, is_ours):
    witness, vitals, _ = bench(**answers)

    assert await failed(witness) is is_ours
    if is_ours:
        assert vitals.network_up is False


async def test_without_a_witness_nothing_is_claimed_about_the_network():
    witness, vitals, _ = bench()

    await failed(witness)

    assert vitals.network_up is None


async def test_a_thousand_failures_ask_once():
    witness, _, questions = bench(gateway=False, resolver=False)

    verdicts = await asyncio.gather(*(failed(witness, f"agency-{n % 5}", f"10.0.0.{n}") for n in range(1000)))

    assert all(verdicts)
    assert questions["gateway"].times == questions["resolver"].times == 1


@pytest.mark.alone
async def test_the_verdict_comes_while_the_result_is_still_fresh():
    witness, _, _ = bench(gateway="hangs", resolver="hangs")
    began = CLOCK.monotonic()

    await failed(witness)

    assert CLOCK.monotonic() - began < 0.22


async def test_an_answer_of_another_target_is_as_good_as_a_witness():
    witness, vitals, questions = bench(gateway=False)
    witness.answered("other", "10.0.0.2", CLOCK.monotonic() - 0.1)

    assert not await failed(witness)
    assert questions["gateway"].times == 0
    assert vitals.network_up is True


async def test_an_answer_from_the_first_half_of_the_run_is_not():
    witness, _, _ = bench(gateway=False)
    witness.answered("other", "10.0.0.2", CLOCK.monotonic() - 3.0)

    assert await failed(witness, seconds=4.0)


async def test_one_agency_that_dies_beside_living_ones_is_believed():
    witness, _, _ = bench(gateway=True)
    now = CLOCK.monotonic()
    for number in range(10):
        witness.answered(f"alive-{number}", f"10.1.0.{number}", now)

    verdicts = await asyncio.gather(*(failed(witness, "dead", f"10.0.0.{n}") for n in range(100)))

    assert not any(verdicts)


async def test_when_everything_falls_silent_at_once_a_living_gateway_does_not_make_it_down():
    witness, vitals, _ = bench(gateway=True, resolver=True)

    verdicts = await asyncio.gather(*(failed(witness, f"agency-{n}", f"10.0.0.{n}") for n in range(20)))

    assert all(verdicts)
    assert vitals.network_up is False


async def test_a_peer_that_answers_does():
    witness, _, _ = bench(gateway=True, **{PEERS: True})

    verdicts = await asyncio.gather(*(failed(witness, f"agency-{n}", f"10.0.0.{n}") for n in range(20)))

    assert not any(verdicts)


async def test_a_mass_failure_needs_no_witness():
    witness, _, _ = bench()

    verdicts = await asyncio.gather(*(failed(witness, f"agency-{n}", f"10.0.0.{n}") for n in range(20)))

    assert all(verdicts)


def test_no_route_to_most_targets_is_our_network_too():
    witness, vitals, _ = bench()

    for number in range(5):
        witness.cut_off(f"agency-{number}", f"10.0.0.{number}", CLOCK.monotonic())

    assert vitals.network_up is False


async def test_a_run_that_set_out_while_the_network_was_down_is_no_fault_of_the_target():
    witness, _, _ = bench(gateway=False)
    now = CLOCK.monotonic()
    assert await witness.network_failed("a", "10.0.0.1", now - 3.0, now - 2.0)

    witness.answered("b", "10.0.0.2", now - 0.5)

    assert await witness.network_failed("a", "10.0.0.1", now - 1.0, now)
    witness.answered("b", "10.0.0.2", now)
    assert not await witness.network_failed("a", "10.0.0.1", now - 0.4, now)


def test_no_route_to_any_of_few_targets_is_our_network_too():
    witness, vitals, _ = bench()
    witness.crowd.keep(["agency"], ["10.0.0.1", "10.0.0.2"])
    now = CLOCK.monotonic()
    for host in ("10.0.0.1", "10.0.0.2"):
        witness.answered("agency", host, now - 5.0)

    witness.cut_off("agency", "10.0.0.1", now)
    after_one = vitals.network_up
    witness.cut_off("agency", "10.0.0.2", now + 1.0)

    assert after_one is True
    assert vitals.network_up is False
    witness.answered("agency", "10.0.0.1", now + 60.0)
    assert vitals.network_up is True


def test_no_route_to_one_is_not():
    witness, vitals, _ = bench()
    witness.answered("other", "10.0.0.9", CLOCK.monotonic())

    witness.cut_off("agency", "10.0.0.1", CLOCK.monotonic())

    assert vitals.network_up is True


async def test_the_first_answer_after_a_failure_says_that_the_network_is_back():
    witness, vitals, _ = bench(gateway=False)
    await failed(witness)

    witness.answered("agency", "10.0.0.1", CLOCK.monotonic() + 3.0)

    assert vitals.network_up is True


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost", "a.localhost", "::ffff:127.0.0.1"]
)
def test_this_machine_needs_no_network(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "10.0.0.1", "128.0.0.1", "fe80::1", "a.example", "127.example", "::ffff:10.0.0.1"]
)
def test_everything_else_does(host):
    assert not is_loopback(host)
