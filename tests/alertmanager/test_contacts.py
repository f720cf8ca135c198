"""Whoever could not be told is named with file and line, and all of them at once."""

import pytest
from cli.test_check_config import directory, run

from monitor.alertmanager import missing
from monitor.config import load

HEAD = "agency: {id: ha-noi, class: city, name: Hà Nội}\n"
OWNED = "systems: [{id: portal, kind: portal, name: Cổng, owner: duty}]\n"

REFUSED = {
    "no contact": (
        HEAD,
        (
            'agencies/ha-noi.yaml:1:1 agency\n  the agency "ha-noi" has no contact; nobody would be told. '
            "Write contacts: with an email"
        ),
    ),
    "a contact without an address": (
        f"{HEAD}contacts:\n  duty: {{name: Trực ban}}\n  other: {{email: a@ha-noi.example}}\n",
        (
            'agencies/ha-noi.yaml:3:3 contacts.duty\n  the contact "duty" of the agency "ha-noi" has no address; '
            "give it an email or a webhook"
        ),
    ),
    "an owner with a telephone only": (
        f'{HEAD}contacts:\n  duty: {{telephone: "000"}}\n  other: {{email: a@ha-noi.example}}\n{OWNED}',
        (
            'agencies/ha-noi.yaml:3:3 contacts.duty\n  the contact "duty" of the agency "ha-noi" has no address, and '
            "owns 1 of what is watched; give it an email or a webhook"
        ),
    ),
    "telephones only": (
        f'{HEAD}contacts:\n  duty: {{telephone: "000"}}\n',
        (
            'agencies/ha-noi.yaml:2:1 contacts\n  no contact of the agency "ha-noi" has an email or a webhook; '
            "nobody would be told"
        ),
    ),
    "something else than an address": (
        f"{HEAD}contacts:\n  duty: {{email: 'trực ban'}}\n",
        (
            'agencies/ha-noi.yaml:3:10 contacts.duty.email\n  the email of the contact "duty" is no address; '
            "write one like truc-ban@ha-noi.example"
        ),
    ),
    "a list of addresses": (
        f"{HEAD}contacts:\n  duty: {{email: 'a@ha-noi.example, b@ha-noi.example'}}\n",
        (
            'agencies/ha-noi.yaml:3:10 contacts.duty.email\n  the email of the contact "duty" is no address; '
            "write one like truc-ban@ha-noi.example"
        ),
    ),
    "a template": (
        f"{HEAD}contacts:\n  duty: {{email: '{{{{.CommonLabels.owner}}}}@ha-noi.example'}}\n",
        (
            'agencies/ha-noi.yaml:3:10 contacts.duty.email\n  the email of the contact "duty" is no address; '
            "write one like truc-ban@ha-noi.example"
        ),
    ),
}


@pytest.mark.parametrize(("agency", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(tmp_path, agency, message):
    root = directory(tmp_path / "c", agency)
    loaded = load(root)
    assert loaded.inventory is not None, loaded.problems

    assert [str(problem) for problem in missing(loaded.inventory, root)] == [message]


def test_telephone_that_owns_nothing_is_nobody_to_be_told(tmp_path):
    root = directory(
        tmp_path / "c", f'{HEAD}contacts: {{duty: {{telephone: "000"}}, desk: {{webhook: "http://a.example/"}}}}\n'
    )

    assert missing(load(root).inventory, root) == ()


def test_command_names_all_that_is_missing_and_writes_nothing(tmp_path):
    root = directory(tmp_path / "c", HEAD)
    (root / "agencies" / "hue.yaml").write_text(
        HEAD.replace("ha-noi", "hue") + "contacts: {duty: {name: Trực ban}}\n", "utf-8"
    )

    result = run("alertmanager", root, "--output", tmp_path / "alertmanager.yml")

    assert result.exit_code == 1
    assert [line for line in result.stderr.splitlines() if line.startswith("agencies/")] == [
        "agencies/ha-noi.yaml:1:1 agency",
        "agencies/hue.yaml:2:1 contacts",
        "agencies/hue.yaml:2:12 contacts.duty",
    ]
    assert result.stderr.splitlines()[-1] == f"3 errors in {root}; nothing is written"
    assert not (tmp_path / "alertmanager.yml").exists()


def test_owner_that_does_not_exist_is_named_by_the_configuration(tmp_path):
    result = run(
        "alertmanager", directory(tmp_path / "c", f"{HEAD}contacts: {{dutty: {{email: a@ha-noi.example}}}}\n{OWNED}")
    )

    assert result.exit_code == 1
    assert 'agencies/ha-noi.yaml:3:57 systems[0].owner\n  "duty" is not among the contacts' in result.stderr
