"""Whoever could not be told is named with file and line, and all of them at once."""

import contextlib
import shutil
import subprocess

import pytest
from cli.test_check_config import directory, run

from monitor.alertmanager import Desk, Mail, configuration, missing, mutes
from monitor.alertmanager import written as text_of
from monitor.alertmanager.contacts import ADDRESS, webhook_fault
from monitor.config import load
from monitor.inventory import Agency, AgencyClass, Contact, Inventory
from monitor.plugin.addresses import read_url

HEAD = "agency: {id: ha-noi, class: city, name: Hà Nội}\n"
AGENCY = Agency(id="ha-noi", agency_class=AgencyClass.CITY, name="Hà Nội")
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

NO_ADDRESSES = [
    ".duty@ha-noi.example", "duty.@ha-noi.example", "du..ty@ha-noi.example", "duty@ha-noi..example",
    "duty@.ha-noi.example", "duty@ha-noi.example.", "duty@[127.0.0.1]", "du]ty@ha-noi.example",
    "duty@ha-noi.example\nBcc: all@ha-noi.example", "duty@ha-noi.example\r", "du\x07ty@ha-noi.example",
]  # fmt: skip
NO_WEBHOOKS = [
    "http://ha-noi.example/%zz", "http://ha-noi.example/100%", "http://[fe80::1%eth0]/", "http://ha|noi.example/",
    "http://ha-noi^.example/", "http://ha`noi.example/", "http://{ha-noi}.example/", "http://ha-noi.example/#%",
]  # fmt: skip


@pytest.mark.parametrize("email", NO_ADDRESSES)
def test_address_that_alertmanager_could_not_send_to_is_refused(email):
    assert not ADDRESS.fullmatch(email)


@pytest.mark.parametrize(
    "email", ["duty@ha-noi.example", "a.b+c@localhost", "trực-ban@hà-nội.example", "o'b@a.example"]
)
def test_address_that_is_one_is_taken(email):
    assert ADDRESS.fullmatch(email)


@pytest.mark.parametrize("webhook", NO_WEBHOOKS)
def test_webhook_that_alertmanager_could_not_read_is_refused(tmp_path, webhook):
    root = directory(tmp_path / "c", f'{HEAD}contacts: {{duty: {{webhook: "{webhook}"}}}}\n')

    [problem] = missing(load(root).inventory, root)

    assert problem.path == "contacts.duty.webhook"
    assert "is no URL to Alertmanager; write %25 for a plain %" in problem.message


@pytest.mark.services
def test_whatever_is_taken_for_a_webhook_alertmanager_reads(tmp_path):
    amtool = shutil.which("amtool") or pytest.skip("amtool is missing: apt-get install prometheus-alertmanager")
    forms = (
        "http://a{}b.example/",
        "http://a.example{}/",
        "http://a.example/{}a",
        "http://a.example/?{}",
        "http://[fe80::1%25{}]/",
    )
    urls = [form.format(sign) for sign in map(chr, [*range(33, 127), 0xE9, 0x202E, 0x1F600]) for form in forms]
    written = []
    for number, url in enumerate(url for url in urls if is_url(url) and not webhook_fault(url)):
        contact = Contact(id="duty", agency="ha-noi", webhook=url)
        inventory = Inventory(agencies={"ha-noi": AGENCY}, contacts={("ha-noi", "duty"): contact})
        written.append(tmp_path / f"{number}.yml")
        written[-1].write_text(text_of(configuration(inventory, mutes(inventory), Mail(), Desk())), "utf-8")

    checked = subprocess.run([amtool, "check-config", *written], capture_output=True, text=True, check=False)

    assert len(written) > 300
    assert "FAILED" not in checked.stdout + checked.stderr
    assert checked.returncode == 0


def is_url(text):
    with contextlib.suppress(ValueError):
        return bool(read_url(text))
    return False


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
