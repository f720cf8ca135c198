"""Everything in a configuration has an entry; two that are configured alike have the same fingerprint."""

from dataclasses import replace

import pytest
from config.landscape import AGENCY, loaded, write

from monitor.config.description import DAEMON_ID, Kind, entry_of, is_comparable, things
from monitor.config.facts import Fact
from monitor.inventory import Contact
from monitor.plugin.remote import RemoteProbe

WHOLE = f"""{AGENCY}
contacts:
  duty: {{name: Canary, telephone: "0912345678", email: canary@hanoi.example}}
systems:
  - id: lgsp
    kind: hub
    name: LGSP
    owner: duty
    programmes: [emc]
    maintenance: [{{every: sat, from: "22:00", for: 4h}}]
    objective: {{availability: 99, latency: {{p95: 2s}}}}
    checks:
      - id: web
        probe: http
        with: {{target: https://lgsp.hanoi.example/, headers: {{X: canary}}, body_size_limit: 2MiB}}
  - {{id: db, kind: other, name: DB}}
connections:
  - id: population
    provider: db
    via: [lgsp]
    owner: duty
    states: [{{state: requested, on: 2026-02-01}}, {{state: live, on: 2026-05-04}}]
    external_ids: {{wso2: HNI}}
"""
FILES = {
    "agencies/ha-noi.yaml": WHOLE,
    "programmes/emc.yaml": "programme: {id: emc, name: EMC, goal: 90}\n",
    "monitor.yaml": "plugins: {sample: {}}\nvantage: dc-1\negress: {deny: [10.9.0.0/16]}\n",
}


@pytest.fixture
def there(tmp_path):
    found = loaded(write(tmp_path, FILES))
    assert found.inventory is not None, found.problems
    return things(found.inventory, found.settings)


def texts(there, kind, name):
    return {field: fact.text for field, fact in entry_of(there[kind][name]).facts.items()}


def test_every_thing_has_an_id(there):
    assert {kind: [*found] for kind, found in there.items()} == {
        Kind.AGENCY: ["ha-noi"], Kind.CONTACT: ["ha-noi/duty"], Kind.PROGRAMME: ["emc"],
        Kind.SYSTEM: ["ha-noi/lgsp", "ha-noi/db"], Kind.CONNECTION: ["ha-noi/population"],
        Kind.CHECK: ["ha-noi/lgsp/web"], Kind.DAEMON: [DAEMON_ID],
    }  # fmt: skip


def test_system_and_connection_say_what_is_written(there):
    assert texts(there, Kind.SYSTEM, "ha-noi/lgsp") == {
        "kind": "hub", "name": "LGSP", "owner": "duty", "programmes": "emc",
        "maintenance": "sat from 22:00 for 4h", "objective.availability": "0.99", "objective.latency.p95": "2s",
    }  # fmt: skip
    assert texts(there, Kind.CONNECTION, "ha-noi/population") == {
        "consumer": "ha-noi", "provider": "ha-noi/db", "via": "ha-noi/lgsp", "owner": "duty",
        "stages": "requested on 2026-02-01, live on 2026-05-04", "external_ids.wso2": "HNI",
    }  # fmt: skip


def test_check_says_its_beat_openly_and_its_settings_to_us_only(there):
    facts = entry_of(there[Kind.CHECK]["ha-noi/lgsp/web"]).facts

    assert {name: fact.text for name, fact in facts.items() if fact.is_open} == {
        "kind": "http", "plugin": "sample", "where": "worker", "every": "1m", "timeout": "10s",
        "confirm": "down 2, up 1", "recheck": "10s", "phases": "false", "max_latency": "2s",
    }  # fmt: skip
    assert {name for name, fact in facts.items() if not fact.is_open} == {
        "with.target", "with.headers.X", "with.body_size_limit",
    }  # fmt: skip


def test_contact_says_nothing_but_that_it_is_another_one(there):
    contact = there[Kind.CONTACT]["ha-noi/duty"]
    entry, other = entry_of(contact), entry_of(replace(contact, telephone="0912345679"))

    assert "Canary" not in repr(entry)
    assert "0912345678" not in repr(entry)
    assert entry.fingerprint != other.fingerprint


def test_daemon_does_not_tell_addresses_of_the_inside(there):
    facts = entry_of(there[Kind.DAEMON][DAEMON_ID]).facts

    assert {name: fact.text for name, fact in facts.items() if fact.is_open and "." not in name} == {
        "vantage": "dc-1", "time_zone": "Asia/Ho_Chi_Minh",
    }  # fmt: skip
    assert facts["egress.deny"].text == "10.9.0.0/16"
    assert "10.9" not in facts["egress.deny"].mark


def test_same_files_have_the_same_fingerprints_and_any_change_another(tmp_path):
    def prints(name, files):
        found = loaded(write(tmp_path / name, files))
        there = things(found.inventory, found.settings)
        return {(kind, one): entry_of(thing).fingerprint for kind, all_ in there.items() for one, thing in all_.items()}

    first, same = prints("a", FILES), prints("b", FILES)
    other = prints("c", {**FILES, "agencies/ha-noi.yaml": WHOLE.replace("for: 4h", "for: 5h").replace("HNI", "HN")})

    assert first == same
    assert {entry for entry, one in first.items() if other[entry] != one} == {
        (Kind.SYSTEM, "ha-noi/lgsp"), (Kind.CONNECTION, "ha-noi/population"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("in_loop", "worker", False), ("worker", "worker", True), ("in_loop", "thread", True)],
)
def test_settings_in_a_worker_are_not_compared_with_those_in_the_loop(one, other, expected):
    sides = [{"where": Fact(where, where)} for where in (one, other)]

    assert is_comparable(*sides, "with.target") is expected
    assert is_comparable(*sides, "every")


def test_settings_of_a_worker_are_read_from_what_it_is_sent(there):
    probe = RemoteProbe(plugin="p", kind="k", settings='{"target": "a:1", "deep": {"x": 1}}')
    check = replace(there[Kind.CHECK]["ha-noi/lgsp/web"], probe=probe)

    found = entry_of(check).facts

    assert {name: fact.text for name, fact in found.items() if name.startswith("with.")} == {
        "with.target": "a:1", "with.deep.x": "1",
    }  # fmt: skip


def test_contact_is_told_by_its_agency():
    contact = Contact(id="duty", agency="ha-noi")

    assert [*entry_of(contact).facts] == ["details"]
